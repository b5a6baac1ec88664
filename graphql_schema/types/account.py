"""Accounts: a subscription, its invoices and their payments, in one module since each leads to the next."""

from datetime import date, datetime
from functools import partial
from typing import Final, Self

import strawberry

from ciclo.domain import invoice as domain_invoice
from ciclo.domain import payment as domain_payment
from ciclo.domain import subscription as domain_subscription
from ciclo.domain.ids import InvoiceId
from ciclo.domain.metrics import mrr_of
from ciclo.domain.payments.attempt import awaits_confirmation
from graphql_schema.context import Info
from graphql_schema.rows import fields_of, join_field
from graphql_schema.types.customers.addressee import Addressee
from graphql_schema.types.customers.customer import Customer
from graphql_schema.types.enums import (
    EndReason,
    InvoiceKind,
    PaymentStatus,
    SubscriptionStatus,
    VoidReason,
)
from graphql_schema.types.invoices.credit_note import CreditNote
from graphql_schema.types.invoices.dispute import Dispute
from graphql_schema.types.invoices.dunning import Dunning
from graphql_schema.types.invoices.grant_use import GrantUse
from graphql_schema.types.invoices.invoice_line import InvoiceLine, Period
from graphql_schema.types.invoices.invoice_status import InvoiceStatus, status_on
from graphql_schema.types.invoices.receipt import PaymentWithReceipt
from graphql_schema.types.invoices.refund import Refund
from graphql_schema.types.money import Money, to_money
from graphql_schema.types.pagination import After, Connection, First, connect
from graphql_schema.types.payment_method import BoletoCharge, PaymentMethod, PixCharge
from graphql_schema.types.plan import Plan
from graphql_schema.types.selling.discount import SubscriptionDiscounts
from graphql_schema.types.subscription_calendar import SubscriptionCalendar
from graphql_schema.types.subscription_lists import list_subscription_invoices, list_subscription_payments

_sub: Final = fields_of(domain_subscription.Subscription)


