"""Paying, voiding and writing off an open invoice, as a person asks for it.

Source: billing rules 19, 20, 22.
"""

from datetime import datetime

from ciclo.copies import replace
from ciclo.domain.account import Account
from ciclo.domain.errors.general import AmountOutOfRange, DateInPast, InvalidValue
from ciclo.domain.errors.payments import (
    InvoiceNotFound,
    InvoiceNotOpen,
    InvoicePartlyPaid,
    NoPaymentMethod,
    PaymentInProgress,
)
from ciclo.domain.events.booking import InvoicePaidOutside
from ciclo.domain.events.commands import InvoicePaymentRequested, InvoiceVoided, InvoiceWrittenOff
from ciclo.domain.ids import InvoiceId
from ciclo.domain.invoice import Invoice, LineKind, VoidReason
from ciclo.domain.lifecycle.billing import new_payment, request_charge
from ciclo.domain.lifecycle.changes.awaited_change import drop_awaited_change
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.lifecycle.payments.allocation import allocate_payment, void_invoice, write_off_invoice
from ciclo.domain.payment import MethodKind, record_success
from ciclo.domain.period import local_date, start_of_day


def on_invoice_payment_requested(
    decision: Decision, request: InvoicePaymentRequested, ctx: EventContext
) -> Decision:
    """Try to collect an open invoice now, by the method given or the subscription's own.

    A PIX code or boleto that waits does not stop a card from being charged; the same kind twice does.

    Raises:
        InvoiceNotFound, InvoiceNotOpen: it is not there, or is paid or voided.
        NoPaymentMethod: neither the request nor the subscription has one.
        PaymentInProgress: a card is being charged for it, or a code of that kind waits.
    """
    invoice = _open_invoice(decision.account, request.invoice_id)
    method = request.method or decision.account.subscription.method
    if method is None:
        raise NoPaymentMethod
    if is_being_tried(decision.account, invoice, method.kind):
        raise PaymentInProgress
    asked = request_charge(decision, invoice, method, at=ctx.at, ctx=ctx, on_request=True)
    return asked.with_outcome(Outcome.PAYMENT_REQUESTED)


def on_invoice_paid_outside(decision: Decision, told: InvoicePaidOutside, ctx: EventContext) -> Decision:
    """Book what an operator says was paid past Ciclo for an open invoice: it is money as any other (rule 20).

    More than is due is refused: it is a slip of the hand more often than a gift.

    Raises:
        InvoiceNotFound, InvoiceNotOpen: it is not there, or is paid or voided.
        PaymentInProgress: a card is being charged for it.
        AmountOutOfRange: it is nothing, or more than is due.
        DateInPast, InvalidValue: it came before the invoice was issued, or is still to come.
    """
    invoice = _open_invoice(decision.account, told.invoice_id)
    if is_being_tried(decision.account, invoice, MethodKind.CREDIT_CARD):
        raise PaymentInProgress
    amount = invoice.amount_due if told.amount is None else told.amount
    if not 0 < amount <= invoice.amount_due:
        raise AmountOutOfRange
    came_at = _when_it_came(told, invoice, ctx)
    payment = replace(
        new_payment(invoice, facts=told.payment_id, at=came_at),
        id=told.payment_id,
        amount=amount,
        paid_outside=told.how,
    )
    return allocate_payment(decision, record_success(payment, amount=amount, at=came_at), ctx)


def _when_it_came(told: InvoicePaidOutside, invoice: Invoice, ctx: EventContext) -> datetime:
    """Return the instant of the day that an operator names: now, if that is today."""
    zone = ctx.policy.timezone
    issued_on = local_date(invoice.issued_at, zone)
    if told.paid_on < issued_on:
        raise DateInPast(f"the invoice was issued on {issued_on}", field=("paid_on",))
    if told.paid_on > ctx.today:
        raise InvalidValue("that day is still to come", field=("paid_on",))
    return ctx.at if told.paid_on == ctx.today else max(invoice.issued_at, start_of_day(told.paid_on, zone))


