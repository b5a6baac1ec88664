"""Subscriptions: the facts about one, and the status that follows from them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from ciclo.copies import replace
from ciclo.domain.collection import Collection
from ciclo.domain.coupons.discount import Discount
from ciclo.domain.ids import CustomerId, GrantId, InvoiceId, SubscriptionId
from ciclo.domain.invoice import Invoice, Line, LineKind
from ciclo.domain.lines.item import InvoiceItem
from ciclo.domain.lines.tax_rate import ANYBODY, TaxProfile
from ciclo.domain.payment import PaymentMethod
from ciclo.domain.payments.grant import Grant
from ciclo.domain.period import ChosenAnchor, Period
from ciclo.domain.plan import Terms


class Status(StrEnum):
    """Where a subscription is in its life. Derived from facts, never set by hand."""

    PENDING = "PENDING"
    TRIALING = "TRIALING"
    ACTIVE = "ACTIVE"
    PAST_DUE = "PAST_DUE"
    SUSPENDED = "SUSPENDED"
    PAUSED = "PAUSED"
    CANCELLED = "CANCELLED"


IN_SERVICE = frozenset({Status.ACTIVE, Status.PAST_DUE})
"""Statuses that have access, are billed and count in MRR (rules 24, 27): paid for once, at least."""

BILLED = IN_SERVICE | {Status.PENDING}
"""Statuses whose periods are billed: paid for, or waiting for the first payment."""


class EndReason(StrEnum):
    """Why a subscription ended."""

    REQUESTED = "REQUESTED"
    NONPAYMENT = "NONPAYMENT"
    NEVER_PAID = "NEVER_PAID"
    WITHDRAWN = "WITHDRAWN"


class Reminder(StrEnum):
    """What is told some days ahead (rule 44). Stored in events: never rename one."""

    TRIAL_ENDING = "TRIAL_ENDING"
    INVOICE_UPCOMING = "INVOICE_UPCOMING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminded:
    """A reminder that was given, and the boundary that it was about: it is given once for each."""

    reminder: Reminder
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The line that bills the days up to the end of the current period: what a change gives back."""

    invoice_id: InvoiceId
    line: Line
    carried: tuple[Line, ...] = ()
    """Lines that wait for an invoice and are on this one, billed ahead: they do so until it is paid."""
    items: tuple[InvoiceItem, ...] = ()
    """Items that are on this one, billed ahead: they wait again if it is withdrawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLines:
    """What a change bills with the next invoice (rule 14): by them the rest of the period will be billed.

    `invoice_id` is of the invoice whose days they credit, None if they credit none.
    """

    lines: tuple[Line, ...]
    invoice_id: InvoiceId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedChange:
    """A change that costs more: it takes effect when its invoice is paid, and is dropped otherwise (rule 11).

    `anchor` and `period` are the subscription's from then on. `until` is the boundary before which it has
    to be paid.
    """

    terms: Terms
    invoice_id: InvoiceId
    on: date
    """The day on which it was asked for: the first day that its invoice bills."""
    anchor: date
    period: Period
    until: date
    discounts: tuple[Discount, ...] = ()
    """Those that it begins a full new period with, as they are counted then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantExpiry:
    """A grant that this subscription's clock ends, and the first day on which it can't be used."""

    grant_id: GrantId
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One customer's agreement to one plan. Dates are the seller's local dates.

    `version` counts the events applied; `due_at` is the next instant at which the clock has
    something to do, None if never.
    """

    id: SubscriptionId
    customer_id: CustomerId
    status: Status
    terms: Terms
    method: PaymentMethod | None
    created_at: datetime
    anchor: date
    """Boundaries are counted from it, both ways: where a billing day was chosen it may be to come."""
    period: Period
    next_billing_date: date | None
    trial: Period | None = None
    trial_extended_to: date | None = None
    """The end that an operator gave the trial: no change of plan shortens it."""
    started: bool = False
    """A worker has verified it and begun its trial or issued its first invoice."""
    activated_at: datetime | None = None
    """When it began to count as paid for; rules before version 2 said so at a trial's end, unpaid."""
    first_paid_at: datetime | None = None
    """When its first invoice was paid, or needed no money. One stored before may have `activated_at` only."""
    coverage: Coverage | None = None
    waiting: WaitingLines | None = None
    """What is billed with the next invoice, whatever that is for; nothing else covers the period then."""
    next_coverage: Coverage | None = None
    """The same for the next period, where it was billed ahead of its boundary (rule 29)."""
    renewed_for: date | None = None
    """The boundary that was billed ahead."""
    renewals_withdrawn: int = 0
    """How often what was billed ahead was withdrawn, to be issued anew or not (rule 32)."""
    pending_change: Terms | None = None
    """What it changes to at the end of the period."""
    awaited_change: AwaitedChange | None = None
    """What it changes to when that is paid."""
    cancel_at_period_end: bool = False
    cancel_reason: str | None = None
    cancel_penalty: InvoiceItem | None = None
    """What is billed for its end, once that has come."""
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    pause_at_period_end: bool = False
    pause_on: date | None = None
    """The day on which a pause begins that was asked for on the day before, which is served (rule 39)."""
    paused_on: date | None = None
    resume_on: date | None = None
    """The day on which the pause that runs, or is scheduled, ends by itself."""
    asked_at: datetime | None = None
    """When a person last asked for something: what follows from it is not before (rule 5)."""
    collection: Collection = field(default_factory=Collection)
    """How it is collected, where that is not what its method and the policy say."""
    recovering_since: datetime | None = None
    """The latest payment of what it was suspended for, while something of that is still unpaid."""
    chosen_anchor: ChosenAnchor | None = None
    """Where boundaries were asked to be; None: where service began (rule 33)."""
    stub: Period | None = None
    """The first period, where it is less than a full one; None once the anchor is another."""
    pending_billing_day: int | None = None
    """The day of the month on which periods are to begin, from the end of the present one on."""
    registration: str | None = None
    """The billing system's reference to it."""
    grant_expiries: tuple[GrantExpiry, ...] = ()
    """Of grants that were given by it, or that voided invoices of it gave back."""
    discounts: tuple[Discount, ...] = ()
    items: tuple[InvoiceItem, ...] = ()
    """What the next invoice of a period bills besides the plan."""
    tax_profile: TaxProfile = ANYBODY
    reminded: tuple[Reminded, ...] = ()
    """The reminders that were given of the end of the present period."""
    moved_on: date | None = None
    """The day on which its MRR moved last; None also where that was before it was kept."""
    due_at: datetime | None = None
    version: int = 0

    @property
    def is_live(self) -> bool:
        """Return whether it has not ended."""
        return self.ended_at is None

    def with_expiries(self, grants: Iterable[Grant]) -> "Subscription":
        """Return the subscription with those of *grants* that expire ended by its clock."""
        expiries = {
            GrantExpiry(grant_id=grant.id, on=grant.expires_on + timedelta(days=1))
            for grant in grants
            if grant.expires_on is not None
        }.union(self.grant_expiries)
        return replace(self, grant_expiries=tuple(sorted(expiries, key=lambda one: (one.on, one.grant_id))))

    @property
    def pauses_on(self) -> date | None:
        """Return the day on which the pause begins that is scheduled."""
        return self.period.end if self.pause_at_period_end else self.pause_on

    @property
    def is_to_stop(self) -> bool:
        """Return whether it is to end, or to be paused: its next period is not billed ahead."""
        return self.cancel_at_period_end or self.pauses_on is not None

    @property
    def waiting_lines(self) -> tuple[Line, ...]:
        """Return the lines that wait for the next invoice."""
        return self.waiting.lines if self.waiting else ()

    @property
    def unbilled_lines(self) -> tuple[Line, ...]:
        """Return the lines that wait and are on no invoice yet, not on one that was billed ahead either."""
        carried = self.next_coverage.carried if self.next_coverage else ()
        return () if carried == self.waiting_lines else self.waiting_lines

    @property
    def is_period_billed(self) -> bool:
        """Return whether the current period was billed, to its end, by an invoice or by lines that wait."""
        return self.coverage is not None or any(
            line.kind is LineKind.SERVICE and line.service.end == self.period.end
            for line in self.waiting_lines
        )

    def awaits(self, invoice_id: InvoiceId) -> bool:
        """Return whether a change takes effect when this invoice is paid."""
        return self.awaited_change is not None and self.awaited_change.invoice_id == invoice_id


