"""What full periods cost with discounts, one after the other: what a preview says before anything is bought.

Source: billing rule 34.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from ciclo.domain.coupons.discount import COUNT_MAX, Discount, count_period
from ciclo.domain.coupons.discounted_lines import discount_lines
from ciclo.domain.invoice import Line
from ciclo.domain.period import Period
from ciclo.domain.plan import Terms
from ciclo.domain.policy import Policy
from ciclo.domain.proration import service_line


@dataclass(frozen=True, slots=True)
class Stretch:
    """Periods that cost the same, in minor units with tax; without a number all that follow."""

    periods: int | None
    amount: int


def price_periods(terms: Terms, discounts: Iterable[Discount], policy: Policy) -> tuple[Stretch, ...]:
    """Return what the full periods of a new subscription to *terms* cost, the last of them for ever."""
    amounts: list[int] = []
    discounts, day = tuple(discounts), date.min
    for _ in range(COUNT_MAX):
        if not any(one.left and one.offer.fits(terms) for one in discounts):
            break
        # Only which periods differ matters here, not when they are.
        period = _day(day)
        line = _full_line(terms, discounts, period, policy)
        amounts.append(line.total)
        carried = [one.id for one in line.discounts]
        months = terms.billing_cycle.months
        discounts, day = count_period(discounts, carried, until=period.end, months=months), period.end
    after = _full_line(terms, discounts, _day(day), policy).total
    return (*_stretches(amounts, after), Stretch(None, after))


def _day(day: date) -> Period:
    return Period(day, day + timedelta(days=1))


def _full_line(terms: Terms, discounts: tuple[Discount, ...], period: Period, policy: Policy) -> Line:
    line = service_line(terms, service=period, full=period, policy=policy)
    (discounted,) = discount_lines([line], discounts, terms=terms, until=period.end)
    return discounted


def _stretches(amounts: list[int], after: int) -> list[Stretch]:
    """Return *amounts* in stretches, without those at the end that are as what comes *after* is."""
    grouped = [Stretch(len(list(same)), amount) for amount, same in groupby(amounts)]
    return grouped[:-1] if grouped and grouped[-1].amount == after else grouped
