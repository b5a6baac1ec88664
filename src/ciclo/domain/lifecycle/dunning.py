"""The days of a failing invoice: retries, the end of grace, giving up; and codes that expire.

Source: billing rules 17 to 19.
"""

from dataclasses import replace

from ciclo.domain.dunning import Dunning, register_retry
from ciclo.domain.events.facts import DunningExhausted, GraceEnded, PaymentExpired, RetryDue
from ciclo.domain.ids import InvoiceId
from ciclo.domain.invoice import Invoice
from ciclo.domain.lifecycle.allocation import EXPIRED, start_dunning
from ciclo.domain.lifecycle.billing import request_charge
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.lifecycle.ending import end_subscription
from ciclo.domain.payment import MethodKind, PaymentStatus, record_failure
from ciclo.domain.subscription import EndReason


def on_retry_due(decision: Decision, due: RetryDue, ctx: EventContext) -> Decision:
    """Charge again, by the card of today; without one that can succeed the day passes."""
    failing = _invoice_in_dunning(decision, due.invoice_id)
    if failing is None or failing[1].retry_on != due.on:
        return decision
    invoice, dunning = failing
    invoice = replace(invoice, dunning=register_retry(dunning, on=due.on, policy=ctx.policy))
    decision = decision.with_invoice(invoice)
    method = decision.account.subscription.method
    if method is None or method.kind is not MethodKind.CREDIT_CARD or dunning.hard:
        return decision.with_outcome(Outcome.RETRY_SKIPPED)
    return request_charge(decision, invoice, method, at=ctx.at, ctx=ctx).with_outcome(Outcome.PAYMENT_RETRIED)


def on_grace_ended(decision: Decision, ended: GraceEnded, _: EventContext) -> Decision:
    """Take access away until the invoice is paid."""
    failing = _invoice_in_dunning(decision, ended.invoice_id)
    if failing is None or failing[1].suspended:
        return decision
    invoice, dunning = failing
    suspended = replace(invoice, dunning=replace(dunning, suspended=True))
    return decision.with_invoice(suspended).with_outcome(Outcome.SUSPENDED)


def on_dunning_exhausted(decision: Decision, exhausted: DunningExhausted, ctx: EventContext) -> Decision:
    """End a subscription whose last retry failed."""
    failing = _invoice_in_dunning(decision, exhausted.invoice_id)
    if failing is None or failing[1].retry_on is not None:
        return decision
    return end_subscription(decision, at=ctx.at, reason=EndReason.NONPAYMENT)


def on_payment_expired(decision: Decision, expired: PaymentExpired, ctx: EventContext) -> Decision:
    """Stop waiting for a code that was not paid in time."""
    payment = decision.account.payments[expired.payment_id]
    if payment.status is not PaymentStatus.PENDING:
        return decision
    lapsed = record_failure(payment, at=ctx.at, code=EXPIRED, attempt=None)
    return start_dunning(decision, lapsed, ctx, code=EXPIRED, hard=False)


def _invoice_in_dunning(decision: Decision, invoice_id: InvoiceId) -> tuple[Invoice, Dunning] | None:
    """Return an open invoice in dunning of a live subscription, unless an answer is still to come."""
    account = decision.account
    invoice = account.invoices[invoice_id]
    waits = account.is_being_paid(invoice_id) or not account.subscription.is_live
    if not invoice.is_open or invoice.dunning is None or waits:
        return None
    return invoice, invoice.dunning
