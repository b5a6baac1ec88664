"""Commands: what people ask of a subscription. The rules may refuse one.

Each is a dataclass of the event's data that says its own name; `lifecycle.apply` has its rule.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import ClassVar

from ciclo.domain.collection import Collection
from ciclo.domain.coupons.discount import Discount
from ciclo.domain.events.booking import BookingCommand
from ciclo.domain.events.event_type import EventType
from ciclo.domain.events.merging import MergingCommand
from ciclo.domain.events.selling import SellingCommand
from ciclo.domain.ids import CreditNoteId, CustomerId, GrantId, InvoiceId, PaymentId, RefundId
from ciclo.domain.invoice import CreditDestination
from ciclo.domain.lines.item import InvoiceItem
from ciclo.domain.lines.tax_rate import ANYBODY, TaxProfile
from ciclo.domain.payment import PaymentMethod
from ciclo.domain.payments.refund_limits import RefundLimits
from ciclo.domain.period import ChosenAnchor
from ciclo.domain.plan import Terms


class ChangeTiming(StrEnum):
    """When a plan change takes effect."""

    IMMEDIATE = "IMMEDIATE"
    PERIOD_END = "PERIOD_END"


class Proration(StrEnum):
    """How a change that takes effect at once is billed (rule 14)."""

    NOW = "NOW"
    """The unused days are credited and the new ones charged, on an invoice of today."""
    NEXT_INVOICE = "NEXT_INVOICE"
    """The same lines, which wait for the next invoice."""
    NONE = "NONE"
    """No lines: the new price is that of the next period."""
    FULL = "FULL"
    """A full new period begins today; nothing is credited."""


class CancellationRefund(StrEnum):
    """What becomes of the days that a cancellation at once leaves unused (rule 15)."""

    NONE = "NONE"
    CREDIT = "CREDIT"
    """They go onto the balance."""
    REFUND = "REFUND"
    """They go back to the payments that paid them; what can't go back, onto the balance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionCreated:
    """A customer took a plan on a local date. `trial_days` is what this one gets: one trial a customer."""

    type: ClassVar = EventType.SUBSCRIPTION_CREATED
    customer_id: CustomerId
    terms: Terms
    on: date
    trial_days: int
    method: PaymentMethod | None
    collection: Collection = field(default_factory=Collection)
    chosen_anchor: ChosenAnchor | None = None
    discounts: tuple[Discount, ...] = ()
    tax_profile: TaxProfile = ANYBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingDayChanged:
    """Periods are to begin on another day of the month, from the end of the present one on (rule 33)."""

    type: ClassVar = EventType.BILLING_DAY_CHANGED
    day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionChanged:
    """Who collects, and when, is to be this from the next invoice on (rule 28)."""

    type: ClassVar = EventType.COLLECTION_CHANGED
    collection: Collection


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChanged:
    """A change of plan, version or quantity; without timing an upgrade is now, a downgrade at period end.

    `proration` is of a change that is now, and not in a trial.
    """

    type: ClassVar = EventType.PLAN_CHANGED
    terms: Terms
    timing: ChangeTiming | None = None
    proration: Proration = Proration.NOW
    may_credit: bool = True
    """Whether it may put money onto the balance: a customer's only if the seller lets it (rule 39)."""
    may_reverse: bool = True
    """Whether what it credits may have begun on the same day: a customer's may not (rule 39)."""
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialExtended:
    """An operator lets the trial last until a later date: that is the first day that is billed."""

    type: ClassVar = EventType.TRIAL_EXTENDED
    until: date
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialEndRequested:
    """An operator ends the trial today: paid service begins."""

    type: ClassVar = EventType.TRIAL_END_REQUESTED
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethodUpdated:
    """The customer pays by another method from now on."""

    type: ClassVar = EventType.PAYMENT_METHOD_UPDATED
    method: PaymentMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationRequested:
    """The customer leaves: now, or when the paid period ends."""

    type: ClassVar = EventType.CANCELLATION_REQUESTED
    immediately: bool = False
    reason: str | None = None
    refund: CancellationRefund = CancellationRefund.NONE
    limits: RefundLimits = field(default_factory=RefundLimits)
    keeps_served: bool = False
    """The day of the request stays paid: a customer asks for it (rule 39)."""
    penalty: InvoiceItem | None = None
    """What an operator bills for it, once it has ended (rule 37)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationRevoked:
    """The customer stays after all."""

    type: ClassVar = EventType.CANCELLATION_REVOKED
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalRequested:
    """The customer withdraws from the contract: all that was paid for it goes back."""

    type: ClassVar = EventType.WITHDRAWAL_REQUESTED
    limits: RefundLimits = field(default_factory=RefundLimits)
    keeps_served: bool = False
    """The days that were served stay paid, today too: the customer has withdrawn before (rule 39)."""
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionPaused:
    """Service stops, now or when the paid period ends, until it is resumed: by hand, or on a local date."""

    type: ClassVar = EventType.SUBSCRIPTION_PAUSED
    reason: str | None = None
    at_period_end: bool = False
    resume_on: date | None = None
    serves_today: bool = False
    """Service stops when the day of the request is over (rule 39); older pauses stopped it at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionResumed:
    """Service goes on: the pause is over, or one that was scheduled is taken back."""

    type: ClassVar = EventType.SUBSCRIPTION_RESUMED
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePaymentRequested:
    """Somebody wants to pay an invoice now, by `method` or by the subscription's own."""

    type: ClassVar = EventType.INVOICE_PAYMENT_REQUESTED
    invoice_id: InvoiceId
    method: PaymentMethod | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceVoided:
    """An operator withdrew an unpaid invoice."""

    type: ClassVar = EventType.INVOICE_VOIDED
    invoice_id: InvoiceId
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceWrittenOff:
    """An operator gave an unpaid invoice up: its days were served, and its money will not come."""

    type: ClassVar = EventType.INVOICE_WRITTEN_OFF
    invoice_id: InvoiceId
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundCreated:
    """An operator gives money of a payment back; `amount` in minor units, None for all that is left."""

    type: ClassVar = EventType.REFUND_CREATED
    refund_id: RefundId
    payment_id: PaymentId
    amount: int | None
    reason: str | None = None
    waits_for_reference: bool = False
    """Asked for since a refund waits until the provider's reference is known; older ones did not."""
    from_balance: bool = False
    """It pays out what the customer has on their balance (rule 23)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditGranted:
    """An operator gives a customer credit in the subscription's currency; `expires_on` is its last day."""

    type: ClassVar = EventType.CREDIT_GRANTED
    grant_id: GrantId
    amount: int
    reason: str
    expires_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteCreated:
    """An operator corrects a paid invoice: by `amount`, by whole `lines` (their places from 1), or all of it.

    `payments`: by which it can be sent back, in this order; those of `whole_only` in full only.
    """

    type: ClassVar = EventType.CREDIT_NOTE_CREATED
    note_id: CreditNoteId
    invoice_id: InvoiceId
    reason: str
    amount: int | None = None
    lines: tuple[int, ...] = ()
    to: CreditDestination = CreditDestination.BALANCE
    payments: tuple[PaymentId, ...] = ()
    whole_only: tuple[PaymentId, ...] = ()


Command = (
    SubscriptionCreated
    | SellingCommand
    | MergingCommand
    | BillingDayChanged
    | CollectionChanged
    | PlanChanged
    | TrialExtended
    | TrialEndRequested
    | PaymentMethodUpdated
    | CancellationRequested
    | CancellationRevoked
    | WithdrawalRequested
    | SubscriptionPaused
    | SubscriptionResumed
    | InvoicePaymentRequested
    | InvoiceVoided
    | InvoiceWrittenOff
    | RefundCreated
    | CreditGranted
    | CreditNoteCreated
    | BookingCommand
)
"""What people ask for."""
