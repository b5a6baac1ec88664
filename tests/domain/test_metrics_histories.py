"""Random histories: in every month the movements lead from the MRR at its start to that at its end."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import chain, pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from ciclo.domain.ids import PlanId
from ciclo.domain.metrics import Movement, MovementCause, mrr_of
from ciclo.domain.metrics.cohorts import build_cohorts
from ciclo.domain.metrics.customer_movements import MovementKind
from ciclo.domain.metrics.months import whole_month
from ciclo.domain.metrics.revenue import PlanRevenue, Revenue, RevenueReport
from ciclo.domain.metrics.sums import EMPTY_SNAPSHOT
from ciclo.domain.period import Period
from tests.domain.movements import (
    BASIC,
    CHANGED,
    ENDED,
    PAUSED,
    PLUS,
    RESUMED,
    STARTED,
    STUDIO,
    Step,
    counted,
    life,
    movements_of,
    reported,
)
from tests.domain.test_histories import Life

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
CUT = Period(date(2026, 2, 10), date(2026, 9, 20))
EVER = Period(date(2025, 1, 1), date(2028, 12, 1))
"""Everything that SUBSCRIPTIONS can tell is within."""

ARRIVED = (MovementKind.NEW, MovementKind.REACTIVATION, MovementKind.RESUME)
LEFT = (MovementKind.CHURN, MovementKind.PAUSE)

STEPS = st.lists(
    st.tuples(
        # Mostly forward; news may also be late, and several things happen on one day.
        st.sampled_from([0, 0, 1, 9, 31, 64, -20]),
        st.sampled_from([2990, 5990, 2492, 1, 0]),
        st.sampled_from([BASIC, PLUS, STUDIO]),
    ),
    min_size=1,
    max_size=8,
)
SUBSCRIPTIONS = st.tuples(st.dates(date(2025, 11, 1), date(2026, 11, 30)), STEPS)
CUSTOMERS = st.lists(st.lists(SUBSCRIPTIONS, min_size=1, max_size=3), max_size=4)

Told = list[list[tuple[date, list[tuple[int, int, PlanId]]]]]


def lives(told: Told) -> list[list[list[Movement]]]:
    """Return the movements of each subscription of each customer."""
    return [[_life(on, steps, name=str(place)) for place, (on, steps) in enumerate(one)] for one in told]


def every(customer: list[list[Movement]]) -> list[Movement]:
    """Return the movements of all subscriptions of a customer."""
    return list(chain.from_iterable(customer))


def _life(on: date, told: list[tuple[int, int, PlanId]], *, name: str) -> list[Movement]:
    steps: list[Step] = []
    was, was_on, paused = 0, BASIC, False
    for days, worth, plan in told:
        # As the ledger does: nothing is written where nothing changes.
        if worth == was and (plan == was_on or not worth):
            continue
        on += timedelta(days=days)
        cause = _cause(was, worth, paused=paused, pauses=days % 2 == 1)
        steps.append(Step(on, cause, worth, plan))
        was, was_on, paused = worth, plan, cause is PAUSED
    return life(*steps, name=name)


def _cause(was: int, worth: int, *, paused: bool, pauses: bool) -> MovementCause:
    if was and worth:
        return CHANGED
    if worth:
        return RESUMED if paused else STARTED
    return PAUSED if pauses else ENDED


def worth_on(subscription: list[Movement], day: date) -> tuple[PlanId, int] | None:
    """Return what one subscription earns at the start of *day*, and on which plan.

    A movement takes effect on its day, or with the one before it where that is later.
    """
    worth, reached = None, date.min
    for one in subscription:
        reached = max(reached, one.on)
        if reached < day:
            worth = (one.plan_id, one.after) if one.after else None
    return worth


def plans_on(customers: list[list[list[Movement]]], day: date) -> dict[PlanId, int]:
    """Return the MRR of each plan at the start of *day*."""
    found = [worth_on(one, day) for customer in customers for one in customer]
    plans: Counter[PlanId] = Counter()
    for plan_id, worth in filter(None, found):
        plans[plan_id] += worth
    return dict(plans)


def check_identities(report: RevenueReport) -> None:
    """Check rule 25 in every month and over the window, for all together and for every plan."""
    for row in (*report.months, report.total):
        assert row.start + sum(row.moves.values()) == row.end
        assert all(row.moves.get(kind, 0) >= 0 for kind in (*ARRIVED, MovementKind.EXPANSION))
        assert all(row.moves.get(kind, 0) <= 0 for kind in (*LEFT, MovementKind.CONTRACTION))
        arrived = sum(row.customers.get(kind, 0) for kind in ARRIVED)
        left = sum(row.customers.get(kind, 0) for kind in LEFT)
        assert row.subscribers_at_start + arrived - left == row.subscribers
        for plan in row.plans:
            assert plan.start + sum(plan.moves.values()) + plan.transfers == plan.end
        check_sum(row, row.plans)
    for before, after in pairwise(report.months):
        assert (before.end, before.subscribers) == (after.start, after.subscribers_at_start)


def check_sum(row: Revenue, plans: Sequence[PlanRevenue]) -> None:
    """Check that the plans' parts add up to the whole, figure by figure."""
    assert sum(plan.transfers for plan in plans) == 0
    assert sum(plan.start for plan in plans) == row.start
    assert sum(plan.end for plan in plans) == row.end
    assert sum(plan.subscriptions for plan in plans) == row.subscriptions
    for kind in MovementKind:
        assert sum(plan.moves.get(kind, 0) for plan in plans) == row.moves.get(kind, 0)


