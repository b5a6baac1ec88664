"""Reading payments."""

from datetime import date
from enum import Enum
from typing import Final

import strawberry

from ciclo.domain.ids import parse_id
from ciclo.domain.payments.arrival import late_before
from ciclo.domain.period import day_after, start_of_day
from ciclo.store.mongo.paging import SortKind, count_documents
from ciclo.store.payments import NEWEST_FIRST, find_payment, late_refund_query, list_payments, payment_query
from graphql_schema.context import Info, Operator, SignedIn
from graphql_schema.types.account import Payment
from graphql_schema.types.enums import PaymentMethodKind, PaymentStatus
from graphql_schema.types.pagination import (
    After,
    Connection,
    First,
    Listing,
    OrderDirection,
    connect,
    sort_order,
)


@strawberry.input(
    description="Which payments to list. Dates are the seller's: from startDate to endDate, both included."
)
class PaymentFilter:
    """Conditions on payments."""

    status: PaymentStatus | None = None
    method: PaymentMethodKind | None = None
    subscription_id: strawberry.ID | None = None
    customer_id: strawberry.ID | None = None
    start_date: date | None = None
    end_date: date | None = None


@strawberry.enum(description="What payments are sorted by; AMOUNT by the number, whatever its currency.")
class PaymentOrderField(Enum):
    """Sortable fields."""

    CREATED_AT = "created_at"
    AMOUNT = "amount"


_KINDS: Final = {PaymentOrderField.AMOUNT: SortKind.NUMBER}


@strawberry.input(description="How payments are sorted.")
class PaymentOrder:
    """An order."""

    field: PaymentOrderField = PaymentOrderField.CREATED_AT
    direction: OrderDirection = OrderDirection.DESC


@strawberry.type
class PaymentQueries:
    """Reading payments."""

    @strawberry.field(
        permission_classes=[SignedIn], description="The viewer's payments; all of them for an operator."
    )
    async def payments(
        self,
        info: Info,
        filter: PaymentFilter | None = None,  # noqa: A002 - the API's name
        order_by: PaymentOrder | None = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Payment]:
        """List payments."""
        store, zone = info.context.deps.store, info.context.deps.policy.timezone
        chosen, order = filter or PaymentFilter(), order_by or PaymentOrder()
        query = payment_query(
            owner=await info.context.owner_named(chosen.customer_id),
            status=chosen.status,
            method=chosen.method,
            subscription_id=parse_id("sub", chosen.subscription_id) if chosen.subscription_id else None,
            created_from=start_of_day(chosen.start_date, zone) if chosen.start_date else None,
            created_before=start_of_day(day_after(chosen.end_date), zone) if chosen.end_date else None,
        )
        sort = sort_order(order.field, order.direction, kinds=_KINDS)
        listing = Listing(
            name="payments",
            order=sort,
            read=lambda key, size: list_payments(store, query, order=sort, after=key, size=size),
            count=lambda: count_documents(store, "payments", query),
        )
        return await connect(info, listing, first=first, after=after, to_node=Payment.of)

    @strawberry.field(
        permission_classes=[Operator],
        description="Payments of which a refund is late, the newest first: each refund says whether it is.",
    )
    async def late_refunds(self, info: Info, first: First = None, after: After = None) -> Connection[Payment]:
        """List late refunds."""
        deps = info.context.deps
        before = late_before(info.context.today, days=deps.settings.refund_days, policy=deps.policy)
        query = late_refund_query(before)
        listing = Listing(
            name="lateRefunds",
            order=NEWEST_FIRST,
            read=lambda key, size: list_payments(deps.store, query, order=NEWEST_FIRST, after=key, size=size),
            count=lambda: count_documents(deps.store, "payments", query),
        )
        return await connect(info, listing, first=first, after=after, to_node=Payment.of)

    @strawberry.field(permission_classes=[SignedIn], description="One payment.")
    async def payment(self, info: Info, id: strawberry.ID) -> Payment | None:  # noqa: A002 - the API's name
        """Find a payment."""
        owner = await info.context.owner()
        found = await find_payment(info.context.deps.store, parse_id("pay", id), owner=owner)
        return Payment.of(found) if found else None
