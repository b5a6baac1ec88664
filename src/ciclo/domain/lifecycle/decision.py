"""A decision: the account after an event, what follows from it, and what it came to."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ciclo.copies import replace
from ciclo.domain.account import Account
from ciclo.domain.events.event import Event, WorkOrder, new_order
from ciclo.domain.events.orders import Order
from ciclo.domain.invoice import Invoice, Line
from ciclo.domain.metrics import Movement
from ciclo.domain.payment import Payment
from ciclo.domain.period import local_date
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import Subscription


class Outcome(StrEnum):
    """What an event did. IGNORED: nothing, since it was known, late or no longer applies."""

    IGNORED = "IGNORED"
    RECORDED = "RECORDED"
    TRIAL_STARTED = "TRIAL_STARTED"
    TRIAL_EXTENDED = "TRIAL_EXTENDED"
    INVOICE_OVERDUE = "INVOICE_OVERDUE"
    INVOICE_ISSUED = "INVOICE_ISSUED"
    REMINDED = "REMINDED"
    PERIOD_BEGUN = "PERIOD_BEGUN"
    PERIOD_SKIPPED = "PERIOD_SKIPPED"
    PAYMENT_RECORDED = "PAYMENT_RECORDED"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    PAYMENT_REQUESTED = "PAYMENT_REQUESTED"
    PAYMENT_RETRIED = "PAYMENT_RETRIED"
    RETRY_SKIPPED = "RETRY_SKIPPED"
    REFUND_RECORDED = "REFUND_RECORDED"
    CREDIT_GRANTED = "CREDIT_GRANTED"
    CREDIT_EXPIRED = "CREDIT_EXPIRED"
    CREDIT_NOTE_ISSUED = "CREDIT_NOTE_ISSUED"
    CUSTOMER_REASSIGNED = "CUSTOMER_REASSIGNED"
    BALANCE_RECEIVED = "BALANCE_RECEIVED"
    PLAN_CHANGED = "PLAN_CHANGED"
    CHANGE_SCHEDULED = "CHANGE_SCHEDULED"
    CHANGE_AWAITS_PAYMENT = "CHANGE_AWAITS_PAYMENT"
    CHANGE_DROPPED = "CHANGE_DROPPED"
    DISCOUNT_APPLIED = "DISCOUNT_APPLIED"
    DISCOUNT_REMOVED = "DISCOUNT_REMOVED"
    ITEM_ADDED = "ITEM_ADDED"
    ITEM_REMOVED = "ITEM_REMOVED"
    TAX_PROFILE_CHANGED = "TAX_PROFILE_CHANGED"
    BILLING_DAY_CHANGED = "BILLING_DAY_CHANGED"
    COLLECTION_CHANGED = "COLLECTION_CHANGED"
    METHOD_UPDATED = "METHOD_UPDATED"
    CANCELLATION_SCHEDULED = "CANCELLATION_SCHEDULED"
    CANCELLATION_REVOKED = "CANCELLATION_REVOKED"
    CANCELLED = "CANCELLED"
    SUSPENDED = "SUSPENDED"
    PAUSED = "PAUSED"
    PAUSE_SCHEDULED = "PAUSE_SCHEDULED"
    PAUSE_REVOKED = "PAUSE_REVOKED"
    RESUMED = "RESUMED"
    INVOICE_VOIDED = "INVOICE_VOIDED"
    INVOICE_WRITTEN_OFF = "INVOICE_WRITTEN_OFF"
    NEEDS_REVIEW = "NEEDS_REVIEW"


class Review(StrEnum):
    """Why a person has to look at a notice. It changed no status; nothing was guessed (rule 20)."""

    UNKNOWN_SUBSCRIPTION = "UNKNOWN_SUBSCRIPTION"
    UNKNOWN_PAYMENT = "UNKNOWN_PAYMENT"
    NO_OPEN_INVOICE = "NO_OPEN_INVOICE"
    AMOUNT_MISMATCH = "AMOUNT_MISMATCH"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    ALREADY_PAID = "ALREADY_PAID"
    INVOICE_CANCELED = "INVOICE_CANCELED"
    REFUND_EXCEEDS_PAYMENT = "REFUND_EXCEEDS_PAYMENT"
    REFUND_FAILED = "REFUND_FAILED"
    REFUND_WAITS = "REFUND_WAITS"
    DISPUTED = "DISPUTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventContext:
    """What a rule may know besides the account: the event that it answers and the seller's policy."""

    event: Event
    policy: Policy

    @property
    def at(self) -> datetime:
        """Return the instant of the event."""
        return self.event.occurred_at

    @property
    def today(self) -> date:
        """Return the seller's local date at that instant."""
        return local_date(self.event.occurred_at, self.policy.timezone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The account as it is now, and what else the store has to write with it."""

    account: Account
    follow_ups: tuple[WorkOrder, ...] = ()
    outcome: Outcome = Outcome.IGNORED
    review: Review | None = None
    movement: Movement | None = None
    unused_lines: tuple[Line, ...] = ()
    """The days that it gave back, onto the balance or to their payments: what a preview explains."""

    def with_subscription(self, subscription: Subscription) -> "Decision":
        """Return the decision with *subscription* in its present state."""
        return replace(self, account=self.account.with_subscription(subscription))

    def with_invoice(self, invoice: Invoice) -> "Decision":
        """Return the decision with *invoice* added or changed."""
        return replace(self, account=self.account.with_invoice(invoice))

    def with_payment(self, payment: Payment) -> "Decision":
        """Return the decision with *payment* added or changed."""
        return replace(self, account=self.account.with_payment(payment))

    def with_follow_up(self, payload: Order, *, key: str, at: datetime, ctx: EventContext) -> "Decision":
        """Return the decision with one more order to be carried out."""
        order = new_order(ctx.event.subscription_id, payload, key=key, at=at)
        return replace(self, follow_ups=(*self.follow_ups, order))

    def with_outcome(self, outcome: Outcome) -> "Decision":
        """Return the decision with its outcome named."""
        return replace(self, outcome=outcome)

    def with_review(self, review: Review) -> "Decision":
        """Return the decision marked for a person to look at."""
        return replace(self, outcome=Outcome.NEEDS_REVIEW, review=review)
