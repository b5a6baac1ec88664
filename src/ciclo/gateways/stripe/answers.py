"""Stripe's answers as the facts that billing knows."""

from dataclasses import replace
from typing import Final

from ciclo.domain.events.facts import PaymentAuthorized, PaymentFailed, RefundFailed
from ciclo.domain.events.orders import RefundRequested
from ciclo.domain.payment import MethodKind, Payment, PaymentMethod
from ciclo.domain.payments.attempt import AUTHENTICATION_REQUIRED
from ciclo.gateways.protocol import (
    Charge,
    ChargeAnswer,
    Declined,
    NoticePayload,
)
from ciclo.gateways.stripe.objects import (
    PROVIDER,
    Intent,
    Method,
    to_instant,
)

METHOD_GONE: Final = "payment_method_unavailable"
"""The token of a payment method that the customer no longer has at Stripe."""


def read_method(method: Method) -> PaymentMethod:
    """Return what is kept of a card that Stripe keeps.

    Raises:
        Declined: it is no card.
    """
    if method.card is None:
        raise Declined("invalid_token")
    return PaymentMethod(
        kind=MethodKind.CREDIT_CARD,
        token=method.id,
        brand=method.card.brand,
        last_four=method.card.last4,
        fingerprint=method.card.fingerprint,
        expires_on=method.card.expires_on,
    )


def read_answer(charge: Charge, intent: Intent) -> ChargeAnswer:
    """Return what a payment intent says right after it was confirmed."""
    if intent.status == "succeeded":
        return replace(intent.success(), payment_id=charge.order.payment_id)
    waiting = PaymentAuthorized(
        payment_id=charge.order.payment_id, provider=PROVIDER, provider_reference=intent.id
    )
    pix, boleto = (
        (None, None)
        if intent.next_action is None
        else (intent.next_action.pix_display_qr_code, intent.next_action.boleto_display_details)
    )
    if pix is not None:
        return replace(waiting, expires_at=to_instant(pix.expires_at), pix=pix.code)
    if boleto is not None:
        return replace(waiting, expires_at=to_instant(boleto.expires_at), boleto=boleto.code)
    if intent.status == "processing":
        return waiting
    if intent.status == "requires_action":
        # The payer is not there: their bank's question stays unanswered.
        return payment_failure(charge, AUTHENTICATION_REQUIRED, reference=intent.id)
    failure = intent.failure()
    return payment_failure(charge, failure.failure_code, hard=failure.hard, reference=intent.id)


def payment_failure(
    charge: Charge, code: str | None, *, hard: bool = False, reference: str | None = None
) -> PaymentFailed:
    """Return the fact that *charge* was declined; *hard* if Stripe advises against any retry."""
    order = charge.order
    return PaymentFailed(
        amount=order.amount,
        currency=order.currency,
        payment_id=order.payment_id,
        attempt=order.attempt,
        failure_code=code,
        hard=hard,
        provider_reference=reference,
    )


def refund_failure(order: RefundRequested, code: str | None) -> RefundFailed:
    """Return the fact that a refund was refused, with Stripe's code."""
    return RefundFailed(payment_id=order.payment_id, refund_id=order.refund_id, failure_code=code)


def read_news(intent: Intent, payment: Payment) -> NoticePayload | None:
    """Return what became of a payment that was pending; None while it still is."""
    if intent.status == "succeeded":
        return replace(intent.success(), payment_id=payment.id)
    unpaid = intent.status == "requires_payment_method" and intent.last_payment_error is not None
    if intent.status == "canceled" or unpaid:
        return replace(intent.failure(), payment_id=payment.id)
    return None
