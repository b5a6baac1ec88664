"""Events: everything that happens to a subscription, as facts in the past tense.

One dataclass a type: its fields are the event's data, its name in `EVENT_TYPES` is what the
API and the store call it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from ciclo.domain.ids import (
    CustomerId,
    EventId,
    InvoiceId,
    PaymentId,
    PlanId,
    RefundId,
    SubscriptionId,
    derived_id,
)
from ciclo.domain.payment import Boleto, MethodKind, PaymentMethod, PixCode
from ciclo.domain.plan import Terms


class Source(StrEnum):
    """Who brought the news."""

    API = "API"
    WEBHOOK = "WEBHOOK"
    CLOCK = "CLOCK"
    ENGINE = "ENGINE"


class ChangeTiming(StrEnum):
    """When a plan change takes effect."""

    IMMEDIATE = "IMMEDIATE"
    PERIOD_END = "PERIOD_END"


class CancellationCredit(StrEnum):
    """What an immediate cancellation gives back (rule 15)."""

    NONE = "NONE"
    PRORATED = "PRORATED"


# What people ask for


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionCreated:
    """A customer took a plan on a local date. `trial_days` is what this one gets: one trial a customer."""

    customer_id: CustomerId
    terms: Terms
    on: date
    trial_days: int
    method: PaymentMethod | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChanged:
    """A change of plan, version or quantity; without timing an upgrade is now, a downgrade at period end."""

    terms: Terms
    timing: ChangeTiming | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethodUpdated:
    """The customer pays by another method from now on."""

    method: PaymentMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationRequested:
    """The customer leaves: now, or when the paid period ends."""

    immediately: bool = False
    reason: str | None = None
    credit: CancellationCredit = CancellationCredit.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationRevoked:
    """The customer stays after all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionPaused:
    """Service stops until it is resumed."""

    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionResumed:
    """Service goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePaymentRequested:
    """Somebody wants to pay an invoice now, by `method` or by the subscription's own."""

    invoice_id: InvoiceId
    method: PaymentMethod | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceVoided:
    """An operator withdrew an unpaid invoice."""

    invoice_id: InvoiceId
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundCreated:
    """An operator gives money of a payment back; `amount` in minor units, None for all that is left."""

    refund_id: RefundId
    payment_id: PaymentId
    amount: int | None
    reason: str | None = None
    waits_for_reference: bool = False
    """Asked for since a refund waits until the provider's reference is known; older ones did not."""


# What the clock says


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialEnded:
    """The day after the last day of trial has come."""

    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodEnded:
    """A billing boundary has come."""

    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingExpired:
    """The first payment did not come in time."""

    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDue:
    """A failing invoice's retry day has come."""

    invoice_id: InvoiceId
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class GraceEnded:
    """A failing invoice's days of grace are over."""

    invoice_id: InvoiceId
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningExhausted:
    """The last retry of an invoice has failed."""

    invoice_id: InvoiceId
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChangeDropped:
    """A scheduled change can't take place: the customer has that plan by another subscription (rule 42)."""

    plan_id: PlanId


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentExpired:
    """A PIX code or boleto was not paid in time."""

    payment_id: PaymentId


# What providers report. Without a payment_id a notice is matched by its amount (rule 21).


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSucceeded:
    """Money came."""

    amount: int
    currency: str
    payment_id: PaymentId | None = None
    provider: str | None = None
    """Named together with its reference, where the provider that took the money is one of ours."""
    provider_reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed:
    """A charge was declined, or a code expired at the provider."""

    amount: int
    currency: str
    payment_id: PaymentId | None = None
    attempt: int | None = None
    failure_code: str | None = None
    hard: bool = False
    """The provider advises against any retry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRefunded:
    """Money went back. `refund_id` names a refund that Ciclo asked for."""

    amount: int
    currency: str
    payment_id: PaymentId | None = None
    refund_id: RefundId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFailed:
    """A refund that was asked for did not go through."""

    payment_id: PaymentId
    refund_id: RefundId
    failure_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAuthorized:
    """A provider took the order: a PIX code or boleto to be paid, or a charge that it is working on."""

    payment_id: PaymentId
    provider: str
    provider_reference: str
    expires_at: datetime | None = None
    pix: PixCode | None = None
    boleto: Boleto | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeDropped:
    """A charge that was asked for ended without a provider's answer: that try is over (rule 19)."""

    payment_id: PaymentId
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDisputed:
    """The payer's bank contests a payment."""

    payment_id: PaymentId
    amount: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeClosed:
    """A dispute ended."""

    payment_id: PaymentId
    won: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRegistered:
    """The billing system knows the subscription by `reference`."""

    reference: str


