"""Facts: what happened to a subscription. A fact is never refused, and may come late, twice or in any order.

Each is a dataclass of the event's data that says its own name; `lifecycle.apply` has its rule.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from ciclo.domain.events.event_type import EventType
from ciclo.domain.ids import GrantId, InvoiceId, PaymentId, PlanId, RefundId
from ciclo.domain.payment import Boleto, PixCode
from ciclo.domain.subscription import Reminder

# What the clock says


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialEnded:
    """The day after the last day of trial has come."""

    type: ClassVar = EventType.TRIAL_ENDED
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalIssued:
    """The day has come on which the period after *boundary* is billed: some days before it (rule 29)."""

    type: ClassVar = EventType.RENEWAL_ISSUED
    boundary: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodEnded:
    """A billing boundary has come."""

    type: ClassVar = EventType.PERIOD_ENDED
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderDue:
    """The day has come on which something is told that happens at the boundary *on* (rule 44)."""

    type: ClassVar = EventType.REMINDER_DUE
    reminder: Reminder
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseBegun:
    """The day is over on which a pause was asked for: it begins (rule 39)."""

    type: ClassVar = EventType.PAUSE_BEGUN
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseEnded:
    """The day has come on which a pause was to end."""

    type: ClassVar = EventType.PAUSE_ENDED
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingExpired:
    """The first payment did not come in time."""

    type: ClassVar = EventType.PENDING_EXPIRED
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceOverdue:
    """An invoice was not paid by its due date, and no payment of that day can be heard of any more."""

    type: ClassVar = EventType.INVOICE_OVERDUE
    invoice_id: InvoiceId
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDue:
    """A failing invoice's retry day has come."""

    type: ClassVar = EventType.RETRY_DUE
    invoice_id: InvoiceId
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class GraceEnded:
    """A failing invoice's days of grace are over."""

    type: ClassVar = EventType.GRACE_ENDED
    invoice_id: InvoiceId
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningExhausted:
    """The last retry of an invoice has failed."""

    type: ClassVar = EventType.DUNNING_EXHAUSTED
    invoice_id: InvoiceId
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChangeDropped:
    """A change does not take place.

    A scheduled one: the customer has that plan by another subscription (rule 42). With `invoice_id`, one
    that was to be paid first: it was not (rule 11).
    """

    type: ClassVar = EventType.PLAN_CHANGE_DROPPED
    plan_id: PlanId
    invoice_id: InvoiceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentExpired:
    """A PIX code or boleto was not paid in time."""

    type: ClassVar = EventType.PAYMENT_EXPIRED
    payment_id: PaymentId


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditExpired:
    """The last day to use a grant is over."""

    type: ClassVar = EventType.CREDIT_EXPIRED
    grant_id: GrantId
    on: date


# What providers report. Without a payment_id a notice is matched by its amount (rule 21).


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSucceeded:
    """Money came."""

    type: ClassVar = EventType.PAYMENT_SUCCESS
    amount: int
    currency: str
    payment_id: PaymentId | None = None
    provider: str | None = None
    """Named together with its reference, where the provider that took the money is one of ours."""
    provider_reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed:
    """A charge was declined, or a code expired at the provider."""

    type: ClassVar = EventType.PAYMENT_FAILED
    amount: int
    currency: str
    payment_id: PaymentId | None = None
    attempt: int | None = None
    failure_code: str | None = None
    hard: bool = False
    """The provider advises against any retry."""
    provider_reference: str | None = None
    """The provider's name for the charge: one that waits for its payer is taken up again by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRefunded:
    """Money went back. `refund_id` names a refund that Ciclo asked for."""

    type: ClassVar = EventType.PAYMENT_REFUNDED
    amount: int
    currency: str
    payment_id: PaymentId | None = None
    refund_id: RefundId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFailed:
    """A refund that was asked for did not go through."""

    type: ClassVar = EventType.REFUND_FAILED
    payment_id: PaymentId
    refund_id: RefundId
    failure_code: str | None = None
    amount: int | None = None
    """Of a refund that nobody asked for here: its failure may come before the news of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAuthorized:
    """A provider took the order: a PIX code or boleto to be paid, or a charge that it is working on."""

    type: ClassVar = EventType.PAYMENT_PENDING
    payment_id: PaymentId
    provider: str
    provider_reference: str
    expires_at: datetime | None = None
    pix: PixCode | None = None
    boleto: Boleto | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeDropped:
    """A charge that was asked for ended without a provider's answer: that try is over (rule 19)."""

    type: ClassVar = EventType.CHARGE_DROPPED
    payment_id: PaymentId
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDisputed:
    """The payer's bank contests a payment."""

    type: ClassVar = EventType.PAYMENT_DISPUTED
    payment_id: PaymentId
    amount: int
    currency: str
    dispute_id: str = ""
    """The provider's; a payment has one of those that it does not name."""
    fee: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeClosed:
    """A dispute ended."""

    type: ClassVar = EventType.DISPUTE_CLOSED
    payment_id: PaymentId
    won: bool
    dispute_id: str = ""
    amount: int | None = None
    fee: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRegistered:
    """The billing system knows the subscription by `reference`."""

    type: ClassVar = EventType.SUBSCRIPTION_REGISTERED
    reference: str


ClockFact = (
    TrialEnded
    | RenewalIssued
    | PeriodEnded
    | ReminderDue
    | PauseBegun
    | PauseEnded
    | PendingExpired
    | InvoiceOverdue
    | RetryDue
    | GraceEnded
    | DunningExhausted
    | PlanChangeDropped
    | PaymentExpired
    | CreditExpired
)
"""Days that came. The clock tells them one by one, each once the one before is done."""


ProviderFact = (
    PaymentSucceeded
    | PaymentFailed
    | PaymentRefunded
    | RefundFailed
    | PaymentAuthorized
    | ChargeDropped
    | PaymentDisputed
    | DisputeClosed
    | SubscriptionRegistered
)
"""What providers, and the collection worker for them, report: in any order, any number of times."""


Fact = ClockFact | ProviderFact
