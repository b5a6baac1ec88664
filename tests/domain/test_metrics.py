"""Rules 24 and 25: what a subscription is worth a month, and how that moves."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ciclo.domain.events.commands import (
    CancellationRequested,
    ChangeTiming,
    PlanChanged,
    SubscriptionPaused,
    SubscriptionResumed,
)
from ciclo.domain.metrics import MovementCause, mrr_of
from ciclo.domain.metrics.movement import commitment_of
from ciclo.domain.period import BillingCycle, start_of_day
from ciclo.domain.subscription import Status
from tests.builders import CUSTOMER, POLICY, SUBSCRIPTION, Story, terms

JAN_1, JAN_16, JAN_20, FEB_1 = date(2026, 1, 1), date(2026, 1, 16), date(2026, 1, 20), date(2026, 2, 1)
BASIC, PLUS = terms(2990, plan="basic"), terms(5990, plan="plus")
YEARLY = terms(29_900, plan="yearly", cycle=BillingCycle.ANNUAL)


def paid() -> Story:
    return Story(JAN_1, of=BASIC).start().pay(at=JAN_1)


def past_due() -> Story:
    return paid().until(FEB_1).decline(at=start_of_day(FEB_1, POLICY.timezone))


def suspended() -> Story:
    story = past_due()
    for days in range(1, 9):
        day = FEB_1 + timedelta(days=days)
        story.until(day)
        if story.payment().in_flight:
            story.decline(at=start_of_day(day, POLICY.timezone))
    return story.until(date(2026, 2, 9))


@pytest.mark.parametrize(
    ("story", "status", "worth"),
    [
        (Story(JAN_1, of=BASIC).start(), Status.PENDING, 0),
        (Story(JAN_1, of=BASIC, trial_days=7).start(), Status.TRIALING, 0),
        (paid(), Status.ACTIVE, 2990),
        (paid().tell(CancellationRequested(), at=JAN_16), Status.ACTIVE, 2990),
        (past_due(), Status.PAST_DUE, 2990),
        (suspended(), Status.SUSPENDED, 0),
        (paid().tell(SubscriptionPaused(), at=JAN_16), Status.PAUSED, 0),
        (paid().tell(CancellationRequested(immediately=True), at=JAN_16), Status.CANCELLED, 0),
        # 29900/12 = 2491.67, tax not counted
        (
            Story(JAN_1, of=YEARLY, policy=replace(POLICY, tax_basis_points=1000)).start().pay(at=JAN_1),
            Status.ACTIVE,
            2492,
        ),
        # A change that waits does not count yet
        (
            paid().tell(PlanChanged(terms=PLUS, timing=ChangeTiming.PERIOD_END), at=JAN_16),
            Status.ACTIVE,
            2990,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_in_service_counts(story: Story, status: Status, worth: int) -> None:
    assert (story.subscription.status, mrr_of(story.subscription)) == (status, worth)


def moved(story: Story) -> tuple[MovementCause, date, int, int] | None:
    one = story.last.movement
    return None if one is None else (one.cause, one.on, one.before, one.after)


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        (paid(), (MovementCause.STARTED, JAN_1, 0, 2990)),
        (
            Story(JAN_1, of=BASIC, trial_days=7).start().until(date(2026, 1, 8)).pay(at=date(2026, 1, 8)),
            (MovementCause.STARTED, date(2026, 1, 8), 0, 2990),
        ),
        # Nothing counts before the first payment
        (Story(JAN_1, of=BASIC, trial_days=7).start().until(date(2026, 1, 8)), None),
        (Story(JAN_1, of=BASIC).start().decline(at=JAN_1), None),
        (
            paid().tell(PlanChanged(terms=PLUS), at=JAN_16).pay(at=JAN_16),
            (MovementCause.CHANGED, JAN_16, 2990, 5990),
        ),
        # Asked for on Jan 16 and paid on Jan 20: nothing moves before
        (paid().tell(PlanChanged(terms=PLUS), at=JAN_16), None),
        (
            paid().tell(PlanChanged(terms=PLUS), at=JAN_16).pay(at=JAN_20),
            (MovementCause.CHANGED, JAN_20, 2990, 5990),
        ),
        # To a year for 29900: a contraction, when it takes effect
        (
            paid().tell(PlanChanged(terms=YEARLY, timing=ChangeTiming.PERIOD_END), at=JAN_16).until(FEB_1),
            (MovementCause.CHANGED, FEB_1, 2990, 2492),
        ),
        (
            paid().tell(SubscriptionPaused(), at=JAN_16),
            (MovementCause.PAUSED, JAN_16, 2990, 0),
        ),
        (
            paid().tell(SubscriptionPaused(), at=JAN_16).tell(SubscriptionResumed(), at=JAN_20),
            (MovementCause.RESUMED, JAN_20, 0, 2990),
        ),
        (
            paid().tell(CancellationRequested(immediately=True), at=JAN_16),
            (MovementCause.ENDED, JAN_16, 2990, 0),
        ),
        (
            paid().tell(CancellationRequested(), at=JAN_16).until(FEB_1),
            (MovementCause.ENDED, FEB_1, 2990, 0),
        ),
        (suspended(), (MovementCause.ENDED, date(2026, 2, 8), 2990, 0)),
        (
            suspended().pay(at=date(2026, 2, 10)),
            (MovementCause.RECOVERED, date(2026, 2, 10), 0, 2990),
        ),
    ],
)
def test_a_movement_is_dated_when_it_takes_effect(
    story: Story, expected: tuple[MovementCause, date, int, int] | None
) -> None:
    assert moved(story) == expected


@pytest.mark.parametrize(
    ("story", "stays"),
    [
        pytest.param(paid(), 2990, id="nothing is planned"),
        pytest.param(paid().tell(CancellationRequested(), at=JAN_16), 0, id="to end"),
        pytest.param(paid().tell(SubscriptionPaused(at_period_end=True), at=JAN_16), 0, id="to be paused"),
        pytest.param(
            paid().tell(PlanChanged(terms=terms(1990, plan="mini")), at=JAN_16), 1990, id="to shrink"
        ),
        pytest.param(
            paid().tell(PlanChanged(terms=PLUS, timing=ChangeTiming.PERIOD_END), at=JAN_16),
            2990,
            id="to grow, which does not count yet",
        ),
        pytest.param(paid().tell(PlanChanged(terms=PLUS), at=JAN_16), 2990, id="to grow once it is paid"),
        pytest.param(
            Story(JAN_1, of=BASIC, trial_days=7).start().tell(CancellationRequested(), at=JAN_1),
            0,
            id="a trial earns nothing",
        ),
    ],
)
def test_committed_is_what_is_not_set_to_end_or_shrink(story: Story, stays: int) -> None:
    assert commitment_of(story.subscription) == stays


def test_a_movement_names_who_moved_and_between_which_plans() -> None:
    story = paid().tell(PlanChanged(terms=PLUS), at=JAN_16).pay(at=JAN_16)

    movement = story.last.movement
    assert movement is not None
    assert movement == replace(
        movement,
        subscription_id=SUBSCRIPTION,
        customer_id=CUSTOMER,
        plan_id=PLUS.plan_id,
        previous_plan_id=BASIC.plan_id,
        currency="BRL",
        on=JAN_16,
        before=2990,
        after=5990,
        cause=MovementCause.CHANGED,
    )


def test_a_change_of_plan_at_the_same_price_moves_between_plans() -> None:
    story = paid().tell(PlanChanged(terms=terms(2990, plan="other")), at=JAN_16)

    assert moved(story) == (MovementCause.CHANGED, JAN_16, 2990, 2990)


@pytest.mark.parametrize(
    "story",
    [
        past_due(),
        past_due().pay(at=date(2026, 2, 2)),
        paid().tell(CancellationRequested(), at=JAN_16),
        paid().until(FEB_1),
        Story(JAN_1, of=BASIC, trial_days=7).start().tell(PlanChanged(terms=PLUS), at=JAN_1),
        paid().tell(SubscriptionPaused(), at=JAN_16).tell(CancellationRequested(), at=JAN_20),
    ],
    ids=["failed", "recovered in grace", "to be cancelled", "renewed", "changed in trial", "left in a pause"],
)
def test_what_changes_no_revenue_is_no_movement(story: Story) -> None:
    assert moved(story) is None
