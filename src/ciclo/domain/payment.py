"""Payments: one try to collect one invoice by one method, and the refunds of it.

It only moves forward: every function here joins a fact to what is known, in any order. Source: rules 20, 23.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ciclo.copies import replace
from ciclo.domain.ids import CustomerId, InvoiceId, PaymentId, RefundId, SubscriptionId
from ciclo.domain.payments.dispute import Dispute, join_disputes
from ciclo.domain.payments.receipt import Receipt, join_receipts, receipts_of_money


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
    fingerprint: str | None = None  # the provider's name for the card itself, whoever shows it
    payer_reference: str | None = None  # the provider's name for who gave it, once merged (rule 45)
    expires_on: date | None = None  # the last day on which a card is good, where its provider tells


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
    status_at: datetime | None = None  # when the provider says it came to that: the latest news counts
    reported: bool = False
    """Nobody asked for it here: it is known from the provider's reports only."""
    from_balance: bool = False
    """It pays out the customer's balance, and leaves what its invoice was paid as it is."""


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
    failure_reference: str | None = None  # the provider's name for the charge that failed
    completed_at: datetime | None = None
    confirmed: bool = False
    """A success was reported, not only deduced from a refund."""
    refunds: tuple[Refund, ...] = ()
    provider: str | None = None
    provider_reference: str | None = None
    referred_at: datetime | None = None  # when the provider gave that reference
    expires_at: datetime | None = None  # until when its code can be paid
    heard_until: datetime | None = None
    """Until when it can be heard that its code was paid in time; None: no longer than it can be paid."""
    pix: PixCode | None = None
    boleto: Boleto | None = None
    disputed: bool = False  # the payer's bank contests it, and has not said how that ended
    dispute_closed_at: datetime | None = None  # when the first of its disputes ended
    receipts: tuple[Receipt, ...] = ()
    """What was reported of money that came; none where `amount` came once, and that is all that is known."""
    received: int | None = None
    """What came, where that is not `amount`."""
    booked_at: datetime | None = None
    """When it counts as cash, where the provider dates it before its invoice was issued."""
    disputes: tuple[Dispute, ...] = ()
    paid_outside: str | None = None  # how it came past all providers, as an operator said
    later: tuple[Receipt, ...] = ()  # what came after the first money of it: cash of its own day

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
    def received_amount(self) -> int:
        """Return what came: nothing before it is paid."""
        if not self.is_paid:
            return 0
        return self.amount if self.received is None else self.received

    @property
    def refunded_amount(self) -> int:
        """Return what went back to the payer."""
        return sum(refund.amount for refund in self.refunds if refund.status is RefundStatus.SUCCEEDED)

    @property
    def reserved_amount(self) -> int:
        """Return what went back or is on its way."""
        return sum(refund.amount for refund in self.refunds if refund.status is not RefundStatus.FAILED)

    @property
    def paid_out_amount(self) -> int:
        """Return what of the reserved amount came off the customer's balance."""
        return sum(
            refund.amount
            for refund in self.refunds
            if refund.from_balance and refund.status is not RefundStatus.FAILED
        )

    @property
    def contested_amount(self) -> int:
        """Return what the payer's bank has taken back for now, or for good: it can't be refunded too."""
        held = [dispute for dispute in self.disputes if dispute.is_open or dispute.is_lost]
        legacy = self.received_amount if self.disputed and not self.disputes else 0
        return min(self.received_amount, legacy + self._share(held))

    @property
    def lost_amount(self) -> int:
        """Return what was lost in disputes."""
        lost = [dispute for dispute in self.disputes if dispute.is_lost]
        return min(self.received_amount, self._share(lost))

    def arrivals(self) -> tuple[Receipt, ...]:
        """Return the money that came, each once, the earliest first; a refund proves what it sent back."""
        if self.completed_at is None:
            return ()
        if self.receipts:
            return receipts_of_money(self.receipts, whole=self.amount)
        return (Receipt(amount=self.received_amount, at=self.completed_at),)

    def _share(self, disputes: list[Dispute]) -> int:
        return sum(self.received_amount if dispute.amount is None else dispute.amount for dispute in disputes)