@strawberry.type(
    description="One try to collect an invoice; automatic retries by the same card are the same try."
)
class Payment(PaymentWithReceipt):
    """A payment."""

    id: strawberry.ID
    status: PaymentStatus
    amount: Money = strawberry.field(description="What came; before that, what is asked for.")
    refunded_amount: Money
    refunds: list[Refund]
    payment_method: PaymentMethod | None
    attempts: int = strawberry.field(description="How often the provider was asked to charge it.")
    failure_code: str | None
    awaits_confirmation: bool = strawberry.field(description="The payer's bank asks: see confirmPayment.")
    disputed: bool = strawberry.field(description="The payer's bank contests it, and did not decide yet.")
    disputes: list[Dispute]
    created_at: datetime
    completed_at: datetime | None
    pix: PixCharge | None
    boleto: BoletoCharge | None
    paid_outside: str | None = strawberry.field(description="How it came past Ciclo: see markInvoicePaid.")

    @classmethod
    def of(cls, payment: domain_payment.Payment) -> Self:
        """Return *payment* as the API shows it."""
        return cls(
            id=strawberry.ID(payment.id),
            status=payment.status,
            amount=to_money(payment.received_amount if payment.is_paid else payment.amount, payment.currency),
            refunded_amount=to_money(payment.refunded_amount, payment.currency),
            refunds=[Refund.of(refund, payment) for refund in payment.refunds],
            payment_method=PaymentMethod.of(payment.method) if payment.method else None,
            attempts=payment.attempts,
            failure_code=payment.failure_code,
            awaits_confirmation=awaits_confirmation(payment),
            disputed=payment.disputed,
            disputes=[Dispute.of(dispute, payment) for dispute in payment.disputes],
            created_at=payment.created_at,
            completed_at=payment.completed_at,
            pix=PixCharge.of(payment),
            boleto=BoletoCharge.of(payment),
            paid_outside=payment.paid_outside,
            source=payment,
        )

    @strawberry.field(description="What it collects.")
    async def invoice(self, info: Info) -> "Invoice":
        """Fetch the invoice, with those of the other rows."""
        found = await info.context.loaders.invoices.load(self.source.invoice_id)
        return Invoice.of(found, today=info.context.today)


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
    credit_applied: Money = strawberry.field(description="What came off the balance; negative: onto it.")
    grants_used: list[GrantUse] = strawberry.field(description="What of that came from grants.")
    total: Money = strawberry.field(description="What is, or was, left to pay.")
    amount_paid: Money = strawberry.field(description="What of the total was paid.")
    amount_due: Money = strawberry.field(description="What of the total is still to be paid.")
    overpaid: Money = strawberry.field(description="What came beyond the total, and went onto the balance.")
    period: Period = strawberry.field(
        description="The days that it bills; those that its money bought, where the first payment came late."
    )
    issued_at: datetime
    due_date: date
    paid_at: datetime | None
    dunning: Dunning | None = strawberry.field(description="While it fails to be paid.")
    void_reason: VoidReason | None = strawberry.field(description="Why it was cancelled, if it is known.")
    addressee: Addressee | None = strawberry.field(description="Whom it names; null: the customer of today.")
    source: strawberry.Private[domain_invoice.Invoice]

    @classmethod
    def of(cls, invoice: domain_invoice.Invoice, *, today: date) -> Self:
        """Return *invoice* as it looks on *today*."""
        currency = invoice.currency
        return cls(
            id=strawberry.ID(invoice.id),
            number=invoice.number,
            kind=invoice.kind,
            status=status_on(invoice, today),
            lines=[InvoiceLine.of(line, currency) for line in invoice.lines],
            subtotal=to_money(invoice.subtotal, currency),
            tax=to_money(invoice.tax, currency),
            credit_applied=to_money(invoice.credit_applied, currency),
            grants_used=[GrantUse.of(use, currency) for use in invoice.grants_used],
            total=to_money(invoice.total, currency),
            amount_paid=to_money(invoice.amount_paid, currency),
            amount_due=to_money(invoice.amount_due, currency),
            overpaid=to_money(invoice.overpaid, currency),
            period=Period.of(invoice.moved_to or invoice.period),
            issued_at=invoice.issued_at,
            due_date=invoice.due_on,
            paid_at=invoice.paid_at,
            dunning=Dunning.of(invoice.dunning if invoice.is_open else None),
            void_reason=invoice.void_reason,
            addressee=Addressee.of(invoice.addressee),
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
    async def subscription(self, info: Info) -> "BillingSubscription":
        """Fetch the subscription, with those of the other rows."""
        found = await info.context.loaders.subscriptions.load(self.source.subscription_id)
        return BillingSubscription.of(found)


@strawberry.type(
    description="A change of plan or quantity that waits for its payment, else for the end of the period."
)
class PendingChange:
    """A change that waits."""

    plan_id: strawberry.ID
    plan_name: str
    quantity: int
    price: Money = strawberry.field(description="Of a full period.")
    takes_effect_on: date = strawberry.field(description="The first day that it bills.")
    awaiting_payment: bool = strawberry.field(description="It takes effect if its invoice is paid in time.")
    invoice_id: strawberry.Private[InvoiceId | None] = None

    @classmethod
    def of(cls, sub: domain_subscription.Subscription) -> Self | None:
        """Return what *sub* is about to change to, if anything."""
        awaited = sub.awaited_change
        terms = awaited.terms if awaited else sub.pending_change
        if terms is None:
            return None
        return cls(
            plan_id=strawberry.ID(terms.plan_id),
            plan_name=terms.plan_name,
            quantity=terms.quantity,
            price=to_money(terms.price, terms.currency),
            takes_effect_on=awaited.on if awaited else sub.period.end,
            awaiting_payment=awaited is not None,
            invoice_id=awaited.invoice_id if awaited else None,
        )

    @strawberry.field(description="What has to be paid for it to take effect.")
    async def invoice(self, info: Info) -> Invoice | None:
        """Fetch the invoice, with those of the other rows."""
        if self.invoice_id is None:
            return None
        found = await info.context.loaders.invoices.load(self.invoice_id)
        return Invoice.of(found, today=info.context.today)


@strawberry.type(description="A customer's agreement to a plan.")
class BillingSubscription(SubscriptionCalendar, SubscriptionDiscounts):
    """A subscription."""

    id: strawberry.ID = _sub(lambda sub: strawberry.ID(sub.id))
    status: SubscriptionStatus = _sub(lambda sub: sub.status)
    quantity: int = _sub(lambda sub: sub.terms.quantity)
    price: Money = _sub(
        lambda sub: to_money(sub.terms.price, sub.terms.currency),
        description="Of a full period: the agreed unit price times the quantity.",
    )
    mrr: Money = _sub(
        lambda sub: to_money(mrr_of(sub), sub.terms.currency),
        description="What it adds to monthly recurring revenue now.",
    )
    current_period: Period = _sub(lambda sub: Period.of(sub.period))
    next_billing_date: date | None = _sub(
        lambda sub: sub.next_billing_date, description="Null if nothing is going to be billed."
    )
    trial_ends_on: date | None = _sub(
        lambda sub: sub.trial.end if sub.trial else None,
        description="The day on which the trial ends or ended.",
    )
    payment_method: PaymentMethod | None = _sub(
        lambda sub: PaymentMethod.of(sub.method) if sub.method else None
    )
    pending_change: PendingChange | None = _sub(PendingChange.of)
    waiting_lines: list[InvoiceLine] = _sub(
        lambda sub: [InvoiceLine.of(line, sub.terms.currency) for line in sub.unbilled_lines],
        description="What changes have billed that waits for the next invoice, and is on none yet.",
    )
    cancel_at_period_end: bool = _sub(lambda sub: sub.cancel_at_period_end)
    cancel_reason: str | None = _sub(lambda sub: sub.cancel_reason)
    end_reason: EndReason | None = _sub(lambda sub: sub.end_reason)
    pause_at_period_end: bool = _sub(lambda sub: sub.pause_at_period_end)
    pauses_on: date | None = _sub(lambda sub: sub.pauses_on, description="When the scheduled pause begins.")
    paused_on: date | None = _sub(lambda sub: sub.paused_on)
    resume_on: date | None = _sub(
        lambda sub: sub.resume_on, description="When the pause, or the scheduled one, ends."
    )
    created_at: datetime = _sub(lambda sub: sub.created_at)
    activated_at: datetime | None = _sub(
        lambda sub: sub.activated_at, description="When it was first paid service."
    )
    first_paid_at: datetime | None = _sub(
        lambda sub: sub.first_paid_at or sub.activated_at,
        description="When its first invoice was paid, or needed no money: before it there is no service.",
    )
    ended_at: datetime | None = _sub(lambda sub: sub.ended_at)
    billing_reference: str | None = _sub(
        lambda sub: sub.registration, description="The billing system's id of it."
    )
    plan: Plan = join_field(
        lambda sub: (sub.terms.plan_id, sub.terms.plan_version),
        lambda loaders: loaders.plan_versions,
        lambda plan, _: Plan.of(plan),
        description="The plan in the version that was taken.",
    )
    customer: Customer = join_field(
        lambda sub: sub.customer_id,
        lambda loaders: loaders.customers,
        lambda customer, _: Customer.of(customer),
        description="Who subscribes.",
    )

    @classmethod
    def of(cls, sub: domain_subscription.Subscription) -> Self:
        """Return *sub* as the API shows it."""
        return cls(source=sub)

    @strawberry.field(description="Its invoices, the newest first.")
    async def invoices(self, info: Info, first: First = None, after: After = None) -> Connection[Invoice]:
        """List its invoices; first pages of many rows are fetched together."""
        listing = list_subscription_invoices(info, self.source.id)
        return await connect(
            info, listing, first=first, after=after, to_node=partial(Invoice.of, today=info.context.today)
        )

    @strawberry.field(description="Its payments, the newest first.")
    async def payments(self, info: Info, first: First = None, after: After = None) -> Connection[Payment]:
        """List its payments; first pages of many rows are fetched together."""
        listing = list_subscription_payments(info, self.source.id)
        return await connect(info, listing, first=first, after=after, to_node=Payment.of)
