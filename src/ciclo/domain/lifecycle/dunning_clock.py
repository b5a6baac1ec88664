"""The days of a failing invoice: retries, the end of grace, giving up; and codes that expire.

Source: billing rules 17 to 19.
"""

from dataclasses import replace

from ciclo.domain.dunning import Dunning, retried
from ciclo.domain.facts import DunningExhausted, GraceEnded, PaymentExpired, RetryDue
from ciclo.domain.ids import InvoiceId
from ciclo.domain.invoice import Invoice
from ciclo.domain.lifecycle.billing import charged
from ciclo.domain.lifecycle.decision import Context, Decision, Outcome
from ciclo.domain.lifecycle.ending import end_subscription
from ciclo.domain.lifecycle.settlement import EXPIRED, payment_failed
from ciclo.domain.payment import MethodKind, PaymentStatus, failed
from ciclo.domain.subscription import EndReason


def on_retry_due(decision: Decision, due: RetryDue, ctx: Context) -> Decision:
    """Charge again, by the card of today; without one that can succeed the day passes."""
    failing = _failing(decision, due.invoice_id)
    if failing is None or failing[1].retry_on != due.on:
        return decision
    invoice, dunning = failing
    invoice = replace(invoice, dunning=retried(dunning, on=due.on, policy=ctx.policy))
    decision = decision.with_invoice(invoice)
    method = decision.account.subscription.method
    if method is None or method.kind is not MethodKind.CREDIT_CARD or dunning.hard:
        return decision.ending_in(Outcome.RETRY_SKIPPED)
    return charged(decision, invoice, method, at=ctx.at, ctx=ctx).ending_in(Outcome.PAYMENT_RETRIED)


def on_grace_ended(decision: Decision, ended: GraceEnded, _: Context) -> Decision:
    """Take access away until the invoice is paid."""
    failing = _failing(decision, ended.invoice_id)
    if failing is None or failing[1].suspended:
        return decision
    invoice, dunning = failing
    suspended = replace(invoice, dunning=replace(dunning, suspended=True))
    return decision.with_invoice(suspended).ending_in(Outcome.SUSPENDED)


def on_dunning_exhausted(decision: Decision, exhausted: DunningExhausted, ctx: Context) -> Decision:
    """End a subscription whose last retry failed."""
    failing = _failing(decision, exhausted.invoice_id)
    if failing is None or failing[1].retry_on is not None:
        return decision
    return end_subscription(decision, at=ctx.at, reason=EndReason.NONPAYMENT)


def on_payment_expired(decision: Decision, expired: PaymentExpired, ctx: Context) -> Decision:
    """Stop waiting for a code that was not paid in time."""
    payment = decision.account.payments[expired.payment_id]
    if payment.status is not PaymentStatus.PENDING:
        return decision
    lapsed = failed(payment, at=ctx.at, code=EXPIRED, attempt=None)
    return payment_failed(decision, lapsed, ctx, code=EXPIRED, hard=False)


def _failing(decision: Decision, invoice_id: InvoiceId) -> tuple[Invoice, Dunning] | None:
    """Return an open invoice in dunning of a live subscription, unless an answer is still to come."""
    account = decision.account
    invoice = account.invoices[invoice_id]
    waits = account.is_being_paid(invoice_id) or not account.subscription.is_live
    if not invoice.is_open or invoice.dunning is None or waits:
        return None
    return invoice, invoice.dunning
