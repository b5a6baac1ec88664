"""What the clock has to do next for an account, and when.

Source: billing rules 4, 10, 11, 16, 17, 19, 39, 42, 44.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ciclo.copies import replace
from ciclo.domain.account import Account
from ciclo.domain.dunning import Dunning, grace_ends_on
from ciclo.domain.events.event import Event, Source
from ciclo.domain.events.facts import (
    ClockFact,
    CreditExpired,
    DunningExhausted,
    GraceEnded,
    InvoiceOverdue,
    PauseBegun,
    PauseEnded,
    PaymentExpired,
    PendingExpired,
    PeriodEnded,
    PlanChangeDropped,
    ReminderDue,
    RenewalIssued,
    RetryDue,
    TrialEnded,
)
from ciclo.domain.ids import EventId, derived_id
from ciclo.domain.invoice import Invoice
from ciclo.domain.lifecycle.calendar import issue_day
from ciclo.domain.lifecycle.changes.awaited_change import change_lapses_at
from ciclo.domain.lifecycle.invoices import is_being_tried
from ciclo.domain.lifecycle.reminders import reminders_of
from ciclo.domain.lifecycle.renewal import boundary_waits
from ciclo.domain.payment import MethodKind, PaymentStatus, is_card
from ciclo.domain.period import local_date, start_of_day
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import IN_SERVICE, AwaitedChange, Status, Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class DueEvent:
    """Something that is to happen at an instant, unless news comes first."""

    at: datetime
    payload: ClockFact
    key: str

    def event(self, account: Account) -> Event:
        """Return the event of its happening: the same one, whichever scheduler computes it."""
        dedupe_key = f"{self.payload.type}:{self.key}"
        return Event(
            id=EventId(derived_id("evt", at=self.at, facts=dedupe_key)),
            subscription_id=account.subscription.id,
            payload=self.payload,
            occurred_at=self.at,
            source=Source.CLOCK,
            dedupe_key=dedupe_key,
        )


def next_due_event(account: Account, policy: Policy) -> DueEvent | None:
    """Return the earliest thing that the clock has to do, None if there is nothing.

    On one day codes expire first, then invoices fall overdue and retries are made, then grace ends, then a
    change that was not paid is dropped, then a new period begins.
    """
    return min(_due_events(account, policy), key=lambda due: due.at, default=None)


def change_drop_event(account: Account, policy: Policy) -> Event | None:
    """Return the event by which a change that can't take place is dropped (rule 42).

    One that awaits its payment goes first, for it would have come first; a scheduled one is dropped on its
    day. Its key has the subscription's version: another one may be scheduled for the same day, and dropped.
    """
    sub = account.subscription
    awaited = sub.awaited_change
    if awaited is not None and awaited.terms.plan_id != sub.terms.plan_id:
        return _drop_of(awaited, at=account.invoices[awaited.invoice_id].issued_at).event(account)
    if sub.pending_change is None:
        return None
    dropped = PlanChangeDropped(plan_id=sub.pending_change.plan_id)
    at = start_of_day(sub.period.end, policy.timezone)
    return DueEvent(at=at, payload=dropped, key=f"{sub.id}:{sub.version}").event(account)


def _drop_of(awaited: AwaitedChange, *, at: datetime) -> DueEvent:
    dropped = PlanChangeDropped(plan_id=awaited.terms.plan_id, invoice_id=awaited.invoice_id)
    return DueEvent(at=at, payload=dropped, key=awaited.invoice_id)


def _due_events(account: Account, policy: Policy) -> Iterator[DueEvent]:
    sub = account.subscription
    yield from _expiries(account)
    for expiry in sub.grant_expiries:
        expired = CreditExpired(grant_id=expiry.grant_id, on=expiry.on)
        at = _later(start_of_day(expiry.on, policy.timezone), sub.asked_at)
        # Given back by a void after its day it expires once more.
        yield DueEvent(at=at, payload=expired, key=f"{expiry.grant_id}:{sub.id}:{sub.version}")
    if not sub.is_live:
        return
    for invoice in account.open_invoices():
        if invoice.dunning is None:
            yield from _overdue(account, invoice, policy)
        else:
            yield from _dunning_events(account, invoice, invoice.dunning, policy)
    lapses_at = change_lapses_at(account, policy)
    if sub.awaited_change is not None and lapses_at is not None:
        yield _drop_of(sub.awaited_change, at=lapses_at)
    yield from _reminders(sub, policy)
    yield from _pause(sub, policy)
    yield from _renewal(sub, policy)
    boundary = _boundary(sub, policy)
    if boundary is not None and not boundary_waits(account, policy):
        day, payload = boundary
        is_asked_that_day = sub.asked_at is not None and local_date(sub.asked_at, policy.timezone) == day
        at = _later(start_of_day(day, policy.timezone), sub.asked_at if is_asked_that_day else None)
        if isinstance(payload, PendingExpired):
            # A code that can still be paid holds the end back (rule 19), and so do the days to pay a stub.
            at = max([at, *_ends_of_codes(account), *_ends_of_stub_deadlines(account, policy)])
        yield DueEvent(at=at, payload=payload, key=f"{sub.id}:{day}")


def _pause(sub: Subscription, policy: Policy) -> Iterator[DueEvent]:
    """Yield the day on which a pause begins that was asked for the day before, or ends by itself."""
    if sub.pause_on is not None:
        at, begun = start_of_day(sub.pause_on, policy.timezone), PauseBegun(on=sub.pause_on)
        yield DueEvent(at=at, payload=begun, key=f"{sub.id}:{sub.pause_on}")
    if sub.paused_on is not None and sub.resume_on is not None:
        at, ended = start_of_day(sub.resume_on, policy.timezone), PauseEnded(on=sub.resume_on)
        yield DueEvent(at=at, payload=ended, key=f"{sub.id}:{sub.resume_on}")


def _renewal(sub: Subscription, policy: Policy) -> Iterator[DueEvent]:
    """Yield the day on which the next period is billed, where that is before its boundary."""
    boundary = sub.period.end
    runs = sub.status in IN_SERVICE or sub.status is Status.TRIALING
    if not runs or sub.is_to_stop or sub.renewed_for == boundary:
        return
    day = issue_day(sub, policy)
    if day < boundary:
        at = _later(start_of_day(day, policy.timezone), sub.asked_at)
        # In a short period the day of issue may come before the payment that began service (rule 5).
        at = _later(at, sub.activated_at)
        again = f":{sub.renewals_withdrawn}" if sub.renewals_withdrawn else ""
        yield DueEvent(at=at, payload=RenewalIssued(boundary=boundary), key=f"{sub.id}:{boundary}{again}")


def _reminders(sub: Subscription, policy: Policy) -> Iterator[DueEvent]:
    """Yield the days on which what comes next is told (rule 44)."""
    for day, reminded in reminders_of(sub, policy):
        at = _later(_later(start_of_day(day, policy.timezone), sub.asked_at), sub.activated_at)
        payload = ReminderDue(reminder=reminded.reminder, on=reminded.on)
        yield DueEvent(at=at, payload=payload, key=f"{sub.id}:{reminded.reminder}:{reminded.on}")


def _boundary(sub: Subscription, policy: Policy) -> tuple[date, ClockFact] | None:
    """Return the day on which the subscription itself moves on.

    A suspended one reaches its boundaries too: it skips the period, or ends there if it is to.
    """
    if sub.status is Status.TRIALING:
        return sub.period.end, TrialEnded(on=sub.period.end)
    if sub.status is Status.PENDING and sub.started:
        expires_on = min(sub.period.end, sub.period.start + timedelta(days=policy.pending_days))
        return expires_on, PendingExpired(on=expires_on)
    if sub.status in IN_SERVICE or sub.status is Status.SUSPENDED:
        return sub.period.end, PeriodEnded(on=sub.period.end)
    return None


def _expiries(account: Account) -> Iterator[DueEvent]:
    # In order of their ids: of two that expire at one instant every process must see the same one first.
    for payment in sorted(account.payments.values(), key=lambda one: one.id):
        waiting = payment.status is PaymentStatus.PENDING and account.invoices[payment.invoice_id].is_open
        at = payment.heard_until or payment.expires_at
        if waiting and at is not None:
            yield DueEvent(at=at, payload=PaymentExpired(payment_id=payment.id), key=payment.id)


def _overdue(account: Account, invoice: Invoice, policy: Policy) -> Iterator[DueEvent]:
    """Yield the day on which an invoice falls overdue, unless a card is being charged for it.

    A subscription that never was in service, nor in a trial, has nothing to be dunned for: it expires. A
    change that awaits its payment is dropped.
    """
    day, sub = invoice.overdue_on, account.subscription
    never_served = invoice.bills_service and sub.activated_at is None and sub.trial is None
    if day is None or never_served or sub.awaits(invoice.id):
        return
    if is_being_tried(account, invoice, MethodKind.CREDIT_CARD):
        return
    at = _later(start_of_day(day, policy.timezone), sub.activated_at)
    yield DueEvent(at=at, payload=InvoiceOverdue(invoice_id=invoice.id, on=day), key=invoice.id)


def _ends_of_codes(account: Account) -> Iterator[datetime]:
    for invoice in account.open_service_invoices():
        for payment in account.payments_of(invoice.id):
            ends_at = payment.heard_until or payment.expires_at
            ends_at = ends_at if payment.in_flight else payment.failed_at
            if ends_at is not None and not is_card(payment):
                yield ends_at


def _ends_of_stub_deadlines(account: Account, policy: Policy) -> Iterator[datetime]:
    """Yield when the invoice of a stub is overdue: its days to pay may be more than it has (rule 33)."""
    if account.subscription.stub is None:
        return
    for invoice in account.open_service_invoices():
        if invoice.overdue_on is not None:
            yield start_of_day(invoice.overdue_on, policy.timezone)


def _dunning_events(
    account: Account, invoice: Invoice, dunning: Dunning, policy: Policy
) -> Iterator[DueEvent]:
    """Yield what comes next for a failing invoice; what a try holds back happens when that try is over.

    A code holds retries and the end back, and not the end of grace; a card that is being charged holds
    all of them (rule 17). Of a one-off invoice there are retries only: after the last it stays overdue.
    """
    sub, zone = account.subscription, policy.timezone
    is_over = dunning.retry_on is None or sub.cancel_at_period_end
    if not account.is_being_paid(invoice.id) and (invoice.bills_service or not is_over):
        released_at = account.released_at(invoice.id)
        yield _after(released_at, _try_or_end(sub, invoice, dunning, zone))
    if not invoice.bills_service:
        return
    if not dunning.suspended and sub.activated_at is not None and not account.is_card_in_flight(invoice.id):
        on = grace_ends_on(dunning, policy)
        ended = GraceEnded(invoice_id=invoice.id, on=on)
        due = DueEvent(at=start_of_day(on, zone), payload=ended, key=f"{invoice.id}:{on}")
        yield _after(account.released_at(invoice.id, cards_only=True), due)


def _try_or_end(sub: Subscription, invoice: Invoice, dunning: Dunning, zone: str) -> DueEvent:
    """Return the next retry, or the end once there is none, or none is wanted any more (rule 15)."""
    if dunning.retry_on is None or sub.cancel_at_period_end:
        exhausted = DunningExhausted(invoice_id=invoice.id, on=dunning.tried_on)
        return DueEvent(at=start_of_day(dunning.tried_on, zone), payload=exhausted, key=invoice.id)
    retry = RetryDue(invoice_id=invoice.id, on=dunning.retry_on)
    key = f"{invoice.id}:{dunning.retries + 1}"
    return DueEvent(at=start_of_day(dunning.retry_on, zone), payload=retry, key=key)


def _after(released_at: datetime | None, due: DueEvent) -> DueEvent:
    """Return *due* at the end of what held it back: nothing is dated before it happens."""
    return replace(due, at=_later(due.at, released_at))


def _later(start: datetime, cause: datetime | None) -> datetime:
    """Return when a day's event happens: as it begins, or with what brought it about on that day (rule 5)."""
    return start if cause is None else max(start, cause)
