"""The days of a failing invoice: retries, the end of grace, giving up; and codes that expire.

Source: billing rules 17 to 19.
"""

from ciclo.copies import replace
from ciclo.domain.dunning import Dunning, register_failure, register_retry
from ciclo.domain.events.facts import DunningExhausted, GraceEnded, InvoiceOverdue, PaymentExpired, RetryDue
from ciclo.domain.ids import InvoiceId
from ciclo.domain.invoice import Invoice
from ciclo.domain.lifecycle.billing import request_charge
from ciclo.domain.lifecycle.calendar import CODES, automatic_method
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.lifecycle.ending import end_subscription, end_unpaid
from ciclo.domain.lifecycle.invoices import is_being_tried
from ciclo.domain.lifecycle.payments.allocation import EXPIRED, start_dunning
from ciclo.domain.payment import MethodKind, PaymentStatus
from ciclo.domain.payments.attempt import record_failure
from ciclo.domain.subscription import EndReason


def on_invoice_overdue(decision: Decision, overdue: InvoiceOverdue, ctx: EventContext) -> Decision:
    """Begin to dun an invoice that was not paid in time (rule 31); a decline may have begun it before."""
    account = decision.account
    invoice = account.invoices[overdue.invoice_id]
    waits = is_being_tried(account, invoice, MethodKind.CREDIT_CARD)
    if not invoice.is_open or invoice.dunning is not None or waits or not account.subscription.is_live:
        return decision
    dunning = register_failure(None, on=overdue.on, hard=False, policy=ctx.policy)
    return decision.with_invoice(replace(invoice, dunning=dunning)).with_outcome(Outcome.INVOICE_OVERDUE)


def on_retry_due(decision: Decision, due: RetryDue, ctx: EventContext) -> Decision:
    """Charge again, by the method of today; without one that can succeed the day passes.

    A PIX code or boleto is handed out anew (rule 31), a card that was declined for good is let alone.
    """
    failing = _invoice_in_dunning(decision, due.invoice_id)
    if failing is None or failing[1].retry_on != due.on:
        return decision
    invoice, dunning = failing
    # A retry that was held back counts from the day on which it is made.
    on = max(due.on, ctx.today)
    invoice = replace(invoice, dunning=register_retry(dunning, on=on, policy=ctx.policy))
    decision = decision.with_invoice(invoice)
    method = automatic_method(decision.account.subscription)
    hands_out_codes = ctx.policy.calendar is not None
    if method is None or dunning.hard or (method.kind in CODES and not hands_out_codes):
        return decision.with_outcome(Outcome.RETRY_SKIPPED)
    return request_charge(decision, invoice, method, at=ctx.at, ctx=ctx).with_outcome(Outcome.PAYMENT_RETRIED)


def on_grace_ended(decision: Decision, ended: GraceEnded, _: EventContext) -> Decision:
    """Take access away until all that fails is paid; a code that waits to be paid does not keep it."""
    account = decision.account
    invoice, sub = account.invoices[ended.invoice_id], account.subscription
    dunning = invoice.dunning
    keeps = not sub.is_live or sub.activated_at is None or account.is_card_in_flight(invoice.id)
    if not invoice.is_open or dunning is None or dunning.suspended or keeps:
        return decision
    for failing in account.open_service_invoices():
        if failing.dunning is not None:
            suspended = replace(failing, dunning=replace(failing.dunning, suspended=True))
            decision = decision.with_invoice(suspended)
    return decision.with_outcome(Outcome.SUSPENDED)


def on_dunning_exhausted(decision: Decision, exhausted: DunningExhausted, ctx: EventContext) -> Decision:
    """End a subscription whose last retry failed, or that was to end and is not paid for."""
    failing = _invoice_in_dunning(decision, exhausted.invoice_id)
    sub = decision.account.subscription
    if failing is None or not (failing[1].retry_on is None or sub.cancel_at_period_end):
        return decision
    if sub.activated_at is None:
        return end_unpaid(decision, ctx, reason=EndReason.NEVER_PAID)
    reason = EndReason.REQUESTED if sub.cancel_at_period_end else EndReason.NONPAYMENT
    return end_subscription(decision, ctx, reason=reason)


def on_payment_expired(decision: Decision, expired: PaymentExpired, ctx: EventContext) -> Decision:
    """Stop waiting for a code that was not paid in time."""
    payment = decision.account.payments[expired.payment_id]
    if payment.status is not PaymentStatus.PENDING:
        return decision
    lapsed = record_failure(payment, at=ctx.at, code=EXPIRED, attempt=None)
    ended = start_dunning(decision, lapsed, ctx, code=EXPIRED, hard=False)
    invoice = ended.account.invoices[payment.invoice_id]
    method = automatic_method(ended.account.subscription)
    is_early = invoice.overdue_on is not None and ctx.today < invoice.overdue_on and invoice.dunning is None
    is_wanted = invoice.is_open and not ended.account.subscription.awaits(invoice.id)
    hands_out = method is not None and method.kind in CODES and method == payment.method
    if method is None or not (is_early and is_wanted and hands_out):
        return ended
    # The code died before the invoice was due: there is a new one, and nobody is late.
    return request_charge(ended, invoice, method, at=ctx.at, ctx=ctx).with_outcome(Outcome.PAYMENT_REQUESTED)


def _invoice_in_dunning(decision: Decision, invoice_id: InvoiceId) -> tuple[Invoice, Dunning] | None:
    """Return an open invoice in dunning of a live subscription, unless an answer is still to come."""
    account = decision.account
    invoice = account.invoices[invoice_id]
    waits = account.is_being_paid(invoice_id) or not account.subscription.is_live
    if not invoice.is_open or invoice.dunning is None or waits:
        return None
    return invoice, invoice.dunning
