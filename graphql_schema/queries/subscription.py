"""Reading subscriptions."""

from enum import Enum
from typing import Final

import strawberry

from ciclo.domain.ids import parse_id
from ciclo.store.customers import search_customers
from ciclo.store.mongo.paging import SortKind, count_documents
from ciclo.store.subscriptions import (
    current_subscription,
    find_subscription,
    list_subscriptions,
    subscription_query,
)
from graphql_schema.context import Info, SignedIn
from graphql_schema.types.account import BillingSubscription
from graphql_schema.types.enums import SubscriptionStatus
from graphql_schema.types.pagination import (
    After,
    Connection,
    First,
    Listing,
    OrderDirection,
    connect,
    sort_order,
)


@strawberry.input(description="Which subscriptions to list; what is left out does not matter.")
class SubscriptionFilter:
    """Conditions on subscriptions."""

    status: list[SubscriptionStatus] | None = None
    plan_id: strawberry.ID | None = None
    customer_id: strawberry.ID | None = None
    customer_email: str | None = strawberry.field(
        default=None, description="The beginning of the customer's address."
    )


@strawberry.enum(
    description="What subscriptions are sorted by. Those without a date are last in descending order."
)
class SubscriptionOrderField(Enum):
    """Sortable fields."""

    CREATED_AT = "created_at"
    NEXT_BILLING_DATE = "next_billing_date"
    PRICE = "price"


_KINDS: Final = {
    SubscriptionOrderField.NEXT_BILLING_DATE: SortKind.DATE,
    SubscriptionOrderField.PRICE: SortKind.NUMBER,
}


@strawberry.input(description="How subscriptions are sorted.")
class SubscriptionOrder:
    """An order."""

    field: SubscriptionOrderField = SubscriptionOrderField.CREATED_AT
    direction: OrderDirection = OrderDirection.DESC


@strawberry.type
class SubscriptionQueries:
    """Reading subscriptions."""

    @strawberry.field(
        permission_classes=[SignedIn],
        description="The viewer's newest live subscription, else the newest, else null.",
    )
    async def my_subscription(self, info: Info) -> BillingSubscription | None:
        """Find the viewer's own subscription."""
        customer_id = (await info.context.caller()).customer_id
        if customer_id is None:
            return None
        found = await current_subscription(info.context.deps.store, customer_id)
        return BillingSubscription.of(found) if found else None

    @strawberry.field(permission_classes=[SignedIn], description="One subscription.")
    async def subscription(self, info: Info, id: strawberry.ID) -> BillingSubscription | None:  # noqa: A002
        """Find a subscription."""
        owner = await info.context.owner()
        found = await find_subscription(info.context.deps.store, parse_id("sub", id), owner=owner)
        return BillingSubscription.of(found) if found else None

    @strawberry.field(
        permission_classes=[SignedIn], description="The viewer's subscriptions; all of them for an operator."
    )
    async def subscriptions(
        self,
        info: Info,
        filter: SubscriptionFilter | None = None,  # noqa: A002 - the API's name
        order_by: SubscriptionOrder | None = None,
        first: First = None,
        after: After = None,
    ) -> Connection[BillingSubscription]:
        """List subscriptions."""
        store = info.context.deps.store
        chosen, order = filter or SubscriptionFilter(), order_by or SubscriptionOrder()
        query = subscription_query(
            owner=await info.context.owner_named(chosen.customer_id),
            statuses=chosen.status or (),
            plan_id=parse_id("plan", chosen.plan_id) if chosen.plan_id else None,
            customer_ids=(
                await search_customers(store, chosen.customer_email) if chosen.customer_email else None
            ),
        )
        sort = sort_order(order.field, order.direction, kinds=_KINDS)
        listing = Listing(
            name="subscriptions",
            order=sort,
            read=lambda key, size: list_subscriptions(store, query, order=sort, after=key, size=size),
            count=lambda: count_documents(store, "subscriptions", query),
        )
        return await connect(info, listing, first=first, after=after, to_node=BillingSubscription.of)