def status_of(subscription: Subscription, invoices: Iterable[Invoice]) -> Status:
    """Return the status that the facts amount to, in whatever order they came (rules 17, 18, 21)."""
    if subscription.ended_at is not None:
        return Status.CANCELLED
    if subscription.paused_on is not None:
        return Status.PAUSED
    if subscription.activated_at is None:
        # What was never paid for has no access to lose: it waits, however often its charge fails (rule 17).
        in_trial = subscription.started and subscription.trial == subscription.period
        return Status.TRIALING if in_trial else Status.PENDING
    dunnings = [one.dunning for one in invoices if one.is_open and one.bills_service and one.dunning]
    if dunnings:
        return Status.SUSPENDED if any(dunning.suspended for dunning in dunnings) else Status.PAST_DUE
    return Status.ACTIVE


def without_renewal(sub: Subscription) -> Subscription:
    """Return *sub* with its next period not billed ahead: what billed it was withdrawn (rule 32)."""
    return replace(sub, next_coverage=None, renewed_for=None, renewals_withdrawn=sub.renewals_withdrawn + 1)


def without_cancellation(sub: Subscription) -> Subscription:
    """Return *sub* with no end scheduled, and no fee for one."""
    return replace(sub, cancel_at_period_end=False, cancel_reason=None, cancel_penalty=None)
