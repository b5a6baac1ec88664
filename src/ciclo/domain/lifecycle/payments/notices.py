"""What payment providers report, joined to what is known of the payment that it is about.

What leads to no payment is marked for review and changes nothing. Source: billing rules 18 to 21.
"""

from ciclo.copies import replace
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
from ciclo.domain.ids import PaymentId, RefundId, derived_id
from ciclo.domain.lifecycle.calendar import record_code
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome, Review
from ciclo.domain.lifecycle.payments.allocation import allocate_payment, exceeds_received, start_dunning
from ciclo.domain.lifecycle.payments.matching import find_failed_payment, find_paid_payment
from ciclo.domain.lifecycle.payments.refunds import keep_payment, send_waiting_refunds
from ciclo.domain.lifecycle.start import start_subscription
from ciclo.domain.payment import (
    Payment,
    Refund,
    RefundStatus,
    record_dispute,
    record_refund,
    record_success,
)
from ciclo.domain.payments.attempt import drop_attempt, record_failure, record_reference
from ciclo.domain.payments.dispute import Dispute


def on_payment_succeeded(decision: Decision, notice: PaymentSucceeded, ctx: EventContext) -> Decision:
    """Record money that came, and send back what waited for the provider's reference."""
    decision = start_subscription(decision, ctx)
    decision, payment, review = find_paid_payment(decision, notice, ctx)
    if payment is None:
        return _keep_reference(decision, notice, ctx).with_review(review)
    known = _add_reference(payment, notice, ctx)
    paid = record_success(known, amount=notice.amount, at=ctx.at, reference=notice.provider_reference)
    return send_waiting_refunds(allocate_payment(decision, paid, ctx), payment.id, ctx)


def on_payment_failed(decision: Decision, notice: PaymentFailed, ctx: EventContext) -> Decision:
    """Record a try that failed; of a payment that was made it says only that the rest is due (rule 20)."""
    decision = start_subscription(decision, ctx)
    payment, review = find_failed_payment(decision.account, notice)
    if payment is None:
        return decision.with_review(review)
    code = notice.failure_code or "declined"
    fallen = record_failure(
        payment, at=ctx.at, code=code, attempt=notice.attempt, reference=notice.provider_reference
    )
    return start_dunning(decision, fallen, ctx, code=code, hard=notice.hard)


def on_payment_refunded(decision: Decision, notice: PaymentRefunded, ctx: EventContext) -> Decision:
    """Record money that went back; it proves that it had come, whether or not that was reported yet."""
    decision = start_subscription(decision, ctx)
    if not notice.amount:
        return decision
    decision, payment, review = find_paid_payment(decision, notice, ctx)
    if payment is None:
        return decision.with_review(review)
    refund = _refund(payment, notice, ctx)
    if refund.amount != notice.amount:
        return decision.with_review(Review.AMOUNT_MISMATCH)
    returned = record_refund(payment, refund)
    if exceeds_received(decision.account, returned):
        return decision.with_review(Review.REFUND_EXCEEDS_PAYMENT)
    return allocate_payment(decision, returned, ctx).with_outcome(Outcome.REFUND_RECORDED)


def on_refund_failed(decision: Decision, notice: RefundFailed, ctx: EventContext) -> Decision:
    """Take the money of a refund that did not go through as kept, and call a person.

    The provider's time decides: one that had succeeded before is back with the seller (rule 20).
    """
    decision = start_subscription(decision, ctx)
    payment = decision.account.payments.get(notice.payment_id)
    if payment is None:
        return decision.with_review(Review.UNKNOWN_PAYMENT)
    known = next((refund for refund in payment.refunds if refund.id == notice.refund_id), None)
    amount = known.amount if known else notice.amount
    if amount is None:
        return decision.with_review(Review.UNKNOWN_PAYMENT)
    failed = Refund(
        id=notice.refund_id,
        amount=amount,
        status=RefundStatus.FAILED,
        created_at=ctx.at,
        status_at=ctx.at,
        reported=True,
    )
    kept = record_refund(payment, failed)
    if not any(refund.id == failed.id and refund.status is RefundStatus.FAILED for refund in kept.refunds):
        return keep_payment(decision, kept, ctx)
    return allocate_payment(decision, kept, ctx).with_review(Review.REFUND_FAILED)


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
    """Record that a payer's bank contests a payment; while its end is not known it is for a person."""
    dispute = Dispute(id=notice.dispute_id, opened_at=ctx.at, amount=notice.amount, fee=notice.fee)
    return _keep_dispute(decision, notice.payment_id, dispute, ctx)


def on_dispute_closed(decision: Decision, notice: DisputeClosed, ctx: EventContext) -> Decision:
    """Record how a dispute ended: what was lost is not collected, and its invoice follows the policy."""
    dispute = Dispute(
        id=notice.dispute_id, closed_at=ctx.at, won=notice.won, amount=notice.amount, fee=notice.fee
    )
    return _keep_dispute(decision, notice.payment_id, dispute, ctx)


def _keep_dispute(decision: Decision, payment_id: PaymentId, dispute: Dispute, ctx: EventContext) -> Decision:
    decision = start_subscription(decision, ctx)
    payment = decision.account.payments.get(payment_id)
    if payment is None:
        return decision.with_review(Review.UNKNOWN_PAYMENT)
    contested = record_dispute(payment, dispute)
    kept = keep_payment(decision, contested, ctx)
    known = next(each for each in contested.disputes if each.id == dispute.id)
    return (
        kept.with_review(Review.DISPUTED)
        # A beginning that is told after its end is not one more thing to look at.
        if known.is_open or (known.is_lost and dispute.closed_at is not None)
        else kept.with_outcome(Outcome.RECORDED)
    )


def _add_reference(payment: Payment, notice: PaymentSucceeded, ctx: EventContext) -> Payment:
    """Return *payment* with the provider's reference, where the notice brings one."""
    if notice.provider is None or notice.provider_reference is None:
        return payment
    return record_reference(payment, provider=notice.provider, reference=notice.provider_reference, at=ctx.at)


def _keep_reference(decision: Decision, notice: PaymentSucceeded, ctx: EventContext) -> Decision:
    """Keep the reference of money that a person has to look at: it can't be found or sent back without."""
    payment = decision.account.payments.get(notice.payment_id) if notice.payment_id else None
    return decision if payment is None else decision.with_payment(_add_reference(payment, notice, ctx))


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
        return replace(known, status=RefundStatus.SUCCEEDED, status_at=ctx.at, created_at=ctx.at)
    refund_id = notice.refund_id or RefundId(derived_id("ref", at=ctx.at, facts=ctx.event.id))
    return Refund(
        id=refund_id,
        amount=notice.amount,
        status=RefundStatus.SUCCEEDED,
        created_at=ctx.at,
        status_at=ctx.at,
        reported=True,
    )
