"""Giving money of a payment back.

Source: billing rule 23.
"""

from ciclo.copies import replace
from ciclo.domain.account import Account
from ciclo.domain.errors.general import AmountOutOfRange
from ciclo.domain.errors.payments import (
    PaymentContested,
    PaymentNotFound,
    PaymentNotRefundable,
    RefundExceedsPayment,
)
from ciclo.domain.events.commands import RefundCreated
from ciclo.domain.events.orders import RefundRequested
from ciclo.domain.ids import PaymentId
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome, Review
from ciclo.domain.lifecycle.payments.allocation import book_payment, refundable_amount, returnable_amount
from ciclo.domain.payment import Payment, PaymentStatus, Refund, RefundStatus, record_refund, with_refund


def on_refund_created(decision: Decision, order: RefundCreated, ctx: EventContext) -> Decision:
    """Reserve the money and ask the provider to send it back.

    A payment that no provider of ours took (its notice came from elsewhere) is booked as refunded. Where
    one did and its answer is not here yet, the refund waits for its reference, and is shown to a person.

    Raises:
        PaymentNotFound: the account has no such payment.
        AmountOutOfRange: the amount is zero or less.
        PaymentNotRefundable: the payment is not completed.
        PaymentContested: the payer's bank contests it, or gave its money to the payer.
        RefundExceedsPayment: refunds and credits would be more than what was paid, or a payout more than
            the balance has.
    """
    payment = decision.account.payments.get(order.payment_id)
    if payment is None:
        raise PaymentNotFound
    if payment.status is not PaymentStatus.COMPLETED:
        raise PaymentNotRefundable(payment.status)
    left = _limit(decision.account, payment, order)
    amount = left if order.amount is None else order.amount
    if payment.contested_amount and (amount > left or left == 0):
        raise PaymentContested
    if amount > left or left == 0:
        raise RefundExceedsPayment
    if amount <= 0:
        raise AmountOutOfRange
    refund = Refund(
        id=order.refund_id,
        amount=amount,
        status=RefundStatus.PENDING,
        reason=order.reason,
        created_at=ctx.at,
        waits=order.waits_for_reference and payment.awaits_reference,
        from_balance=order.from_balance,
    )
    decision = begin_refund(decision, payment.id, refund, ctx)
    if refund.waits:
        return decision.with_review(Review.REFUND_WAITS)
    return decision.with_outcome(
        Outcome.REFUND_RECORDED if _is_without_provider(payment) else Outcome.RECORDED
    )


def _limit(account: Account, payment: Payment, order: RefundCreated) -> int:
    """Return how much may go back; what is paid out of the balance is owed, whatever invoice it came for."""
    if order.from_balance:
        return max(0, min(returnable_amount(payment), account.free_credit))
    return refundable_amount(account, payment.id)


def keep_payment(decision: Decision, payment: Payment, ctx: EventContext) -> Decision:
    """Return *decision* with *payment* as it is now, and what follows for its invoice and the balance."""
    return replace(decision, account=book_payment(decision.account, payment, policy=ctx.policy))


def begin_refund(decision: Decision, payment_id: PaymentId, refund: Refund, ctx: EventContext) -> Decision:
    """Reserve the money of a new refund and send it, unless it waits."""
    decision = keep_payment(decision, record_refund(decision.account.payments[payment_id], refund), ctx)
    return decision if refund.waits else send_refund(decision, payment_id, refund, ctx)


def send_waiting_refunds(decision: Decision, payment_id: PaymentId, ctx: EventContext) -> Decision:
    """Send what waited for the payment's reference, or book it if no provider of ours has the money."""
    payment = decision.account.payments[payment_id]
    if payment.awaits_reference:
        return decision
    for refund in payment.refunds:
        if refund.waits:
            decision = send_refund(decision, payment_id, refund, ctx)
    return decision


def send_refund(decision: Decision, payment_id: PaymentId, refund: Refund, ctx: EventContext) -> Decision:
    """Ask the provider to send *refund* back; without a provider of ours it counts as sent."""
    payment = decision.account.payments[payment_id]
    provider, reference, method = payment.provider, payment.provider_reference, payment.method
    sent = replace(refund, waits=False)
    if provider is None or reference is None or method is None:
        booked = replace(sent, status=RefundStatus.SUCCEEDED, status_at=ctx.at)
        return decision.with_payment(with_refund(payment, booked))
    request = RefundRequested(
        refund_id=refund.id,
        payment_id=payment.id,
        provider=provider,
        provider_reference=reference,
        method=method.kind,
        amount=refund.amount,
        currency=payment.currency,
        whole=refund.amount == payment.received_amount,
        reason=refund.reason,
    )
    return decision.with_payment(with_refund(payment, sent)).with_follow_up(
        request, key=refund.id, at=ctx.at, ctx=ctx
    )


def _is_without_provider(payment: Payment) -> bool:
    return payment.provider is None or payment.provider_reference is None or payment.method is None
