"""Payments: type, filters and queries."""

from datetime import date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from ciclo.domain import payment as domain
from ciclo.domain.ids import parse_id
from ciclo.domain.period import start_of_day
from ciclo.gateways.codes.itf import itf_svg
from ciclo.gateways.codes.qr import qr_svg
from ciclo.store.paging import Order, count
from ciclo.store.payments import find_payment, list_payments, payment_query
from graphql_schema.context import Info, SignedIn
from graphql_schema.enums import PaymentMethodKind, PaymentStatus, RefundStatus
from graphql_schema.money import Money, money
from graphql_schema.pagination import After, Connection, First, Listing, OrderDirection, connect

if TYPE_CHECKING:
    from graphql_schema.invoice import Invoice


REFUND_ARRIVES: str = "up to 5 business days"


@strawberry.type(description="How a customer pays. Of a card nothing is kept but what names it to people.")
class PaymentMethod:
    """A payment method."""

    kind: PaymentMethodKind
    brand: str | None
    last_four: str | None

    @classmethod
    def of(cls, method: domain.PaymentMethod) -> Self:
        """Return *method* as the API shows it, without its token."""
        return cls(kind=method.kind, brand=method.brand, last_four=method.last_four)


@strawberry.type(description="A PIX charge: the code to copy, and the same as a QR code.")
class PixCharge:
    """A PIX code."""

    copy_paste: str
    expires_at: datetime | None

    @strawberry.field(description="One standalone SVG element.")
    def qr_code_svg(self) -> str:
        """Draw the code."""
        return qr_svg(self.copy_paste)


@strawberry.type(description="A boleto: the line to type, and the bar code.")
class BoletoCharge:
    """A boleto."""

    digitable_line: str
    due_date: date
    url: str | None
    pix_copy_paste: str | None = strawberry.field(description="A PIX code of the same debt, if there is one.")
    barcode: strawberry.Private[str | None]

    @strawberry.field(description="One standalone SVG element; null if the provider gives no bar code.")
    def barcode_svg(self) -> str | None:
        """Draw the bar code."""
        return itf_svg(self.barcode) if self.barcode else None


@strawberry.type(description="Money of a payment on its way back.")
class Refund:
    """A refund."""

    id: strawberry.ID
    amount: Money
    status: RefundStatus
    reason: str | None
    created_at: datetime
    arrives_within: str = strawberry.field(description="When the payer usually sees the money.")


@strawberry.type(
    description="One try to collect an invoice; automatic retries by the same card are the same try."
)
class Payment:
    """A payment."""

    id: strawberry.ID
    status: PaymentStatus
    amount: Money
    refunded_amount: Money
    refunds: list[Refund]
    payment_method: PaymentMethod | None
    attempts: int = strawberry.field(description="How often the provider was asked to charge it.")
    failure_code: str | None
    disputed: bool = strawberry.field(description="The payer's bank contests it.")
    created_at: datetime
    completed_at: datetime | None
    pix: PixCharge | None
    boleto: BoletoCharge | None
    source: strawberry.Private[domain.Payment]

    @classmethod
    def of(cls, payment: domain.Payment) -> Self:
        """Return *payment* as the API shows it."""
        return cls(
            id=strawberry.ID(payment.id),
            status=payment.status,
            amount=money(payment.amount, payment.currency),
            refunded_amount=money(payment.refunded_amount, payment.currency),
            refunds=[_refund(refund, payment.currency) for refund in payment.refunds],
            payment_method=PaymentMethod.of(payment.method) if payment.method else None,
            attempts=payment.attempts,
            failure_code=payment.failure_code,
            disputed=payment.disputed,
            created_at=payment.created_at,
            completed_at=payment.completed_at,
            pix=_pix(payment),
            boleto=_boleto(payment),
            source=payment,
        )

    @strawberry.field(description="What it collects.")
    async def invoice(self, info: Info) -> Annotated["Invoice", strawberry.lazy("graphql_schema.invoice")]:
        """Fetch the invoice, with those of the other rows."""
        from graphql_schema.invoice import Invoice as InvoiceType  # noqa: PLC0415 - the two name each other

        found = await info.context.loaders.invoices.load(self.source.invoice_id)
        return InvoiceType.of(found, today=info.context.today)


@strawberry.input(
    description="Which payments to list. Dates are the seller's: from startDate, before endDate."
)
class PaymentFilter:
    """Conditions on payments."""

    status: PaymentStatus | None = None
    method: PaymentMethodKind | None = None
    subscription_id: strawberry.ID | None = None
    start_date: date | None = None
    end_date: date | None = None


@strawberry.enum(description="What payments are sorted by.")
class PaymentOrderField(Enum):
    """Sortable fields."""

    CREATED_AT = "created_at"


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
            owner=await info.context.owner(),
            status=chosen.status,
            method=chosen.method,
            subscription_id=parse_id("sub", chosen.subscription_id) if chosen.subscription_id else None,
            created_from=start_of_day(chosen.start_date, zone) if chosen.start_date else None,
            created_before=start_of_day(chosen.end_date, zone) if chosen.end_date else None,
        )
        sort = Order(field=order.field.value, descending=order.direction is OrderDirection.DESC)
        listing = Listing(
            name="payments",
            order=sort,
            read=lambda key, size: list_payments(store, query, order=sort, after=key, size=size),
            count=lambda: count(store, "payments", query),
        )
        return await connect(info, listing, first=first, after=after, to_node=Payment.of)

    @strawberry.field(permission_classes=[SignedIn], description="One payment.")
    async def payment(self, info: Info, id: strawberry.ID) -> Payment | None:  # noqa: A002 - the API's name
        """Find a payment."""
        owner = await info.context.owner()
        found = await find_payment(info.context.deps.store, parse_id("pay", id), owner=owner)
        return Payment.of(found) if found else None


def _refund(refund: domain.Refund, currency: str) -> Refund:
    return Refund(
        id=strawberry.ID(refund.id),
        amount=money(refund.amount, currency),
        status=refund.status,
        reason=refund.reason,
        created_at=refund.created_at,
        arrives_within=REFUND_ARRIVES,
    )


def _pix(payment: domain.Payment) -> PixCharge | None:
    if payment.pix is None:
        return None
    return PixCharge(copy_paste=payment.pix.copy_paste, expires_at=payment.expires_at)


def _boleto(payment: domain.Payment) -> BoletoCharge | None:
    if payment.boleto is None:
        return None
    return BoletoCharge(
        digitable_line=payment.boleto.digitable_line,
        due_date=payment.boleto.due_on,
        url=payment.boleto.url,
        pix_copy_paste=payment.boleto.pix_copy_paste,
        barcode=payment.boleto.barcode,
    )
