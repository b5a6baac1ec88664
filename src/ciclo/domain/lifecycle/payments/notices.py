"""What payment providers report, matched to the invoice it is about.

A notice with a payment id is about that payment. One without is matched by its amount: a success
pays the oldest open invoice of that amount; a failure is about the newest, so that the two never
fight over one of several; a refund takes the newest payment of that amount. What matches nothing
is marked for review and changes nothing. Source: billing rules 18 to 21.
"""

from dataclasses import replace

from ciclo.domain.account import Account, by_age
from ciclo.domain.events.facts import (
    ChargeDropped,
    DisputeClosed,
    PaymentAuthorized,
    PaymentDisputed,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
    RefundFailed,
)
from ciclo.domain.ids import RefundId, derived_id
from ciclo.domain.invoice import Invoice
from ciclo.domain.lifecycle.billing import new_payment
from ciclo.domain.lifecycle.calendar import record_code
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome, Review
from ciclo.domain.lifecycle.payments.advance import bill_ahead
from ciclo.domain.lifecycle.payments.allocation import allocate_payment, exceeds_received, start_dunning
from ciclo.domain.lifecycle.payments.refunds import send_waiting_refunds
from ciclo.domain.lifecycle.start import start_subscription
from ciclo.domain.payment import (
    Payment,
    Refund,
    RefundStatus,
    close_dispute,
    drop_attempt,
    open_dispute,
    record_failure,
    record_reference,
    record_refund,
    record_success,
)


def on_payment_succeeded(decision: Decision, notice: PaymentSucceeded, ctx: EventContext) -> Decision:
    """Record money that came, and send back what waited for the provider's reference."""
    decision = start_subscription(decision, ctx)
    decision, payment, review = _find_paid_payment(decision, notice, ctx)
    if payment is None:
        return _keep_reference(decision, notice, ctx).with_review(review)
    came = allocate_payment(decision, record_success(_add_reference(payment, notice, ctx), at=ctx.at))
    return send_waiting_refunds(came, payment.id, ctx)


def on_payment_failed(decision: Decision, notice: PaymentFailed, ctx: EventContext) -> Decision:
    """Record a try that failed; a failure of what was paid meanwhile changes nothing (rule 20)."""
    decision = start_subscription(decision, ctx)
    payment, review = _find_failed_payment(decision.account, notice)
    if payment is None:
        return decision.with_review(review)
    if payment.is_paid:
        return decision.with_outcome(Outcome.IGNORED)
    code = notice.failure_code or "declined"
    fallen = record_failure(payment, at=ctx.at, code=code, attempt=notice.attempt)
    return start_dunning(decision, fallen, ctx, code=code, hard=notice.hard)


def on_payment_refunded(decision: Decision, notice: PaymentRefunded, ctx: EventContext) -> Decision:
    """Record money that went back; it proves that it had come, whether or not that was reported yet."""
    decision = start_subscription(decision, ctx)
    decision, payment, review = _find_paid_payment(decision, notice, ctx)
    if payment is None:
        return decision.with_review(review)
    refund = _refund(payment, notice, ctx)
    if refund.amount != notice.amount:
        return decision.with_review(Review.AMOUNT_MISMATCH)
    returned = record_refund(payment, refund)
    if exceeds_received(decision.account, returned):
        return decision.with_review(Review.REFUND_EXCEEDS_PAYMENT)
    if payment.confirmed:
        return decision.with_payment(returned).with_outcome(Outcome.REFUND_RECORDED)
    came = allocate_payment(decision, returned)
    return came if came.review else came.with_outcome(Outcome.REFUND_RECORDED)


def on_refund_failed(decision: Decision, notice: RefundFailed, _: EventContext) -> Decision:
    """Release the money of a refund that did not go through, and call a person."""
    payment = decision.account.payments.get(notice.payment_id)
    if payment is None:
        return decision.with_review(Review.UNKNOWN_PAYMENT)
    known = next((refund for refund in payment.refunds if refund.id == notice.refund_id), None)
    if known is None:
        return decision.with_review(Review.UNKNOWN_PAYMENT)
    released = record_refund(payment, replace(known, status=RefundStatus.FAILED))
    return decision.with_payment(released).with_review(Review.REFUND_FAILED)


def on_payment_authorized(decision: Decision, notice: PaymentAuthorized, ctx: EventContext) -> Decision:
    """Keep the provider's reference, and the code to pay by where there is one: a payment has one code."""
    decision = start_subscription(decision, ctx)
    payment = decision.account.payments.get(notice.payment_id)
    if payment is None:
        return decision.with_review(Review.UNKNOWN_PAYMENT)
    known = record_reference(
        payment, provider=notice.provider, reference=notice.provider_reference, at=ctx.at
    )
    known = record_code(known, notice, ctx.policy)
    kept = send_waiting_refunds(decision.with_payment(known), known.id, ctx)
    return kept.with_outcome(Outcome.RECORDED)


