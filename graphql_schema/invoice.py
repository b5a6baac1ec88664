"""Invoices and credit notes: types, filters, queries and mutations."""

from datetime import date, datetime
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from ciclo.actions import invoices as actions
from ciclo.domain import invoice as domain
from ciclo.domain.ids import parse_id
from ciclo.domain.period import start_of_day
from ciclo.store.invoices import find_invoice, invoice_query, list_invoices
from ciclo.store.paging import Order, count
from graphql_schema.context import Info, Operator, SignedIn
from graphql_schema.enums import InvoiceKind
from graphql_schema.errors import USER_ERRORS, UserError, mutation
from graphql_schema.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.invoice_line import InvoiceLine, Period
from graphql_schema.money import Money, money
from graphql_schema.pagination import After, Connection, First, Listing, OrderDirection, connect
from graphql_schema.payment import Payment
from graphql_schema.payment_method import PaymentMethodInput, choice_of

if TYPE_CHECKING:
    from graphql_schema.subscription import BillingSubscription


@strawberry.enum(description="PENDING until paid or cancelled; OVERDUE is PENDING past its due date.")
class InvoiceStatus(Enum):
    """What an invoice is, as people see it."""

    PENDING = "PENDING"
    PAID = "PAID"
    OVERDUE = "OVERDUE"
    CANCELED = "CANCELED"


@strawberry.type(description="A correction of an invoice, whose amount went to the customer's balance.")
class CreditNote:
    """A credit note."""

    id: strawberry.ID
    number: str | None
    amount: Money
    reason: str
    lines: list[InvoiceLine]
    issued_at: datetime

    @classmethod
    def of(cls, note: domain.CreditNote) -> Self:
        """Return *note* as the API shows it."""
        return cls(
            id=strawberry.ID(note.id),
            number=note.number,
            amount=money(note.amount, note.currency),
            reason=note.reason,
            lines=[InvoiceLine.of(line, note.currency) for line in note.lines],
            issued_at=note.issued_at,
        )


@strawberry.type(description="What a customer owes for a period or a change. Its lines never change.")
class Invoice:
    """An invoice."""

    id: strawberry.ID
    number: str | None = strawberry.field(description="Gapless in its series.")
    kind: InvoiceKind
    status: InvoiceStatus
    lines: list[InvoiceLine]
    subtotal: Money = strawberry.field(description="The sum of the lines, with tax.")
    tax: Money
    credit_applied: Money = strawberry.field(
        description="What came off the customer's balance, or went onto it where it is negative."
    )
    total: Money = strawberry.field(description="What is, or was, left to pay.")
    period: Period
    issued_at: datetime
    due_date: date
    paid_at: datetime | None
    source: strawberry.Private[domain.Invoice]

    @classmethod
    def of(cls, invoice: domain.Invoice, *, today: date) -> Self:
        """Return *invoice* as it looks on *today*."""
        currency = invoice.currency
        return cls(
            id=strawberry.ID(invoice.id),
            number=invoice.number,
            kind=invoice.kind,
            status=_status(invoice, today),
            lines=[InvoiceLine.of(line, currency) for line in invoice.lines],
            subtotal=money(invoice.subtotal, currency),
            tax=money(invoice.tax, currency),
            credit_applied=money(invoice.credit_applied, currency),
            total=money(invoice.total, currency),
            period=Period.of(invoice.period),
            issued_at=invoice.issued_at,
            due_date=invoice.due_on,
            paid_at=invoice.paid_at,
            source=invoice,
        )

    @strawberry.field(description="Where its PDF is, for its owner and operators.")
    def pdf_url(self) -> str:
        """Return a path on this server."""
        return f"/invoices/{self.id}.pdf"

    @strawberry.field(description="Every try to collect it, oldest first.")
    async def payments(self, info: Info) -> list[Payment]:
        """Fetch the payments, with those of the other rows."""
        found = await info.context.loaders.payments_of_invoice.load(self.source.id)
        return [Payment.of(payment) for payment in found]

    @strawberry.field(description="Corrections of it, oldest first.")
    async def credit_notes(self, info: Info) -> list[CreditNote]:
        """Fetch the credit notes, with those of the other rows."""
        found = await info.context.loaders.credit_notes_of_invoice.load(self.source.id)
        return [CreditNote.of(note) for note in found]

    @strawberry.field(description="What it bills.")
    async def subscription(
        self, info: Info
    ) -> Annotated["BillingSubscription", strawberry.lazy("graphql_schema.subscription")]:
        """Fetch the subscription, with those of the other rows."""
        from graphql_schema.subscription import BillingSubscription as Type  # noqa: PLC0415 - a circle

        return Type.of(await info.context.loaders.subscriptions.load(self.source.subscription_id))


