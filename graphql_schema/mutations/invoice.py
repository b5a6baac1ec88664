"""Paying and withdrawing invoices."""

from datetime import date
from decimal import Decimal

import strawberry

from ciclo.actions import invoices as actions
from graphql_schema.context import Info, Operator, SignedIn
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.payment_method import PaymentMethodInput, choice_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.account import Invoice


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
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Give an invoice up whose money will not come.")
class WriteOffInvoiceInput:
    """Which invoice, and why."""

    invoice_id: strawberry.ID
    reason: str | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Say that an open invoice was paid past Ciclo: in cash, by a transfer.")
class MarkInvoicePaidInput:
    """Which invoice, and what came for it."""

    invoice_id: strawberry.ID
    how: str = strawberry.field(description="How it came, such as a transfer's number; 1 to 100 characters.")
    paid_on: date | None = strawberry.field(
        default=None,
        description="The seller's day on which it came, not before the invoice's; today by default.",
    )
    amount: Decimal | None = strawberry.field(
        default=None, description="In the invoice's currency; all that is due by default, and never more."
    )
    reason: str | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


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
class WriteOffInvoicePayload:
    """What writeOffInvoice came to."""

    invoice: Invoice | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class MarkInvoicePaidPayload:
    """What markInvoicePaid came to."""

    invoice: Invoice | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


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
            context.deps,
            input.invoice_id,
            reason=input.reason,
            caller=await context.caller(),
            request=request_of(info, input),
        )
        return VoidInvoicePayload(invoice=Invoice.of(invoice, today=context.today))

    @mutation(
        Operator, description="Give an invoice up: it is collected no more, and what it used stays used."
    )
    async def write_off_invoice(
        self,
        info: Info,
        input: WriteOffInvoiceInput,  # noqa: A002 - the API's name
    ) -> WriteOffInvoicePayload:
        """Write an invoice off."""
        context = info.context
        invoice = await actions.write_off_invoice(
            context.deps,
            input.invoice_id,
            reason=input.reason,
            caller=await context.caller(),
            request=request_of(info, input),
        )
        return WriteOffInvoicePayload(invoice=Invoice.of(invoice, today=context.today))

    @mutation(
        Operator, description="Book money that came past Ciclo for an open invoice. There is no way back."
    )
    async def mark_invoice_paid(
        self,
        info: Info,
        input: MarkInvoicePaidInput,  # noqa: A002 - the API's name
    ) -> MarkInvoicePaidPayload:
        """Mark an invoice as paid."""
        context = info.context
        invoice = await actions.mark_invoice_paid(
            context.deps,
            input.invoice_id,
            actions.PaidOutside(how=input.how, amount=input.amount, paid_on=input.paid_on),
            reason=input.reason,
            caller=await context.caller(),
            request=request_of(info, input),
        )
        return MarkInvoicePaidPayload(invoice=Invoice.of(invoice, today=context.today))