def on_charge_dropped(decision: Decision, fact: ChargeDropped, ctx: EventContext) -> Decision:
    """End a try that no provider was asked for; money that is reported of it all the same still counts."""
    decision = start_subscription(decision, ctx)
    payment = decision.account.payments.get(fact.payment_id)
    if payment is None:
        return decision.with_review(Review.UNKNOWN_PAYMENT)
    over = drop_attempt(payment, attempt=fact.attempt, at=ctx.at)
    ended = send_waiting_refunds(decision.with_payment(over), payment.id, ctx)
    return ended.with_outcome(Outcome.RECORDED)


def on_payment_disputed(decision: Decision, notice: PaymentDisputed, ctx: EventContext) -> Decision:
    """Mark a contested payment for a person."""
    decision = start_subscription(decision, ctx)
    payment = decision.account.payments.get(notice.payment_id)
    if payment is None:
        return decision.with_review(Review.UNKNOWN_PAYMENT)
    return decision.with_payment(open_dispute(payment)).with_review(Review.DISPUTED)


def on_dispute_closed(decision: Decision, notice: DisputeClosed, ctx: EventContext) -> Decision:
    """Take the mark of a dispute off; what was lost is for a person to book."""
    decision = start_subscription(decision, ctx)
    payment = decision.account.payments.get(notice.payment_id)
    if payment is None:
        return decision.with_review(Review.UNKNOWN_PAYMENT)
    closed = decision.with_payment(close_dispute(payment, at=ctx.at))
    return closed.with_outcome(Outcome.RECORDED) if notice.won else closed.with_review(Review.DISPUTED)


def _add_reference(payment: Payment, notice: PaymentSucceeded, ctx: EventContext) -> Payment:
    """Return *payment* with the provider's reference, where the notice brings one."""
    if notice.provider is None or notice.provider_reference is None:
        return payment
    return record_reference(payment, provider=notice.provider, reference=notice.provider_reference, at=ctx.at)


def _keep_reference(decision: Decision, notice: PaymentSucceeded, ctx: EventContext) -> Decision:
    """Keep the reference of money that a person has to look at: it can't be found or sent back without."""
    payment = decision.account.payments.get(notice.payment_id) if notice.payment_id else None
    return decision if payment is None else decision.with_payment(_add_reference(payment, notice, ctx))


def _find_paid_payment(
    decision: Decision, notice: PaymentSucceeded | PaymentRefunded, ctx: EventContext
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
    if invoice is None:
        decision, invoice = bill_ahead(decision, notice, ctx)
    if invoice is None:
        return decision, None, _review_of_unmatched(account)
    return decision, _payment_of(decision.account, invoice), Review.NO_OPEN_INVOICE


def _invoice_to_pay(account: Account, notice: PaymentSucceeded | PaymentRefunded) -> Invoice | None:
    """Return the invoice of equal amount that a notice without an id is about.

    Money is for the oldest that waits for its report, open or known to be paid from a refund only; a
    refund is of the newest that was paid and keeps its money, else of the oldest open one.
    """
    alike = _of_amount(account, notice.amount)
    waiting = [
        invoice for invoice in alike if not any(try_.confirmed for try_ in account.payments_of(invoice.id))
    ]
    if isinstance(notice, PaymentSucceeded):
        return waiting[0] if waiting else None
    kept = [
        invoice
        for invoice in alike
        if not invoice.is_open and not _payment_of(account, invoice).refunded_amount
    ]
    return kept[-1] if kept else next((invoice for invoice in waiting if invoice.is_open), None)


def _find_failed_payment(account: Account, notice: PaymentFailed) -> tuple[Payment | None, Review]:
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
        return None, _review_of_unmatched(account)
    newest = next((invoice for invoice in reversed(alike) if invoice.is_open), alike[-1])
    return _payment_of(account, newest), Review.NO_OPEN_INVOICE


def _review_of_unmatched(account: Account) -> Review:
    return Review.AMOUNT_MISMATCH if account.open_invoices() else Review.NO_OPEN_INVOICE


def _of_amount(account: Account, amount: int) -> tuple[Invoice, ...]:
    """Return the invoices of *amount* that were not withdrawn, oldest first."""
    return by_age(
        invoice
        for invoice in account.invoices.values()
        if invoice.total == amount and invoice.voided_at is None
    )


def _payment_of(account: Account, invoice: Invoice) -> Payment:
    """Return the payment that settled an invoice, else its latest try, else the one that notices share."""
    tries = sorted(account.payments_of(invoice.id), key=lambda payment: payment.is_paid)
    return tries[-1] if tries else new_payment(invoice, facts="notice", at=invoice.issued_at)


def _refund(payment: Payment, notice: PaymentRefunded, ctx: EventContext) -> Refund:
    """Return the refund that a notice is about: by its id, else one of that amount under way, else new."""
    known = next((refund for refund in payment.refunds if refund.id == notice.refund_id), None) or next(
        (
            refund
            for refund in payment.refunds
            if notice.refund_id is None
            and refund.status is RefundStatus.PENDING
            and refund.amount == notice.amount
        ),
        None,
    )
    if known is not None:
        return replace(known, status=RefundStatus.SUCCEEDED)
    refund_id = notice.refund_id or RefundId(derived_id("ref", at=ctx.at, facts=ctx.event.id))
    return Refund(id=refund_id, amount=notice.amount, status=RefundStatus.SUCCEEDED, created_at=ctx.at)
