"""Payments: one try to collect one invoice by one method, and the refunds of it.

A payment only moves forward, and two notices about it may arrive in any order: every function
here joins a fact to what is known, so that the order does not matter. Source: billing rules 20, 23.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from ciclo.domain.ids import CustomerId, InvoiceId, PaymentId, RefundId, SubscriptionId

SUPERSEDED: Final = "superseded"
"""The failure code of a try that another payment of its invoice, or the invoice's end, made needless."""


class MethodKind(StrEnum):
    """How a customer pays."""

    CREDIT_CARD = "CREDIT_CARD"
    PIX = "PIX"
    BOLETO = "BOLETO"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethod:
    """What is kept of how a customer pays: for a card the provider's token and what names it to people."""

    kind: MethodKind
    token: str | None = None
    brand: str | None = None
    last_four: str | None = None


class PaymentStatus(StrEnum):
    """PENDING, then FAILED or COMPLETED, then REFUNDED (fully)."""

    PENDING = "PENDING"
    FAILED = "FAILED"
    COMPLETED = "COMPLETED"
    REFUNDED = "REFUNDED"


class RefundStatus(StrEnum):
    """Where the money of a refund is."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money on its way back; `amount` in minor units of its payment's currency."""

    id: RefundId
    amount: int
    status: RefundStatus
    reason: str | None = None
    created_at: datetime
    waits: bool = False
    """It is sent once the provider's reference of its payment is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PixCode:
    """A PIX charge as the payer's bank reads it."""

    copy_paste: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Boleto:
    """A boleto: the line to type, the bar code's 44 digits, and where the provider shows it."""

    digitable_line: str
    barcode: str | None
    due_on: date
    url: str | None
    pix_copy_paste: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One try to collect one invoice. Amounts are minor units of `currency`.

    `attempts` counts the charges asked for. `failed_attempts` is the latest that is known to have failed,
    `dropped_attempts` the latest that no provider was asked for: after both a charge is in flight.
    """

    id: PaymentId
    invoice_id: InvoiceId
    subscription_id: SubscriptionId
    customer_id: CustomerId
    amount: int
    currency: str
    method: PaymentMethod | None
    status: PaymentStatus
    created_at: datetime
    attempts: int = 0
    failed_attempts: int = 0
    dropped_attempts: int = 0
    failed_at: datetime | None = None
    failure_code: str | None = None
    completed_at: datetime | None = None
    confirmed: bool = False
    """A success was reported, not only deduced from a refund."""
    refunds: tuple[Refund, ...] = ()
    provider: str | None = None
    provider_reference: str | None = None
    referred_at: datetime | None = None
    """When the provider gave that reference."""
    expires_at: datetime | None = None
    """Until when its code can be paid."""
    heard_until: datetime | None = None
    """Until when it can be heard that its code was paid in time; None: no longer than it can be paid."""
    pix: PixCode | None = None
    boleto: Boleto | None = None
    disputed: bool = False
    """The payer's bank contests it, and has not said how that ended."""
    dispute_closed_at: datetime | None = None

    @property
    def is_paid(self) -> bool:
        """Return whether the money came, whether or not it went back since."""
        return self.completed_at is not None

    @property
    def in_flight(self) -> bool:
        """Return whether an answer is still to come: nothing is dunned meanwhile (rule 19)."""
        if self.is_paid:
            return False
        ended = max(self.failed_attempts, self.dropped_attempts)
        return self.status is PaymentStatus.PENDING or self.attempts > ended

    @property
    def awaits_reference(self) -> bool:
        """Return whether a provider of ours may have been asked, and has given no reference yet."""
        return self.provider_reference is None and self.attempts > self.dropped_attempts

    @property
    def refunded_amount(self) -> int:
        """Return what went back to the payer."""
        return sum(refund.amount for refund in self.refunds if refund.status is RefundStatus.SUCCEEDED)

    @property
    def reserved_amount(self) -> int:
        """Return what went back or is on its way."""
        return sum(refund.amount for refund in self.refunds if refund.status is not RefundStatus.FAILED)