# What the engine asks of the collection worker: work to do, not facts about the subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRequested:
    """Hand the subscription to the billing system."""

    customer_id: CustomerId


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRequested:
    """Collect a payment; the provider sees the same idempotency key for the same attempt."""

    payment_id: PaymentId
    invoice_id: InvoiceId
    customer_id: CustomerId
    attempt: int
    amount: int
    currency: str
    method: PaymentMethod
    on_request: bool = False
    """A person wants to pay now: wanted after the subscription's end too (rule 18)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequested:
    """Send money of a payment back."""

    refund_id: RefundId
    payment_id: PaymentId
    provider: str
    provider_reference: str
    method: MethodKind
    amount: int
    currency: str
    whole: bool
    reason: str | None = None


Payload = (
    SubscriptionCreated
    | PlanChanged
    | PaymentMethodUpdated
    | CancellationRequested
    | CancellationRevoked
    | SubscriptionPaused
    | SubscriptionResumed
    | InvoicePaymentRequested
    | InvoiceVoided
    | RefundCreated
    | TrialEnded
    | PeriodEnded
    | PendingExpired
    | RetryDue
    | GraceEnded
    | DunningExhausted
    | PlanChangeDropped
    | PaymentExpired
    | PaymentSucceeded
    | PaymentFailed
    | PaymentRefunded
    | RefundFailed
    | PaymentAuthorized
    | ChargeDropped
    | PaymentDisputed
    | DisputeClosed
    | SubscriptionRegistered
    | RegistrationRequested
    | ChargeRequested
    | RefundRequested
)


class EventType(StrEnum):
    """The types of events, as the API and the store call them."""

    SUBSCRIPTION_CREATED = "subscription_created"
    PLAN_CHANGED = "plan_changed"
    PLAN_CHANGE_DROPPED = "plan_change_dropped"
    PAYMENT_METHOD_UPDATED = "payment_method_updated"
    CANCELLATION_REQUESTED = "cancellation_requested"
    CANCELLATION_REVOKED = "cancellation_revoked"
    SUBSCRIPTION_PAUSED = "subscription_paused"
    SUBSCRIPTION_RESUMED = "subscription_resumed"
    INVOICE_PAYMENT_REQUESTED = "invoice_payment_requested"
    INVOICE_VOIDED = "invoice_voided"
    REFUND_CREATED = "refund_created"
    TRIAL_ENDED = "trial_ended"
    PERIOD_ENDED = "period_ended"
    PENDING_EXPIRED = "pending_expired"
    RETRY_DUE = "retry_due"
    GRACE_ENDED = "grace_ended"
    DUNNING_EXHAUSTED = "dunning_exhausted"
    PAYMENT_EXPIRED = "payment_expired"
    PAYMENT_SUCCESS = "payment_success"
    PAYMENT_FAILED = "payment_failed"
    PAYMENT_REFUNDED = "payment_refunded"
    REFUND_FAILED = "refund_failed"
    PAYMENT_PENDING = "payment_pending"
    CHARGE_DROPPED = "charge_dropped"
    PAYMENT_DISPUTED = "payment_disputed"
    DISPUTE_CLOSED = "dispute_closed"
    SUBSCRIPTION_REGISTERED = "subscription_registered"
    REGISTRATION_REQUESTED = "registration_requested"
    CHARGE_REQUESTED = "charge_requested"
    REFUND_REQUESTED = "refund_requested"


EVENT_TYPES: Final[dict[EventType, type[Payload]]] = {
    EventType.SUBSCRIPTION_CREATED: SubscriptionCreated,
    EventType.PLAN_CHANGED: PlanChanged,
    EventType.PLAN_CHANGE_DROPPED: PlanChangeDropped,
    EventType.PAYMENT_METHOD_UPDATED: PaymentMethodUpdated,
    EventType.CANCELLATION_REQUESTED: CancellationRequested,
    EventType.CANCELLATION_REVOKED: CancellationRevoked,
    EventType.SUBSCRIPTION_PAUSED: SubscriptionPaused,
    EventType.SUBSCRIPTION_RESUMED: SubscriptionResumed,
    EventType.INVOICE_PAYMENT_REQUESTED: InvoicePaymentRequested,
    EventType.INVOICE_VOIDED: InvoiceVoided,
    EventType.REFUND_CREATED: RefundCreated,
    EventType.TRIAL_ENDED: TrialEnded,
    EventType.PERIOD_ENDED: PeriodEnded,
    EventType.PENDING_EXPIRED: PendingExpired,
    EventType.RETRY_DUE: RetryDue,
    EventType.GRACE_ENDED: GraceEnded,
    EventType.DUNNING_EXHAUSTED: DunningExhausted,
    EventType.PAYMENT_EXPIRED: PaymentExpired,
    EventType.PAYMENT_SUCCESS: PaymentSucceeded,
    EventType.PAYMENT_FAILED: PaymentFailed,
    EventType.PAYMENT_REFUNDED: PaymentRefunded,
    EventType.REFUND_FAILED: RefundFailed,
    EventType.PAYMENT_PENDING: PaymentAuthorized,
    EventType.CHARGE_DROPPED: ChargeDropped,
    EventType.PAYMENT_DISPUTED: PaymentDisputed,
    EventType.DISPUTE_CLOSED: DisputeClosed,
    EventType.SUBSCRIPTION_REGISTERED: SubscriptionRegistered,
    EventType.REGISTRATION_REQUESTED: RegistrationRequested,
    EventType.CHARGE_REQUESTED: ChargeRequested,
    EventType.REFUND_REQUESTED: RefundRequested,
}

TYPE_NAMES: Final = {payload: name for name, payload in EVENT_TYPES.items()}

WORK_ORDERS: Final = frozenset(
    {EventType.REGISTRATION_REQUESTED, EventType.CHARGE_REQUESTED, EventType.REFUND_REQUESTED}
)
"""Types that the collection worker carries out; all others are applied to a subscription."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. A second report of it has the same `dedupe_key` and is the same event."""

    id: EventId
    subscription_id: SubscriptionId
    payload: Payload
    occurred_at: datetime
    source: Source
    dedupe_key: str
    actor: str | None = None
    """Who asked for it, where a person did."""

    @property
    def type(self) -> EventType:
        """Return the type, such as payment_success."""
        return TYPE_NAMES[type(self.payload)]


def charge_key(payment_id: PaymentId, attempt: int) -> str:
    """Return the dedupe key of the order to make one attempt at a payment."""
    return f"{EventType.CHARGE_REQUESTED}:{payment_id}:{attempt}"


def answer_key(order_id: EventId) -> str:
    """Return the dedupe key of the answer to a work order: an order has one."""
    return f"answer:{order_id}"


def follow_up(subscription_id: SubscriptionId, payload: Payload, *, key: str, at: datetime) -> Event:
    """Return the event that a decision brings about: the same one, whoever computes it."""
    dedupe_key = f"{TYPE_NAMES[type(payload)]}:{key}"
    return Event(
        id=EventId(derived_id("evt", at=at, facts=dedupe_key)),
        subscription_id=subscription_id,
        payload=payload,
        occurred_at=at,
        source=Source.ENGINE,
        dedupe_key=dedupe_key,
    )