def is_card(payment: Payment) -> bool:
    """Return whether a card is charged for it, so that its answer comes without the payer."""
    return payment.method is not None and payment.method.kind is MethodKind.CREDIT_CARD


def record_success(payment: Payment, *, amount: int, at: datetime, reference: str | None = None) -> Payment:
    """Join the report that *amount* came at *at*; of several reports of one money the earliest counts."""
    known = payment.receipts
    if not known and payment.confirmed and payment.completed_at is not None:
        known = (Receipt(amount=payment.amount, at=payment.completed_at),)
    receipts = join_receipts(known, Receipt(amount=amount, at=at, reference=reference), whole=payment.amount)
    return _complete(
        replace(payment, receipts=receipts),
        completed_at=min(receipt.at for receipt in receipts),
        confirmed=True,
        refunds=payment.refunds,
    )


def record_refund(payment: Payment, refund: Refund) -> Payment:
    """Join a refund, or the news of one that is known by its id: of two ends the provider's later one counts.

    A refund that failed after it had succeeded is back with the seller. A refund proves that its money
    had come, even if that report is still on its way.
    """
    known = next((earlier for earlier in payment.refunds if earlier.id == refund.id), None)
    if known is not None:
        latest = max(known, refund, key=_news)
        refund = replace(
            known,
            status=latest.status,
            status_at=latest.status_at,
            waits=known.waits and latest.status is RefundStatus.PENDING,
            created_at=min(known.created_at, refund.created_at) if known.reported else known.created_at,
        )
    return with_refund(payment, refund)


def with_refund(payment: Payment, refund: Refund) -> Payment:
    """Return *payment* with *refund* added, or in the place of the one that has its id."""
    others = tuple(earlier for earlier in payment.refunds if earlier.id != refund.id)
    refunds = tuple(sorted((*others, refund), key=lambda each: (each.created_at, each.id)))
    completed_at = payment.completed_at or refund.created_at
    if not payment.confirmed:
        completed_at = min(completed_at, refund.created_at)
    return _complete(payment, completed_at=completed_at, confirmed=payment.confirmed, refunds=refunds)


def record_dispute(payment: Payment, dispute: Dispute) -> Payment:
    """Join the report that the payer's bank contests *payment*, or how that ended."""
    known = payment.disputes
    if not known and (payment.disputed or payment.dispute_closed_at is not None):
        # Before disputes were kept one by one there was a mark: it was of this one.
        known = (Dispute(id=dispute.id, closed_at=payment.dispute_closed_at),)
    disputes = join_disputes(known, dispute)
    ends = [one.closed_at for one in disputes if one.closed_at is not None]
    return replace(
        payment,
        disputes=disputes,
        disputed=any(one.is_open for one in disputes),
        dispute_closed_at=min(ends, default=None),
    )


def _news(refund: Refund) -> tuple[bool, int, bool, float]:
    """Return what orders the news of one refund: any end, then the provider's seconds, then its failure.

    Providers date events to the second: what failed within the second of its success failed after it.
    """
    at = (refund.status_at or refund.created_at).timestamp()
    return refund.status is not RefundStatus.PENDING, int(at), refund.status is RefundStatus.FAILED, at


def _complete(
    payment: Payment, *, completed_at: datetime, confirmed: bool, refunds: tuple[Refund, ...]
) -> Payment:
    """Return *payment* with its money come, and gone back as *refunds* say; that wipes what failures said."""
    returned = sum(refund.amount for refund in refunds if refund.status is RefundStatus.SUCCEEDED)
    comings = receipts_of_money(payment.receipts, whole=payment.amount)
    told = payment.amount if confirmed else min(payment.amount, sum(refund.amount for refund in refunds))
    came = sum(receipt.amount for receipt in comings) if comings else told
    whole = came if confirmed else payment.amount
    return replace(
        payment,
        status=PaymentStatus.REFUNDED if returned >= whole else PaymentStatus.COMPLETED,
        completed_at=completed_at,
        confirmed=confirmed,
        received=None if came == payment.amount else came,
        later=comings[1:],
        refunds=refunds,
        failed_attempts=0,
        failed_at=None,
        failure_code=None,
        failure_reference=None,
    )
