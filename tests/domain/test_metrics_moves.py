"""Rule 25: what each day did to a customer's MRR, all their subscriptions together."""

from datetime import date
from itertools import permutations

import pytest

from ciclo.domain.metrics import Movement
from ciclo.domain.metrics.customer_movements import CustomerMovement, MovementKind, customer_movements_of
from tests.domain.movements import (
    BASIC,
    CHANGED,
    ENDED,
    PAUSED,
    PLUS,
    RECOVERED,
    RESUMED,
    STARTED,
    STUDIO,
    Step,
    life,
)

DAY_1, DAY_2, DAY_3, DAY_4, DAY_5 = (date(2026, 1, day) for day in range(1, 6))

ONE = Step(DAY_1, STARTED, 2990)


def kinds(movements: list[Movement]) -> list[tuple[date, MovementKind | None, int, int]]:
    return [(one.on, one.kind, one.before, one.after) for one in customer_movements_of(movements)]


@pytest.mark.parametrize(
    ("movements", "expected"),
    [
        (life(ONE), [(DAY_1, MovementKind.NEW, 0, 2990)]),
        (
            life(ONE, Step(DAY_2, CHANGED, 5990, PLUS), Step(DAY_3, CHANGED, 2492, STUDIO)),
            [
                (DAY_1, MovementKind.NEW, 0, 2990),
                (DAY_2, MovementKind.EXPANSION, 2990, 5990),
                (DAY_3, MovementKind.CONTRACTION, 5990, 2492),
            ],
        ),
        (
            life(ONE, Step(DAY_2, PAUSED, 0), Step(DAY_3, RESUMED, 2990)),
            [
                (DAY_1, MovementKind.NEW, 0, 2990),
                (DAY_2, MovementKind.PAUSE, 2990, 0),
                (DAY_3, MovementKind.RESUME, 0, 2990),
            ],
        ),
        # Suspended for not paying, and recovered
        (
            life(ONE, Step(DAY_2, ENDED, 0), Step(DAY_3, RECOVERED, 2990)),
            [
                (DAY_1, MovementKind.NEW, 0, 2990),
                (DAY_2, MovementKind.CHURN, 2990, 0),
                (DAY_3, MovementKind.REACTIVATION, 0, 2990),
            ],
        ),
        # Cancelled, and back with another subscription
        (
            [*life(ONE, Step(DAY_2, ENDED, 0)), *life(Step(DAY_4, STARTED, 5990, PLUS), name="two")],
            [
                (DAY_1, MovementKind.NEW, 0, 2990),
                (DAY_2, MovementKind.CHURN, 2990, 0),
                (DAY_4, MovementKind.REACTIVATION, 0, 5990),
            ],
        ),
        # A free plan earns nothing
        (
            life(ONE, Step(DAY_2, CHANGED, 0, PLUS), Step(DAY_3, CHANGED, 5990, STUDIO)),
            [
                (DAY_1, MovementKind.NEW, 0, 2990),
                (DAY_2, MovementKind.CHURN, 2990, 0),
                (DAY_3, MovementKind.REACTIVATION, 0, 5990),
            ],
        ),
    ],
    ids=["new", "changes", "pause", "suspension", "cancelled and back", "free plan"],
)
def test_a_day_is_named_by_where_it_took_the_customer(
    movements: list[Movement], expected: list[tuple[date, MovementKind | None, int, int]]
) -> None:
    assert kinds(movements) == expected


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        # While the first goes on with 2990, the second only adds to it and takes from it.
        (
            [Step(DAY_2, STARTED, 5990, PLUS), Step(DAY_3, ENDED, 0, PLUS)],
            [(DAY_2, MovementKind.EXPANSION, 2990, 8980), (DAY_3, MovementKind.CONTRACTION, 8980, 2990)],
        ),
        (
            [
                Step(DAY_2, STARTED, 5990, PLUS),
                Step(DAY_3, PAUSED, 0, PLUS),
                Step(DAY_4, RESUMED, 5990, PLUS),
            ],
            [
                (DAY_2, MovementKind.EXPANSION, 2990, 8980),
                (DAY_3, MovementKind.CONTRACTION, 8980, 2990),
                (DAY_4, MovementKind.EXPANSION, 2990, 8980),
            ],
        ),
    ],
    ids=["ended", "paused"],
)
def test_a_second_subscription_expands_and_contracts(
    second: list[Step], expected: list[tuple[date, MovementKind | None, int, int]]
) -> None:
    assert kinds([*life(ONE), *life(*second, name="two")])[1:] == expected


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        # Who has a subscription in a pause is expected back.
        (Step(DAY_3, PAUSED, 0, PLUS), MovementKind.PAUSE),
        (Step(DAY_3, ENDED, 0, PLUS), MovementKind.CHURN),
    ],
)
def test_churn_is_when_the_last_subscription_ends(last: Step, kind: MovementKind) -> None:
    both = [
        *life(ONE, Step(DAY_3, ENDED, 0)),
        *life(Step(DAY_1, STARTED, 5990, PLUS), last, name="two"),
    ]

    assert kinds(both) == [(DAY_1, MovementKind.NEW, 0, 8980), (DAY_3, kind, 8980, 0)]