def is_card(payment: Payment) -> bool:
    """Return whether a card is charged for it, so that its answer comes without the payer."""
    return payment.method is not None and payment.method.kind is MethodKind.CREDIT_CARD


def record_success(payment: Payment, *, at: datetime) -> Payment:
    """Join the report that the money came at *at*; of several reports the earliest instant counts."""
    known = payment.completed_at if payment.confirmed else None
    return _complete(payment, completed_at=min(at, known or at), confirmed=True, refunds=payment.refunds)


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
    return replace(payment, status=PaymentStatus.FAILED, failed_at=at, failure_code=SUPERSEDED)


def drop_attempt(payment: Payment, *, attempt: int, at: datetime) -> Payment:
    """Join the fact that no provider was asked for *attempt*: nothing will be heard of it (rule 19)."""
    payment = replace(payment, dropped_attempts=max(payment.dropped_attempts, attempt))
    return payment if payment.is_paid else supersede(payment, at=at)


def record_failure(payment: Payment, *, at: datetime, code: str, attempt: int | None) -> Payment:
    """Join the report that *attempt* (by default the latest) failed at *at*.

    Of several failures the latest attempt's is shown, then the latest in time. A failure never
    undoes a success.
    """
    if payment.is_paid:
        return payment
    fact = (payment.attempts if attempt is None else min(attempt, payment.attempts), at, code)
    if payment.failed_at is not None and payment.failure_code != SUPERSEDED:
        fact = max(fact, (payment.failed_attempts, payment.failed_at, payment.failure_code or ""))
    attempts, failed_at, failure_code = fact
    return replace(
        payment,
        status=PaymentStatus.FAILED,
        failed_attempts=attempts,
        failed_at=failed_at,
        failure_code=failure_code,
    )


def record_refund(payment: Payment, refund: Refund) -> Payment:
    """Join a refund, or the news of one that is known by its id: SUCCEEDED and FAILED are final.

    A refund proves that the money had come, even if that report is still on its way.
    """
    known = next((earlier for earlier in payment.refunds if earlier.id == refund.id), None)
    if known is not None:
        status = max(known.status, refund.status, key=_REFUND_RANK.index)
        refund = replace(known, status=status, waits=known.waits and status is RefundStatus.PENDING)
    return with_refund(payment, refund)


def with_refund(payment: Payment, refund: Refund) -> Payment:
    """Return *payment* with *refund* added, or in the place of the one that has its id."""
    others = tuple(earlier for earlier in payment.refunds if earlier.id != refund.id)
    refunds = tuple(sorted((*others, refund), key=lambda each: (each.created_at, each.id)))
    completed_at = payment.completed_at or refund.created_at
    if not payment.confirmed:
        completed_at = min(completed_at, refund.created_at)
    return _complete(payment, completed_at=completed_at, confirmed=payment.confirmed, refunds=refunds)


def open_dispute(payment: Payment) -> Payment:
    """Join the report that the payer's bank contests *payment*; if that is over already, it stays over."""
    return replace(payment, disputed=payment.dispute_closed_at is None)


def close_dispute(payment: Payment, *, at: datetime) -> Payment:
    """Join the report that its dispute ended at *at*; of several reports the earliest instant counts."""
    return replace(payment, disputed=False, dispute_closed_at=min(at, payment.dispute_closed_at or at))


_REFUND_RANK = (RefundStatus.PENDING, RefundStatus.FAILED, RefundStatus.SUCCEEDED)


def _complete(
    payment: Payment, *, completed_at: datetime, confirmed: bool, refunds: tuple[Refund, ...]
) -> Payment:
    """Return *payment* with its money come, and gone back as *refunds* say; that wipes what failures said."""
    returned = sum(refund.amount for refund in refunds if refund.status is RefundStatus.SUCCEEDED)
    return replace(
        payment,
        status=PaymentStatus.REFUNDED if returned >= payment.amount else PaymentStatus.COMPLETED,
        completed_at=completed_at,
        confirmed=confirmed,
        refunds=refunds,
        failed_attempts=0,
        failed_at=None,
        failure_code=None,
    )
