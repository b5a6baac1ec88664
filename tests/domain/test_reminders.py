"""Reminders: what is told some days ahead, once."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.domain.account import Account
from ciclo.domain.batch import AppliedEvent
from ciclo.domain.collection import Calendar
from ciclo.domain.events.commands import CancellationRequested, CancellationRevoked, TrialExtended
from ciclo.domain.events.event import Event
from ciclo.domain.events.facts import ReminderDue
from ciclo.domain.lifecycle import apply, next_due_event
from ciclo.domain.lifecycle.decision import Outcome
from ciclo.domain.period import BillingCycle, start_of_day
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import Reminder
from ciclo.domain.webhooks.message import MessageType, messages_of
from tests.builders import PIX, POLICY, Story, terms
from tests.domain.test_order import Case, named

JAN_1, JAN_8, FEB_1 = date(2026, 1, 1), date(2026, 1, 8), date(2026, 2, 1)
REMINDING = replace(POLICY, trial_ending_days=3, upcoming_invoice_days=(5, 7, 15, 15))
YEARLY = terms(29_900, plan="yearly", cycle=BillingCycle.ANNUAL)


def told_on(story: Story, *, until: date) -> list[tuple[date, Reminder]]:
    """Let time pass, and return what was reminded of, and when."""
    before = len(story.decisions)
    story.until(until)
    decided = story.decisions[before:]
    kept = [one.account.subscription.reminded for one in decided if one.outcome is Outcome.REMINDED]
    return [(one[-1].on, one[-1].reminder) for one in kept]


@pytest.mark.parametrize(("trial_days", "day"), [(7, date(2026, 1, 5)), (2, JAN_1)])
def test_the_end_of_a_trial_is_told_days_before_it_or_as_it_begins(trial_days: int, day: date) -> None:
    story = Story(JAN_1, trial_days=trial_days, policy=REMINDING).start()

    due = next_due_event(story.account, REMINDING)

    ends_on = JAN_1 + timedelta(days=trial_days)
    assert due is not None
    assert due.payload == ReminderDue(reminder=Reminder.TRIAL_ENDING, on=ends_on)
    begins = start_of_day(day, POLICY.timezone)
    assert due.at == (story.subscription.asked_at if day == JAN_1 else begins)


def test_an_upcoming_invoice_is_told_once_a_period_by_the_cycle_of_the_plan() -> None:
    monthly = Story(JAN_1, policy=REMINDING).start().pay(at=JAN_1)
    yearly = Story(JAN_1, of=YEARLY, policy=REMINDING).start().pay(at=JAN_1)

    assert told_on(monthly, until=date(2026, 1, 26)) == []
    assert told_on(monthly, until=date(2026, 1, 27)) == [(FEB_1, Reminder.INVOICE_UPCOMING)]
    assert told_on(monthly, until=date(2026, 1, 31)) == []
    assert told_on(yearly, until=date(2026, 12, 16)) == []
    assert told_on(yearly, until=date(2026, 12, 31)) == [(date(2027, 1, 1), Reminder.INVOICE_UPCOMING)]


def test_nothing_is_told_where_the_policy_asks_for_nothing() -> None:
    assert told_on(Story(JAN_1, trial_days=7).start(), until=JAN_8) == []
    assert told_on(Story(JAN_1).start().pay(at=JAN_1), until=FEB_1) == []


def test_what_is_going_to_end_is_not_reminded_of_until_it_is_to_go_on() -> None:
    story = Story(JAN_1, policy=REMINDING).start().pay(at=JAN_1)
    story.tell(CancellationRequested(), at=date(2026, 1, 2))

    assert told_on(story, until=date(2026, 1, 30)) == []
    story.tell(CancellationRevoked(), at=date(2026, 1, 30))
    assert told_on(story, until=date(2026, 1, 30)) == [(FEB_1, Reminder.INVOICE_UPCOMING)]


def test_a_trial_that_is_extended_is_told_of_again() -> None:
    story = Story(JAN_1, trial_days=7, policy=REMINDING).start()
    assert told_on(story, until=date(2026, 1, 6)) == [(JAN_8, Reminder.TRIAL_ENDING)]

    story.tell(TrialExtended(until=date(2026, 1, 20)), at=date(2026, 1, 6))

    assert story.subscription.reminded == ()
    assert told_on(story, until=date(2026, 1, 19)) == [(date(2026, 1, 20), Reminder.TRIAL_ENDING)]


def test_a_reminder_of_another_boundary_or_told_already_changes_nothing() -> None:
    story = Story(JAN_1, trial_days=7, policy=REMINDING).start().until(date(2026, 1, 6))

    for on in (JAN_8, date(2026, 1, 9)):
        story.tell(ReminderDue(reminder=Reminder.TRIAL_ENDING, on=on), at=date(2026, 1, 6))
        assert story.decisions[-1].outcome is Outcome.IGNORED


def test_an_invoice_that_is_issued_ahead_is_told_of_before_its_issue() -> None:
    policy = replace(REMINDING, calendar=Calendar())
    story = Story(JAN_1, method=PIX, policy=policy).start().pay(at=JAN_1)

    assert told_on(story, until=date(2026, 1, 21)) == []
    assert told_on(story, until=date(2026, 1, 22)) == [(FEB_1, Reminder.INVOICE_UPCOMING)]
    assert told_on(story, until=date(2026, 1, 31)) == []
    assert story.subscription.renewed_for == FEB_1


def test_a_reminder_is_told_as_a_message_that_shows_the_subscription() -> None:
    story = Story(JAN_1, trial_days=7, policy=REMINDING).start()
    due = next_due_event(story.account, REMINDING)
    assert due is not None
    before, happened = story.account, due.event(story.account)

    decision = apply(before, happened, REMINDING)

    entry = AppliedEvent(event=happened, before=before, decision=decision, credit_before=0)
    (message,) = messages_of(entry)
    assert message.type is MessageType.SUBSCRIPTION_TRIAL_ENDING
    assert message.subject == decision.account.subscription


@given(named(), st.sampled_from([POLICY, REMINDING]))
def test_reminders_do_not_depend_on_the_order_of_notices(told: Case, policy: Policy) -> None:
    def after(arrivals: list[Event]) -> Account:
        account = told.account
        for arrived in arrivals:
            account = apply(account, arrived, policy).account
        return account

    ends = [after(list(order)) for order in (told.arrivals, told.reports)]

    assert ends[0].subscription.reminded == ends[1].subscription.reminded
