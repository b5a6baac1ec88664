"""Reading invoices."""

from datetime import date
from enum import Enum
from functools import partial
from typing import Final

import strawberry

from ciclo.domain.ids import parse_id
from ciclo.domain.period import day_after, start_of_day
from ciclo.store.invoices import (
    LONGEST_LATE_FIRST,
    find_invoice,
    invoice_query,
    late_query,
    list_invoices,
)
from ciclo.store.mongo.paging import SortKind, count_documents
from graphql_schema.context import Info, Operator, SignedIn
from graphql_schema.types.account import Invoice
from graphql_schema.types.invoices.invoice_status import InvoiceStatus
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
    description="Which invoices to list. Issued from startDate to endDate, both included, the seller's."
)
class InvoiceFilter:
    """Conditions on invoices."""

    status: InvoiceStatus | None = None
    number: str | None = strawberry.field(default=None, description="The beginning of its number.")
    subscription_id: strawberry.ID | None = None
    customer_id: strawberry.ID | None = None
    start_date: date | None = None
    end_date: date | None = None


@strawberry.enum(description="What invoices are sorted by; TOTAL by the number, whatever its currency.")
class InvoiceOrderField(Enum):
    """Sortable fields."""

    DUE_DATE = "due_on"
    ISSUED_AT = "issued_at"
    TOTAL = "total"


_KINDS: Final = {InvoiceOrderField.DUE_DATE: SortKind.DATE, InvoiceOrderField.TOTAL: SortKind.NUMBER}


@strawberry.input(description="How invoices are sorted.")
class InvoiceOrder:
    """An order."""

    field: InvoiceOrderField = InvoiceOrderField.DUE_DATE
    direction: OrderDirection = OrderDirection.DESC


@strawberry.type
class InvoiceQueries:
    """Reading invoices."""

    @strawberry.field(
        permission_classes=[SignedIn], description="The viewer's invoices; all of them for an operator."
    )
    async def invoices(
        self,
        info: Info,
        filter: InvoiceFilter | None = None,  # noqa: A002 - the API's name
        order_by: InvoiceOrder | None = None,
        first: First = None,
        after: After = None,
    ) -> Connection[Invoice]:
        """List invoices."""
        store, zone = info.context.deps.store, info.context.deps.policy.timezone
        chosen, order = filter or InvoiceFilter(), order_by or InvoiceOrder()
        today = info.context.today
        unpaid_only = {InvoiceStatus.PENDING: "not_overdue_on", InvoiceStatus.OVERDUE: "overdue_on"}
        unpaid = unpaid_only.get(chosen.status) if chosen.status else None
        query = invoice_query(
            owner=await info.context.owner_named(chosen.customer_id),
            status=chosen.status.value if chosen.status and unpaid is None else None,
            number_prefix=(chosen.number or "").strip().upper() or None,
            subscription_id=parse_id("sub", chosen.subscription_id) if chosen.subscription_id else None,
            issued_from=start_of_day(chosen.start_date, zone) if chosen.start_date else None,
            issued_before=start_of_day(day_after(chosen.end_date), zone) if chosen.end_date else None,
            **({unpaid: today} if unpaid else {}),
        )
        sort = sort_order(order.field, order.direction, kinds=_KINDS)
        listing = Listing(
            name="invoices",
            order=sort,
            read=lambda key, size: list_invoices(store, query, order=sort, after=key, size=size),
            count=lambda: count_documents(store, "invoices", query),
        )
        return await connect(
            info, listing, first=first, after=after, to_node=partial(Invoice.of, today=today)
        )

    @strawberry.field(
        permission_classes=[Operator],
        description="What should have been paid: overdue, or its charge failed; the longest late first.",
    )
    async def late_invoices(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[Invoice]:
        """List late invoices."""
        store, today = info.context.deps.store, info.context.today
        query, order = late_query(today), LONGEST_LATE_FIRST
        listing = Listing(
            name="lateInvoices",
            order=order,
            read=lambda key, size: list_invoices(store, query, order=order, after=key, size=size),
            count=lambda: count_documents(store, "invoices", query),
        )
        return await connect(
            info, listing, first=first, after=after, to_node=partial(Invoice.of, today=today)
        )

    @strawberry.field(permission_classes=[SignedIn], description="One invoice.")
    async def invoice(self, info: Info, id: strawberry.ID) -> Invoice | None:  # noqa: A002 - the API's name
        """Find an invoice."""
        owner = await info.context.owner()
        found = await find_invoice(info.context.deps.store, parse_id("inv", id), owner=owner)
        return Invoice.of(found, today=info.context.today) if found else None
