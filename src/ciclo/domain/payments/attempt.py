"""Attempts: what is known of the tries to charge a payment, joined so that their order does not matter.

Source: billing rules 19, 20.
"""

from datetime import datetime
from typing import Final

from ciclo.copies import replace
from ciclo.domain.payment import Payment, PaymentStatus

AUTHENTICATION_REQUIRED: Final = "authentication_required"
"""The failure code of a charge that waits for its payer: their bank wants to ask them (3-D Secure)."""

SUPERSEDED: Final = "superseded"
"""The failure code of a try that another payment of its invoice, or the invoice's end, made needless."""


def awaits_confirmation(payment: Payment) -> bool:
    """Return whether the latest charge failed since the payer's bank asks, and can be taken up again."""
    asked = payment.failure_code == AUTHENTICATION_REQUIRED and payment.failure_reference is not None
    return payment.status is PaymentStatus.FAILED and not payment.in_flight and asked


def record_reference(payment: Payment, *, provider: str, reference: str, at: datetime) -> Payment:
    """Join the reference that a provider gave at *at*: the latest one leads to the latest attempt."""
    if payment.referred_at is not None and payment.provider_reference is not None:
        known = (payment.referred_at, payment.provider_reference)
        if known >= (at, reference):
            return payment
    return replace(payment, provider=provider, provider_reference=reference, referred_at=at)


def supersede(payment: Payment, *, at: datetime) -> Payment:
    """Close an unpaid try that became needless at *at*; what is reported of it counts for more."""
    if payment.failed_at is not None:
        if payment.failure_code != SUPERSEDED:
            return payment
        at = min(at, payment.failed_at)
    return replace(
        payment,
        status=PaymentStatus.FAILED,
        failed_at=at,
        failure_code=SUPERSEDED,
        failure_reference=None,
    )


def drop_attempt(payment: Payment, *, attempt: int, at: datetime) -> Payment:
    """Join the fact that no provider was asked for *attempt*: nothing will be heard of it (rule 19)."""
    payment = replace(payment, dropped_attempts=max(payment.dropped_attempts, attempt))
    return payment if payment.is_paid else supersede(payment, at=at)


def record_failure(
    payment: Payment, *, at: datetime, code: str, attempt: int | None, reference: str | None = None
) -> Payment:
    """Join the report that *attempt* (by default the latest) failed at *at*; *reference* is the provider's.

    Of several failures the latest attempt's is shown, then the latest in time. A failure never
    undoes a success.
    """
    if payment.is_paid:
        return payment
    fact = (
        payment.attempts if attempt is None else min(attempt, payment.attempts),
        at,
        code,
        reference or "",
    )
    if payment.failed_at is not None and payment.failure_code != SUPERSEDED:
        known = (payment.failed_attempts, payment.failed_at, payment.failure_code or "")
        fact = max(fact, (*known, payment.failure_reference or ""))
    attempts, failed_at, failure_code, failure_reference = fact
    return replace(
        payment,
        status=PaymentStatus.FAILED,
        failed_attempts=attempts,
        failed_at=failed_at,
        failure_code=failure_code,
        failure_reference=failure_reference or None,
    )
