"""Giving money of a payment back.

Source: BILLING.md, rule 23.
"""

from dataclasses import replace

from ciclo.domain.errors import AmountOutOfRange, PaymentNotFound, PaymentNotRefundable, RefundExceedsPayment
from ciclo.domain.events import RefundCreated, RefundRequested
from ciclo.domain.lifecycle.decision import Context, Decision, Outcome
from ciclo.domain.lifecycle.settlement import left_to_refund
from ciclo.domain.payment import PaymentStatus, Refund, RefundStatus, refunded


def on_refund_created(decision: Decision, order: RefundCreated, ctx: Context) -> Decision:
    """Reserve the money and ask the provider to send it back.

    A payment that no provider of ours took (its notice came from elsewhere) is booked as refunded.

    Raises:
        PaymentNotFound, AmountOutOfRange: see there.
        PaymentNotRefundable: the payment is not completed.
        RefundExceedsPayment: refunds and credits would be more than what was paid.
    """
    payment = decision.account.payments.get(order.payment_id)
    if payment is None:
        raise PaymentNotFound
    if payment.status is not PaymentStatus.COMPLETED:
        raise PaymentNotRefundable(payment.status)
    left = left_to_refund(decision.account, payment.id)
    amount = left if order.amount is None else order.amount
    if amount > left or left == 0:
        raise RefundExceedsPayment
    if amount <= 0:
        raise AmountOutOfRange
    provider, reference, method = payment.provider, payment.provider_reference, payment.method
    refund = Refund(
        id=order.refund_id,
        amount=amount,
        status=RefundStatus.PENDING,
        reason=order.reason,
        created_at=ctx.at,
    )
    if provider is None or reference is None or method is None:
        booked = refunded(payment, replace(refund, status=RefundStatus.SUCCEEDED))
        return decision.with_payment(booked).ending_in(Outcome.REFUND_RECORDED)
    request = RefundRequested(
        refund_id=refund.id,
        payment_id=payment.id,
        provider=provider,
        provider_reference=reference,
        method=method.kind,
        amount=amount,
        currency=payment.currency,
        whole=amount == payment.amount,
        reason=order.reason,
    )
    return (
        decision.with_payment(refunded(payment, refund))
        .followed_by(request, key=refund.id, at=ctx.at, ctx=ctx)
        .ending_in(Outcome.RECORDED)
    )
