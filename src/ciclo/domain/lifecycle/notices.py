"""What payment providers report, matched to the invoice it is about.

A notice with a payment id is about that payment. One without is matched by its amount: a success
pays the oldest open invoice of that amount; a failure is about the newest, so that the two never
fight over one of several; a refund takes the newest payment of that amount. What matches nothing
is marked for review and changes nothing. Source: BILLING.md, rules 18 to 21.
"""

from dataclasses import replace

from ciclo.domain.account import Account, by_age
from ciclo.domain.events import (
    DisputeClosed,
    PaymentAuthorized,
    PaymentDisputed,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
    RefundFailed,
)
from ciclo.domain.ids import RefundId, derived_id
from ciclo.domain.invoice import Invoice, InvoiceKind
from ciclo.domain.lifecycle.billing import begin_service, new_payment
from ciclo.domain.lifecycle.decision import Context, Decision, Outcome, Review
from ciclo.domain.lifecycle.opening import started
from ciclo.domain.lifecycle.settlement import payment_came, payment_failed
from ciclo.domain.payment import Payment, Refund, RefundStatus, failed, refunded, succeeded
from ciclo.domain.period import start_of_day
from ciclo.domain.subscription import EARNING, Status


def on_payment_succeeded(decision: Decision, notice: PaymentSucceeded, ctx: Context) -> Decision:
    """Record money that came."""
    decision = started(decision, ctx)
    decision, payment, review = _paid_for(decision, notice, ctx)
    if payment is None:
        return decision.for_review(review)
    return payment_came(decision, succeeded(payment, at=ctx.at))


def on_payment_failed(decision: Decision, notice: PaymentFailed, ctx: Context) -> Decision:
    """Record a try that failed; a failure of what was paid meanwhile changes nothing (rule 20)."""
    decision = started(decision, ctx)
    payment, review = _failed_for(decision.account, notice)
    if payment is None:
        return decision.for_review(review)
    if payment.is_paid:
        return decision.ending_in(Outcome.IGNORED)
    code = notice.failure_code or "declined"
    fallen = failed(payment, at=ctx.at, code=code, attempt=notice.attempt)
    return payment_failed(decision, fallen, ctx, code=code, hard=notice.hard)


def on_payment_refunded(decision: Decision, notice: PaymentRefunded, ctx: Context) -> Decision:
    """Record money that went back; it proves that it had come, whether or not that was reported yet."""
    decision = started(decision, ctx)
    decision, payment, review = _paid_for(decision, notice, ctx)
    if payment is None:
        return decision.for_review(review)
    refund = _refund(payment, notice, ctx)
    others = sum(one.amount for one in payment.refunds if one.id != refund.id and _keeps(one))
    if others + refund.amount > payment.amount:
        return decision.for_review(Review.REFUND_EXCEEDS_PAYMENT)
    returned = refunded(payment, refund)
    if payment.is_paid:
        return decision.with_payment(returned).ending_in(Outcome.REFUND_RECORDED)
    return replace(payment_came(decision, returned), outcome=Outcome.REFUND_RECORDED)


def on_refund_failed(decision: Decision, notice: RefundFailed, _: Context) -> Decision:
    """Release the money of a refund that did not go through, and call a person."""
    payment = decision.account.payments.get(notice.payment_id)
    if payment is None:
        return decision.for_review(Review.UNKNOWN_PAYMENT)
    known = next((one for one in payment.refunds if one.id == notice.refund_id), None)
    if known is None:
        return decision.for_review(Review.UNKNOWN_PAYMENT)
    released = refunded(payment, replace(known, status=RefundStatus.FAILED))
    return decision.with_payment(released).for_review(Review.REFUND_FAILED)


def on_payment_authorized(decision: Decision, notice: PaymentAuthorized, _: Context) -> Decision:
    """Keep the provider's reference, and the code to pay by where there is one."""
    payment = decision.account.payments.get(notice.payment_id)
    if payment is None:
        return decision.for_review(Review.UNKNOWN_PAYMENT)
    known = replace(
        payment,
        provider=notice.provider,
        provider_reference=notice.provider_reference,
        expires_at=notice.expires_at,
        pix=notice.pix,
        boleto=notice.boleto,
    )
    return decision.with_payment(known).ending_in(Outcome.RECORDED)


def on_payment_disputed(decision: Decision, notice: PaymentDisputed, _: Context) -> Decision:
    """Mark a contested payment for a person."""
    return _marked(decision, notice, disputed=True)


def on_dispute_closed(decision: Decision, notice: DisputeClosed, _: Context) -> Decision:
    """Take the mark of a dispute off; what was lost is for a person to book."""
    return _marked(decision, notice, disputed=False)


def _marked(decision: Decision, notice: PaymentDisputed | DisputeClosed, *, disputed: bool) -> Decision:
    payment = decision.account.payments.get(notice.payment_id)
    if payment is None:
        return decision.for_review(Review.UNKNOWN_PAYMENT)
    marked = decision.with_payment(replace(payment, disputed=disputed))
    settled = isinstance(notice, DisputeClosed) and notice.won
    return marked.ending_in(Outcome.RECORDED) if settled else marked.for_review(Review.DISPUTED)


