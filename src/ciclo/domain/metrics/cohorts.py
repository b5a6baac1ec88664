"""Cohorts: customers by the month in which they first paid, and how many and how much stayed.

A customer belongs to the month of their NEW move: the first day that they ended with MRR. A cohort's
base is its number of customers and the MRR of their first days; each month is compared with it as it
ended. Month 0 is below 100 % where somebody left within the first month, and MRR may be above it:
expansion and reactivation count. Who is paused or suspended at a month's end is not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ciclo.domain.metrics.customer_movements import MovementKind
from ciclo.domain.metrics.sums import MovementSums
from ciclo.domain.period import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortMonth:
    """What is left of a cohort at the end of a month; MRR in minor units."""

    month: Period
    customers: int
    mrr: int
    customer_retention: Fraction | None
    """As a share of the cohort's customers; None if it has none."""
    mrr_retention: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The customers who first paid in a month, and what was left of them at the end of each month."""

    month: Period
    customers: int
    mrr: int
    """Of their first days, in minor units."""
    retained: tuple[CohortMonth, ...]
    """The cohort's own month first."""


def build_cohorts(months: Sequence[Period], sums: Sequence[MovementSums]) -> list[Cohort]:
    """Return the cohort of each of *months*, whole calendar months that follow each other.

    A month in which nobody began has its row too.
    """
    return [_cohort(months[place:], sums[place:]) for place in range(len(months))]


def _cohort(months: Sequence[Period], sums: Sequence[MovementSums]) -> Cohort:
    """Return the cohort of the first of *months*."""
    began = months[0].start
    customers, mrr = sums[0].customers[MovementKind.NEW], sums[0].moves[MovementKind.NEW]
    rows: list[CohortMonth] = []
    left = left_mrr = 0
    for month, cohort_month in zip(months, sums, strict=True):
        left += cohort_month.cohort_customers[began]
        left_mrr += cohort_month.cohort_mrr[began]
        rows.append(
            CohortMonth(
                month=month,
                customers=left,
                mrr=left_mrr,
                customer_retention=Fraction(left, customers) if customers else None,
                mrr_retention=Fraction(left_mrr, mrr) if mrr else None,
            )
        )
    return Cohort(month=months[0], customers=customers, mrr=mrr, retained=tuple(rows))