@pytest.mark.parametrize(
    ("movements", "expected"),
    [
        # Began and ended within a day: never revenue, so the next beginning is the first.
        (
            [*life(ONE, Step(DAY_1, ENDED, 0)), *life(Step(DAY_5, STARTED, 2990), name="two")],
            [(DAY_5, MovementKind.NEW, 0, 2990)],
        ),
        (
            life(ONE, Step(DAY_2, CHANGED, 5990, PLUS), Step(DAY_2, CHANGED, 2990)),
            [(DAY_1, MovementKind.NEW, 0, 2990)],
        ),
        # The news of a recovery on day 2 came after the suspension of day 4: it can't undo it earlier.
        (
            life(ONE, Step(DAY_4, ENDED, 0), Step(DAY_2, RECOVERED, 2990)),
            [(DAY_1, MovementKind.NEW, 0, 2990)],
        ),
        (
            life(ONE, Step(DAY_4, PAUSED, 0), Step(DAY_2, RESUMED, 2990), Step(DAY_5, ENDED, 0)),
            [(DAY_1, MovementKind.NEW, 0, 2990), (DAY_5, MovementKind.CHURN, 2990, 0)],
        ),
    ],
    ids=["began and ended", "changed and changed back", "late recovery", "late resume"],
)
def test_a_day_counts_by_its_two_ends(
    movements: list[Movement], expected: list[tuple[date, MovementKind | None, int, int]]
) -> None:
    assert kinds(movements) == expected


def test_an_upgrade_takes_along_what_the_old_plan_earned() -> None:
    upgrade = customer_movements_of(life(ONE, Step(DAY_2, CHANGED, 5990, PLUS)))[1]

    # 5990 - 2990 = 3000 is the expansion; 2990 only went from one plan to the other.
    assert upgrade == CustomerMovement(
        on=DAY_2,
        kind=MovementKind.EXPANSION,
        before=2990,
        after=5990,
        shares={PLUS: 3000},
        transfers={PLUS: 2990, BASIC: -2990},
        subscriptions={PLUS: 1, BASIC: -1},
    )


def test_plans_exchanged_at_one_price_are_a_move_without_a_kind() -> None:
    exchange = customer_movements_of(life(ONE, Step(DAY_2, CHANGED, 2990, PLUS)))[1]

    assert exchange == CustomerMovement(
        on=DAY_2,
        kind=None,
        before=2990,
        after=2990,
        shares={},
        transfers={PLUS: 2990, BASIC: -2990},
        subscriptions={PLUS: 1, BASIC: -1},
    )


def test_one_subscription_split_into_two_of_its_plan_moves_a_number_only() -> None:
    halves = life(Step(DAY_2, STARTED, 1495), name="two")
    split = customer_movements_of([*life(ONE, Step(DAY_2, CHANGED, 1495)), *halves])[1]

    assert split == CustomerMovement(
        on=DAY_2,
        kind=None,
        before=2990,
        after=2990,
        shares={},
        transfers={},
        subscriptions={BASIC: 1},
    )


def test_a_days_growth_is_parted_among_the_plans_that_grew() -> None:
    movements = [
        *life(Step(DAY_1, STARTED, 350, STUDIO), Step(DAY_2, ENDED, 0, STUDIO)),
        *life(Step(DAY_2, STARTED, 300), name="two"),
        *life(Step(DAY_2, STARTED, 150, PLUS), name="three"),
    ]

    # 300 + 150 - 350 = 100 in proportion: 100 x 300/450 = 66.67, 100 x 150/450 = 33.33.
    assert customer_movements_of(movements)[1] == CustomerMovement(
        on=DAY_2,
        kind=MovementKind.EXPANSION,
        before=350,
        after=450,
        shares={BASIC: 67, PLUS: 33},
        transfers={BASIC: 233, PLUS: 117, STUDIO: -350},
        subscriptions={BASIC: 1, PLUS: 1, STUDIO: -1},
    )


def test_movements_may_come_in_any_order() -> None:
    movements = [
        *life(ONE, Step(DAY_2, CHANGED, 5990, PLUS), Step(DAY_4, ENDED, 0, PLUS)),
        *life(Step(DAY_2, STARTED, 1000, STUDIO), Step(DAY_4, PAUSED, 0, STUDIO), name="two"),
    ]

    expected = customer_movements_of(movements)
    assert [one.kind for one in expected] == [MovementKind.NEW, MovementKind.EXPANSION, MovementKind.PAUSE]
    assert all(customer_movements_of(order) == expected for order in permutations(movements))
