"""Reading plans."""

from enum import Enum
from typing import Final

import strawberry

from ciclo.domain.ids import parse_id
from ciclo.store.mongo.paging import SortKind, count_documents
from ciclo.store.plans import find_plan, list_plans, plan_query
from graphql_schema.context import Info, SignedIn
from graphql_schema.types.enums import BillingCycle
from graphql_schema.types.pagination import (
    After,
    Connection,
    First,
    Listing,
    OrderDirection,
    connect,
    sort_order,
)
from graphql_schema.types.plan import Plan


@strawberry.input(description="Which plans to list; what is left out does not matter.")
class PlanFilter:
    """Conditions on plans."""

    user_type: str | None = None
    active: bool | None = None
    billing_cycle: BillingCycle | None = None


@strawberry.enum(description="What plans are sorted by; PRICE by the number, whatever its currency.")
class PlanOrderField(Enum):
    """Sortable fields."""

    CREATED_AT = "created_at"
    PRICE = "price.amount"


_KINDS: Final = {PlanOrderField.PRICE: SortKind.NUMBER}


@strawberry.input(description="How plans are sorted.")
class PlanOrder:
    """An order."""

    field: PlanOrderField = PlanOrderField.CREATED_AT
    direction: OrderDirection = OrderDirection.DESC


@strawberry.type
class PlanQueries:
    """Reading plans."""

    @strawberry.field(
        permission_classes=[SignedIn], description="Plans, the newest first unless orderBy says otherwise."
    )
    async def plans(
        self,
        info: Info,
        filter: PlanFilter | None = None,  # noqa: A002 - the API's name
        order_by: PlanOrder | None = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Plan]:
        """List plans."""
        store = info.context.deps.store
        chosen, order = filter or PlanFilter(), order_by or PlanOrder()
        query = plan_query(
            user_type=chosen.user_type, active=chosen.active, billing_cycle=chosen.billing_cycle
        )
        sort = sort_order(order.field, order.direction, kinds=_KINDS)
        listing = Listing(
            name="plans",
            order=sort,
            read=lambda key, size: list_plans(store, query, order=sort, after=key, size=size),
            count=lambda: count_documents(store, "plans", query),
        )
        return await connect(info, listing, first=first, after=after, to_node=Plan.of)

    @strawberry.field(permission_classes=[SignedIn], description="One plan, in its latest version.")
    async def plan(self, info: Info, id: strawberry.ID) -> Plan | None:  # noqa: A002
        """Find a plan."""
        found = await find_plan(info.context.deps.store, parse_id("plan", id))
        return Plan.of(found) if found else None