def _paid_for(
    decision: Decision, notice: PaymentSucceeded | PaymentRefunded, ctx: Context
) -> tuple[Decision, Payment | None, Review]:
    """Find the payment that money came for, or went back of; why there is none otherwise.

    Without a match the notice may pay a period in advance: that of the trial's end, or one whose
    day has come by the notice's own date before the clock got to it.
    """
    account = decision.account
    if notice.currency != account.subscription.terms.currency:
        return decision, None, Review.CURRENCY_MISMATCH
    if notice.payment_id is not None:
        payment = account.payments.get(notice.payment_id)
        if payment is None:
            return decision, None, Review.UNKNOWN_PAYMENT
        whole = isinstance(notice, PaymentRefunded) or notice.amount == payment.amount
        return decision, payment if whole else None, Review.AMOUNT_MISMATCH
    invoice = _invoice_to_pay(account, notice)
    if invoice is None and account.open_invoices():
        return decision, None, Review.AMOUNT_MISMATCH
    if invoice is None:
        ahead = _billed_ahead(decision, ctx)
        opened = ahead.account.open_invoices()
        if not opened or opened[0].total != notice.amount:
            return decision, None, Review.NO_OPEN_INVOICE
        decision, invoice = ahead, opened[0]
    return decision, _payment_of(decision.account, invoice), Review.NO_OPEN_INVOICE


def _invoice_to_pay(account: Account, notice: PaymentSucceeded | PaymentRefunded) -> Invoice | None:
    """Return the invoice of equal amount that a notice without an id is about.

    Money is for the oldest that waits for its report, open or known to be paid from a refund only; a
    refund is of the newest that was paid and keeps its money, else of the oldest open one.
    """
    alike = _of_amount(account, notice.amount)
    waiting = [one for one in alike if not any(try_.confirmed for try_ in account.payments_of(one.id))]
    if isinstance(notice, PaymentSucceeded):
        return waiting[0] if waiting else None
    kept = [one for one in alike if not one.is_open and not _payment_of(account, one).refunded_amount]
    return kept[-1] if kept else next((one for one in waiting if one.is_open), None)


def _failed_for(account: Account, notice: PaymentFailed) -> tuple[Payment | None, Review]:
    """Find the payment that failed: by its id, else of the newest open invoice of equal amount."""
    if notice.currency != account.subscription.terms.currency:
        return None, Review.CURRENCY_MISMATCH
    if notice.payment_id is not None:
        payment = account.payments.get(notice.payment_id)
        if payment is None:
            return None, Review.UNKNOWN_PAYMENT
        return (payment if payment.amount == notice.amount else None), Review.AMOUNT_MISMATCH
    alike = _of_amount(account, notice.amount)
    if not alike:
        return None, Review.AMOUNT_MISMATCH if account.open_invoices() else Review.NO_OPEN_INVOICE
    newest = next((one for one in reversed(alike) if one.is_open), alike[-1])
    return _payment_of(account, newest), Review.NO_OPEN_INVOICE


def _of_amount(account: Account, amount: int) -> tuple[Invoice, ...]:
    """Return the invoices of *amount* that were not withdrawn, oldest first."""
    return by_age(one for one in account.invoices.values() if one.total == amount and one.voided_at is None)


def _payment_of(account: Account, invoice: Invoice) -> Payment:
    """Return the payment that settled an invoice, else its latest try, else the one that notices share."""
    tries = sorted(account.payments_of(invoice.id), key=lambda one: one.is_paid)
    return tries[-1] if tries else new_payment(invoice, facts="notice", at=invoice.issued_at)


def _billed_ahead(decision: Decision, ctx: Context) -> Decision:
    """Issue the next period's invoice as the clock would, where a payment for it may have come first."""
    sub = decision.account.subscription
    day_came = sub.status in EARNING and ctx.today >= sub.period.end
    if not (day_came or _in_trial(decision)) or sub.cancel_at_period_end:
        return decision
    issued_at = start_of_day(sub.period.end, ctx.policy.timezone)
    return begin_service(
        decision, ctx, on=sub.period.end, issued_at=issued_at, kind=InvoiceKind.PERIOD, collecting=False
    )


def _in_trial(decision: Decision) -> bool:
    sub = decision.account.subscription
    fresh = sub.status in {Status.PENDING, Status.TRIALING} and sub.activated_at is None
    return sub.is_live and sub.started and fresh and sub.trial == sub.period


def _refund(payment: Payment, notice: PaymentRefunded, ctx: Context) -> Refund:
    """Return the refund that a notice is about: by its id, else one of that amount under way, else new."""
    known = next((one for one in payment.refunds if one.id == notice.refund_id), None) or next(
        (
            one
            for one in payment.refunds
            if notice.refund_id is None and one.status is RefundStatus.PENDING and one.amount == notice.amount
        ),
        None,
    )
    if known is not None:
        return replace(known, status=RefundStatus.SUCCEEDED)
    refund_id = notice.refund_id or RefundId(derived_id("ref", at=ctx.at, facts=ctx.event.id))
    return Refund(id=refund_id, amount=notice.amount, status=RefundStatus.SUCCEEDED, created_at=ctx.at)


def _keeps(refund: Refund) -> bool:
    return refund.status is not RefundStatus.FAILED
