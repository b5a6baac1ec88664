"""What is due of an account by some instant, done at once: by a sweep, before a command, for a preview."""

from datetime import date

from ciclo.domain.account import Account
from ciclo.domain.batch import AppliedEvent, apply_due_events, apply_one, balance_key
from ciclo.domain.events.commands import CancellationRequested, Command, PlanChanged
from ciclo.domain.events.event_type import EventType
from ciclo.domain.payments.grant import Balance
from tests.builders import POLICY, Story, event, noon, terms
from tests.domain.plans import paid

JAN_10, MAR_20 = date(2026, 1, 10), date(2026, 3, 20)
A, B = terms(3100, plan="a"), terms(6200, plan="b")


def late(story: Story, *, on: date = MAR_20, events_max: int = 24) -> list[AppliedEvent]:
    return apply_due_events(story.account, {}, POLICY, until=noon(on), events_max=events_max)


def asked(story: Story, command: Command, *, on: date = MAR_20) -> Account:
    """Return the account after a command that nobody had done anything for since the last event."""
    current = late(story, on=on)[-1].decision.account
    balances = {balance_key(current.subscription): current.balance}
    return apply_one(current, balances, event(command, at=on), POLICY).decision.account


def test_each_overdue_event_finds_what_the_one_before_it_left() -> None:
    done = late(paid(A, on=JAN_10))

    assert [one.event.type for one in done] == [EventType.PERIOD_ENDED, EventType.PERIOD_ENDED]
    assert done[1].before == done[0].decision.account
    assert [one.issued_at for one in done[-1].decision.account.invoices.values()] == [
        noon(JAN_10),
        done[0].event.occurred_at,
        done[1].event.occurred_at,
    ]


def test_what_is_due_at_that_very_instant_is_done_and_nothing_after_it() -> None:
    story = paid(A, on=JAN_10)
    due_at = story.subscription.due_at
    assert due_at is not None

    assert [
        one.event.occurred_at
        for one in apply_due_events(story.account, {}, POLICY, until=due_at, events_max=24)
    ] == [due_at]


def test_no_more_events_are_done_than_were_asked_for() -> None:
    story = paid(A, on=JAN_10)

    assert len(late(story, on=date(2028, 1, 10), events_max=5)) == 5


def test_each_event_uses_the_balance_that_the_one_before_it_left() -> None:
    story = paid(A, on=JAN_10)
    balances = {balance_key(story.subscription): Balance(amount=4000)}

    done = apply_due_events(story.account, balances, POLICY, until=noon(MAR_20), events_max=24)

    # 40.00: 31.00 of it for February, and what is left, 9.00, for March, which asks for 22.00.
    assert [one.credit_before for one in done] == [4000, 900]
    assert [one.total for one in done[-1].decision.account.invoices.values()] == [3100, 0, 2200]


def test_a_cancellation_38_days_late_owes_the_periods_that_it_was_served() -> None:
    after = asked(paid(A, on=JAN_10), CancellationRequested(immediately=True))

    # Served from 01-10 to 03-20: three periods began, at 31.00 each.
    assert [(one.period.start, one.total) for one in after.invoices.values()] == [
        (JAN_10, 3100),
        (date(2026, 2, 10), 3100),
        (date(2026, 3, 10), 3100),
    ]
    assert after.subscription.ended_at == noon(MAR_20)


def test_an_upgrade_38_days_late_is_not_retroactive() -> None:
    after = asked(paid(A, on=JAN_10), PlanChanged(terms=B))

    # The periods of 02-10 and 03-10 cost the 31.00 of their day. Of [03-10, 04-10) 21 of 31 days are left:
    # 62.00 x 21/31 = 42.00 less 31.00 x 21/31 = 21.00.
    assert [one.total for one in after.invoices.values()] == [3100, 3100, 3100, 2100]
