"""Reminders: the days on which what comes next is told, and that it was told.

Source: billing rule 44.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from ciclo.copies import replace
from ciclo.domain.events.facts import ReminderDue
from ciclo.domain.lifecycle.calendar import issue_day
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.period import BillingCycle
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import IN_SERVICE, Reminded, Reminder, Status, Subscription

_CYCLES: Final = tuple(BillingCycle)


def reminders_of(sub: Subscription, policy: Policy) -> Iterator[tuple[date, Reminded]]:
    """Yield what is to be told of the end of the present period, and the day on which that is done.

    That is not before the period begins. What is going to end or to pause is not reminded of an invoice.
    """
    told = _next_reminder(sub, policy)
    if told is None or sub.is_to_stop:
        return
    day, reminder = told
    reminded = Reminded(reminder=reminder, on=sub.period.end)
    if reminded not in sub.reminded:
        yield max(day, sub.period.start), reminded


def _next_reminder(sub: Subscription, policy: Policy) -> tuple[date, Reminder] | None:
    if sub.status is Status.TRIALING and policy.trial_ending_days:
        return sub.period.end - timedelta(days=policy.trial_ending_days), Reminder.TRIAL_ENDING
    days = policy.upcoming_invoice_days[_CYCLES.index(sub.terms.billing_cycle)]
    if sub.status in IN_SERVICE and days and sub.renewed_for != sub.period.end:
        return issue_day(sub, policy) - timedelta(days=days), Reminder.INVOICE_UPCOMING
    return None


def on_reminder_due(decision: Decision, due: ReminderDue, _ctx: EventContext) -> Decision:
    """Keep that it was told; what it was about may have moved meanwhile."""
    sub = decision.account.subscription
    reminded = Reminded(reminder=due.reminder, on=due.on)
    if due.on != sub.period.end or reminded in sub.reminded:
        return decision
    told = replace(sub, reminded=(*sub.reminded, reminded))
    return decision.with_subscription(told).with_outcome(Outcome.REMINDED)


def still_to_come(sub: Subscription) -> tuple[Reminded, ...]:
    """Return the reminders that *sub* was given of what is still to come."""
    return tuple(one for one in sub.reminded if one.on == sub.period.end) if sub.reminded else ()
