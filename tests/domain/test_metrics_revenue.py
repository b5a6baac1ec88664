"""Rules 24 to 26 in figures: a business small enough to be added up by hand."""

from datetime import date
from fractions import Fraction

from ciclo.domain.ids import PlanId
from ciclo.domain.metrics.cash import Cash
from ciclo.domain.metrics.customer_movements import MovementKind
from ciclo.domain.metrics.revenue import PlanRevenue, Revenue, with_commitment
from ciclo.domain.period import Period
from tests.domain.movements import (
    BASIC,
    CHANGED,
    ENDED,
    PAUSED,
    PLUS,
    RESUMED,
    STARTED,
    Step,
    life,
    reported,
)

YEARLY, QUARTERLY, MINI = PlanId("yearly"), PlanId("quarterly"), PlanId("mini")

FEBRUARY = Period(date(2026, 2, 1), date(2026, 3, 1))
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
BOTH = Period(date(2026, 2, 1), date(2026, 4, 1))

ANA = life(Step(date(2026, 1, 5), STARTED, 2990), Step(date(2026, 2, 10), CHANGED, 5990, PLUS))
BIA = life(
    Step(date(2026, 1, 10), STARTED, 5990, PLUS),
    Step(date(2026, 2, 12), PAUSED, 0, PLUS),
    Step(date(2026, 3, 2), RESUMED, 5990, PLUS),
)
# 29900 a year: 29900 / 12 = 2491.67
CAIO = [
    *life(Step(date(2026, 1, 15), STARTED, 2492, YEARLY), Step(date(2026, 2, 20), ENDED, 0, YEARLY)),
    *life(Step(date(2026, 3, 5), STARTED, 2990), name="again"),
]
# 7990 a quarter: 7990 / 3 = 2663.33
DAVI = life(Step(date(2026, 2, 3), STARTED, 2663, QUARTERLY), Step(date(2026, 3, 3), CHANGED, 1990, MINI))
BUSINESS = [ANA, BIA, CAIO, DAVI]

FEBRUARYS_CASH = Cash(collected=22_000, refunded=500, outstanding=1000, trials=4, trials_converted=3)
MARCHS_CASH = Cash(collected=11_000, refunded=0, outstanding=700, trials=0, trials_converted=0)


def figures(row: Revenue) -> dict[str, object]:
    return {
        "arr": row.arr,
        "customer churn": row.customer_churn,
        "gross churn": row.gross_revenue_churn,
        "net churn": row.net_revenue_churn,
        "retention": row.net_retention,
        "arpu": row.arpu,
        "ltv": row.ltv,
    }


def test_only_the_running_month_says_what_stays_of_its_revenue() -> None:
    report = with_commitment(reported(BUSINESS, BOTH), today=date(2026, 3, 10), set_to_go=1990)

    february, march = report.months
    assert (february.committed, march.committed) == (None, march.end - 1990)
    assert report.total.committed == march.committed


def test_a_month_adds_up() -> None:
    february = reported(BUSINESS, BOTH, cash=[FEBRUARYS_CASH, MARCHS_CASH]).months[0]

    # 2990 + 5990 + 2492 = 11472; 11472 + 2663 + 3000 - 2492 - 5990 = 8653
    assert february == Revenue(
        period=FEBRUARY,
        months=1,
        start=11_472,
        end=8653,
        moves={
            MovementKind.NEW: 2663,
            MovementKind.EXPANSION: 3000,
            MovementKind.CHURN: -2492,
            MovementKind.PAUSE: -5990,
        },
        subscribers_at_start=3,
        subscribers=2,
        customers={
            MovementKind.NEW: 1,
            MovementKind.EXPANSION: 1,
            MovementKind.CHURN: 1,
            MovementKind.PAUSE: 1,
        },
        subscriptions=2,
        plans=(
            PlanRevenue(plan_id=BASIC, start=2990, end=0, moves={}, transfers=-2990, subscriptions=0),
            # 5990 + 3000 - 5990 + 2990 = 5990
            PlanRevenue(
                plan_id=PLUS,
                start=5990,
                end=5990,
                moves={MovementKind.EXPANSION: 3000, MovementKind.PAUSE: -5990},
                transfers=2990,
                subscriptions=1,
            ),
            PlanRevenue(
                plan_id=QUARTERLY,
                start=0,
                end=2663,
                moves={MovementKind.NEW: 2663},
                transfers=0,
                subscriptions=1,
            ),
            PlanRevenue(
                plan_id=YEARLY,
                start=2492,
                end=0,
                moves={MovementKind.CHURN: -2492},
                transfers=0,
                subscriptions=0,
            ),
        ),
        cash=FEBRUARYS_CASH,
    )