@given(CUSTOMERS)
def test_movements_lead_from_the_start_to_the_end_of_every_month(told: Told) -> None:
    customers = lives(told)

    for window in (YEAR, CUT):
        report = reported([every(one) for one in customers], window)
        check_identities(report)
        for row in report.months:
            ends = {plan.plan_id: plan.end for plan in row.plans if plan.end}
            assert ends == plans_on(customers, row.period.end)
            paying = [one for one in customers if plans_on([one], row.period.end)]
            assert row.subscribers == len(paying)
            found = [worth_on(one, row.period.end) for customer in customers for one in customer]
            assert row.subscriptions == len([one for one in found if one])


@given(CUSTOMERS, st.randoms(use_true_random=False))
def test_a_report_does_not_depend_on_the_order_of_events(told: Told, chance: Random) -> None:
    customers = [every(one) for one in lives(told)]
    mixed = [chance.sample(one, len(one)) for one in customers]
    chance.shuffle(mixed)

    assert reported(mixed, YEAR) == reported(customers, YEAR)


@given(CUSTOMERS)
def test_what_is_left_of_all_cohorts_is_all_there_is(told: Told) -> None:
    customers = lives(told)
    periods, opening, sums = counted([every(one) for one in customers], EVER)

    found = build_cohorts(periods, sums)

    assert opening == EMPTY_SNAPSHOT
    for place, period in enumerate(periods):
        left = [one.retained[place - began] for began, one in enumerate(found[: place + 1])]
        assert sum(one.mrr for one in left) == sum(plans_on(customers, period.end).values())
        assert sum(one.customers for one in left) == len(
            [one for one in customers if plans_on([one], period.end)]
        )


class Worth(Life):
    """One subscription through anything that can happen to it, as a report sees it."""

    def teardown(self) -> None:
        if not hasattr(self, "life"):
            return
        movements = movements_of(self.life.story)
        days = [one.on for one in movements] or [date(2028, 1, 1)]
        window = Period(whole_month(min(days)).start, whole_month(max(days)).end)
        report = reported([movements], window)
        check_identities(report)
        assert report.total.start == 0
        assert report.total.end == mrr_of(self.life.account.subscription)
        assert reported([reversed(movements)], window) == report


TestWorth = Worth.TestCase
TestWorth.settings = settings(stateful_step_count=40, max_examples=60, report_multiple_bugs=False)
