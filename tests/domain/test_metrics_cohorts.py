"""Cohorts: who first paid in a month, and what is left of them."""

from datetime import date
from fractions import Fraction

from ciclo.domain.metrics.cohorts import Cohort, CohortMonth, build_cohorts
from ciclo.domain.metrics.months import whole_month
from ciclo.domain.period import Period
from tests.domain.movements import CHANGED, ENDED, PAUSED, PLUS, RESUMED, STARTED, Step, counted, life

JANUARY, FEBRUARY, MARCH = (whole_month(date(2026, month, 1)) for month in (1, 2, 3))
WINDOW = Period(JANUARY.start, MARCH.end)

# Stays and grows: 2990, from February 5990
ANA = life(Step(date(2026, 1, 5), STARTED, 2990), Step(date(2026, 2, 10), CHANGED, 5990, PLUS))
# Away at the end of February, for good from March on
BIA = life(
    Step(date(2026, 1, 10), STARTED, 5990, PLUS),
    Step(date(2026, 2, 12), PAUSED, 0, PLUS),
    Step(date(2026, 3, 2), RESUMED, 5990, PLUS),
    Step(date(2026, 3, 20), ENDED, 0, PLUS),
)
# Leaves within the first month, comes back in March: still one of January's
CAIO = [
    *life(Step(date(2026, 1, 15), STARTED, 1000), Step(date(2026, 1, 20), ENDED, 0)),
    *life(Step(date(2026, 3, 5), STARTED, 2000), name="again"),
]
DAVI = life(Step(date(2026, 3, 3), STARTED, 2663))


def cohorts_of_everybody() -> list[Cohort]:
    periods, _, sums = counted([ANA, BIA, CAIO, DAVI], WINDOW)
    return build_cohorts(periods, sums)


def test_a_cohort_is_followed_by_customers_and_by_mrr() -> None:
    january = cohorts_of_everybody()[0]

    assert january == Cohort(
        month=JANUARY,
        customers=3,
        mrr=9980,  # 2990 + 5990 + 1000
        retained=(
            CohortMonth(
                month=JANUARY,
                customers=2,
                mrr=8980,  # without Caio
                customer_retention=Fraction(2, 3),
                mrr_retention=Fraction(8980, 9980),
            ),
            CohortMonth(
                month=FEBRUARY,
                customers=1,
                mrr=5990,  # Ana alone
                customer_retention=Fraction(1, 3),
                mrr_retention=Fraction(5990, 9980),
            ),
            CohortMonth(
                month=MARCH,
                customers=2,
                mrr=7990,  # Ana 5990, Caio 2000
                customer_retention=Fraction(2, 3),
                mrr_retention=Fraction(7990, 9980),
            ),
        ),
    )


def test_a_month_in_which_nobody_began_has_its_row() -> None:
    february = cohorts_of_everybody()[1]

    nothing = [
        CohortMonth(month=month, customers=0, mrr=0, customer_retention=None, mrr_retention=None)
        for month in (FEBRUARY, MARCH)
    ]
    assert february == Cohort(month=FEBRUARY, customers=0, mrr=0, retained=tuple(nothing))


def test_the_newest_cohort_has_one_month_yet() -> None:
    march = cohorts_of_everybody()[2]

    [only] = march.retained
    assert (march.customers, march.mrr) == (1, 2663)
    assert only == CohortMonth(
        month=MARCH,
        customers=1,
        mrr=2663,
        customer_retention=Fraction(1),
        mrr_retention=Fraction(1),
    )


def test_retained_mrr_may_be_more_than_a_cohort_began_with() -> None:
    periods, _, sums = counted([ANA], WINDOW)

    [began, *_] = build_cohorts(periods, sums)

    assert [one.mrr_retention for one in began.retained] == [
        Fraction(1),
        Fraction(5990, 2990),
        Fraction(5990, 2990),
    ]