def test_the_ratios_of_a_month_follow_from_its_sums() -> None:
    february = reported(BUSINESS, BOTH).months[0]

    assert figures(february) == {
        "arr": 103_836,  # 12 x 8653
        "customer churn": Fraction(1, 3),
        "gross churn": Fraction(2492, 11_472),
        "net churn": Fraction(-508, 11_472),  # 2492 - 3000
        "retention": Fraction(11_980, 11_472),
        "arpu": 4327,  # 8653 / 2 = 4326.5
        "ltv": 12_980,  # 4326.5 / (1/3) = 12979.5
    }


def test_who_comes_back_lowers_the_net_churn_and_who_resumes_does_not() -> None:
    march = reported(BUSINESS, BOTH).months[1]

    # 8653 + 5990 + 2990 - (2663 - 1990) = 16960
    assert (march.start, march.end, march.subscribers) == (8653, 16_960, 4)
    assert march.moves == {
        MovementKind.RESUME: 5990,
        MovementKind.REACTIVATION: 2990,
        MovementKind.CONTRACTION: -673,
    }
    assert figures(march) == {
        "arr": 203_520,
        "customer churn": Fraction(0),
        "gross churn": Fraction(673, 8653),
        "net churn": Fraction(-2317, 8653),  # 673 - 2990
        "retention": Fraction(10_970, 8653),
        "arpu": 4240,  # 16960 / 4
        "ltv": None,
    }


def test_the_whole_window_is_one_period_from_its_start_to_its_end() -> None:
    report = reported(BUSINESS, BOTH, cash=[FEBRUARYS_CASH, MARCHS_CASH])
    total = report.total

    assert (total.period, total.months) == (BOTH, 2)
    assert (total.start, total.end) == (report.months[0].start, report.months[1].end)
    assert total.moves == {
        MovementKind.NEW: 2663,
        MovementKind.EXPANSION: 3000,
        MovementKind.CONTRACTION: -673,
        MovementKind.CHURN: -2492,
        MovementKind.REACTIVATION: 2990,
        MovementKind.PAUSE: -5990,
        MovementKind.RESUME: 5990,
    }
    assert total.cash == Cash(collected=33_000, refunded=500, outstanding=700, trials=4, trials_converted=3)
    # One of three left in two months, so 1/6 a month: 16960 / 4 / (1/6) = 25440.
    assert (total.customer_churn, total.ltv) == (Fraction(1, 3), 25_440)


def test_a_plans_transfers_over_the_window_sum_up_to_nothing() -> None:
    total = reported(BUSINESS, BOTH).total

    # Ana took 2990 from basic to plus, Davi 1990 from quarterly to mini.
    assert {plan.plan_id: plan.transfers for plan in total.plans} == {
        BASIC: -2990,
        MINI: 1990,
        PLUS: 2990,
        QUARTERLY: -1990,
        YEARLY: 0,
    }
    assert {plan.plan_id: plan.end for plan in total.plans} == {
        BASIC: 2990,
        MINI: 1990,
        PLUS: 11_980,
        QUARTERLY: 0,
        YEARLY: 0,
    }


def test_without_customers_there_is_nothing_to_take_a_share_of() -> None:
    nothing = reported([], FEBRUARY).total

    assert (nothing.start, nothing.end, nothing.plans) == (0, 0, ())
    assert figures(nothing) == {
        "arr": 0,
        "customer churn": None,
        "gross churn": None,
        "net churn": None,
        "retention": None,
        "arpu": None,
        "ltv": None,
    }


def test_who_comes_and_goes_within_a_month_churned_from_nobody() -> None:
    fleeting = life(Step(date(2026, 2, 3), STARTED, 2990), Step(date(2026, 2, 9), ENDED, 0))

    row = reported([fleeting], FEBRUARY).total

    assert row.moves == {MovementKind.NEW: 2990, MovementKind.CHURN: -2990}
    assert (row.customers, row.customer_churn, row.ltv) == (
        {MovementKind.NEW: 1, MovementKind.CHURN: 1},
        None,
        None,
    )


def test_what_happens_outside_the_window_is_not_in_it() -> None:
    only_march = reported(BUSINESS, MARCH).total

    assert only_march == reported(BUSINESS, BOTH).months[1]