def on_invoice_voided(decision: Decision, void: InvoiceVoided, ctx: EventContext) -> Decision:
    """Withdraw an invoice that nobody paid; its number stays taken (rule 22).

    That of a change which awaits its payment drops the change.

    Raises:
        InvoiceNotFound, InvoiceNotOpen: it is not there, or is paid or voided.
        InvoicePartlyPaid: a later invoice gave credit for its days, or it gave credit itself for those of
            a change that is in effect.
        PaymentInProgress: a charge is in flight.
    """
    account = decision.account
    invoice = _open_invoice(account, void.invoice_id)
    if is_being_tried(account, invoice, MethodKind.CREDIT_CARD):
        raise PaymentInProgress
    if account.subscription.awaits(invoice.id):
        undone = drop_awaited_change(decision, at=ctx.at, reason=VoidReason.VOIDED)
        return undone.with_outcome(Outcome.INVOICE_VOIDED)
    if invoice.partly_paid or invoice.credited or any(line.kind is LineKind.UNUSED for line in invoice.lines):
        raise InvoicePartlyPaid
    account = _without_coverage(void_invoice(account, invoice.id, at=ctx.at), invoice.id)
    return replace(decision, account=account).with_outcome(Outcome.INVOICE_VOIDED)


def on_invoice_written_off(decision: Decision, write_off: InvoiceWrittenOff, ctx: EventContext) -> Decision:
    """Give an invoice up whose money will not come: it is collected and dunned no more (rule 22).

    What paid a part of it stays used, since its days were served; where they were not, it comes back.
    That of a change which awaits its payment drops the change.

    Raises:
        InvoiceNotFound, InvoiceNotOpen: it is not there, or is paid or voided.
        PaymentInProgress: a charge is in flight.
    """
    account = decision.account
    invoice, sub = _open_invoice(account, write_off.invoice_id), account.subscription
    if is_being_tried(account, invoice, MethodKind.CREDIT_CARD):
        raise PaymentInProgress
    if sub.awaits(invoice.id):
        dropped = drop_awaited_change(decision, at=ctx.at, reason=VoidReason.WRITTEN_OFF)
        return dropped.with_outcome(Outcome.INVOICE_WRITTEN_OFF)
    ahead = sub.next_coverage is not None and sub.next_coverage.invoice_id == invoice.id
    if ahead or sub.activated_at is None:
        account = void_invoice(account, invoice.id, at=ctx.at, reason=VoidReason.WRITTEN_OFF)
    else:
        account = write_off_invoice(account, invoice.id, at=ctx.at)
    account = _without_coverage(account, invoice.id)
    return replace(decision, account=account).with_outcome(Outcome.INVOICE_WRITTEN_OFF)


def is_being_tried(account: Account, invoice: Invoice, kind: MethodKind) -> bool:
    """Return whether a card is being charged for it, or another try of the same kind is under way."""
    return any(
        payment.in_flight
        and payment.method is not None
        and payment.method.kind in {MethodKind.CREDIT_CARD, kind}
        for payment in account.payments_of(invoice.id)
    )


def _without_coverage(account: Account, invoice_id: InvoiceId) -> Account:
    """Return the account whose days are billed by no invoice that is owed no more.

    Lines that it carried wait on. That it was to bill the next period is known on: were another period to
    come than the one that it gave up, that one would be billed (rule 32).
    """
    sub = account.subscription
    if sub.coverage is not None and sub.coverage.invoice_id == invoice_id:
        sub = replace(sub, coverage=None)
    if sub.next_coverage is not None and sub.next_coverage.invoice_id == invoice_id:
        sub = replace(sub, next_coverage=replace(sub.next_coverage, carried=()))
    return account.with_subscription(sub)


def _open_invoice(account: Account, invoice_id: InvoiceId) -> Invoice:
    invoice = account.invoices.get(invoice_id)
    if invoice is None:
        raise InvoiceNotFound
    if not invoice.is_open:
        raise InvoiceNotOpen(invoice.status)
    return invoice