@strawberry.input(
    description="Which invoices to list. Dates are the seller's: issued from startDate, before endDate."
)
class InvoiceFilter:
    """Conditions on invoices."""

    status: InvoiceStatus | None = None
    subscription_id: strawberry.ID | None = None
    start_date: date | None = None
    end_date: date | None = None


@strawberry.enum(description="What invoices are sorted by. An invoice is due on the day of its issue.")
class InvoiceOrderField(Enum):
    """Sortable fields: both are the instant of issue, for as long as invoices are due on its day."""

    DUE_DATE = "DUE_DATE"
    ISSUED_AT = "ISSUED_AT"


@strawberry.input(description="How invoices are sorted.")
class InvoiceOrder:
    """An order."""

    field: InvoiceOrderField = InvoiceOrderField.DUE_DATE
    direction: OrderDirection = OrderDirection.DESC


@strawberry.input(description="Pay an open invoice now.")
class PayInvoiceInput:
    """Which invoice, and how."""

    invoice_id: strawberry.ID
    payment_method: PaymentMethodInput | None = strawberry.field(
        default=None, description="For this invoice only; the subscription's own by default."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Withdraw an invoice that nobody paid.")
class VoidInvoiceInput:
    """Which invoice, and why."""

    invoice_id: strawberry.ID
    reason: str | None = None


@strawberry.type
class PayInvoicePayload:
    """What payInvoice came to."""

    invoice: Invoice | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class VoidInvoicePayload:
    """What voidInvoice came to."""

    invoice: Invoice | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


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
            owner=await info.context.owner(),
            status=chosen.status.value if chosen.status and unpaid is None else None,
            subscription_id=parse_id("sub", chosen.subscription_id) if chosen.subscription_id else None,
            issued_from=start_of_day(chosen.start_date, zone) if chosen.start_date else None,
            issued_before=start_of_day(chosen.end_date, zone) if chosen.end_date else None,
            **({unpaid: today} if unpaid else {}),
        )
        sort = Order(field="issued_at", descending=order.direction is OrderDirection.DESC)
        listing = Listing(
            name="invoices",
            order=sort,
            read=lambda key, size: list_invoices(store, query, order=sort, after=key, size=size),
            count=lambda: count(store, "invoices", query),
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


@strawberry.type
class InvoiceMutations:
    """Paying and withdrawing invoices."""

    @mutation(SignedIn, description="Try to collect an open invoice now.")
    async def pay_invoice(self, info: Info, input: PayInvoiceInput) -> PayInvoicePayload:  # noqa: A002
        """Pay an invoice."""
        context = info.context
        choice = choice_of(input.payment_method) if input.payment_method else None
        request = request_of(info, input)
        invoice = await actions.pay_invoice(
            context.deps, input.invoice_id, choice, caller=await context.caller(), request=request
        )
        return PayInvoicePayload(invoice=Invoice.of(invoice, today=context.today))

    @mutation(Operator, description="Withdraw an invoice that nobody paid.")
    async def void_invoice(self, info: Info, input: VoidInvoiceInput) -> VoidInvoicePayload:  # noqa: A002
        """Void an invoice."""
        context = info.context
        invoice = await actions.void_invoice(
            context.deps, input.invoice_id, reason=input.reason, caller=await context.caller()
        )
        return VoidInvoicePayload(invoice=Invoice.of(invoice, today=context.today))


def _status(invoice: domain.Invoice, today: date) -> InvoiceStatus:
    if domain.is_overdue(invoice, today=today):
        return InvoiceStatus.OVERDUE
    return InvoiceStatus(invoice.status.value)
