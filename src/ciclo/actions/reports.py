"""Reports: a window becomes months, the store sums them up, the domain makes figures of the sums."""

from datetime import date, timedelta
from typing import Final

from ciclo.actions.dependencies import Deps
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.metrics.cash import cash_by_month
from ciclo.domain.metrics.cohorts import Cohort, build_cohorts
from ciclo.domain.metrics.months import months_of, whole_month
from ciclo.domain.metrics.revenue import RevenueReport, revenue_report, with_commitment
from ciclo.domain.money import exponent
from ciclo.domain.period import Period, local_date
from ciclo.store.reports.cash import cash_facts
from ciclo.store.reports.commitments import sum_set_to_go
from ciclo.store.reports.expected_cash import ExpectedCash, sum_expected_cash
from ciclo.store.reports.revenue import sums_of

EXPECTED_DAYS_MAX: Final = 92
"""How far ahead cash is looked for: a quarter."""


async def load_revenue_report(deps: Deps, *, window: Period, currency: str) -> RevenueReport:
    """Return the revenue of *window* by month; months that have not begun are left out.

    Raises:
        InvalidValue, LimitExceeded: the window is empty, lies ahead, or is too long.
        UnknownCurrency: Ciclo does not bill in *currency*.
    """
    exponent(currency)
    today = await _today(deps)
    periods = _begun(window, today)
    opening, sums = await sums_of(deps.store, currency, periods)
    facts = await cash_facts(deps.store, currency, periods, timezone=deps.policy.timezone)
    cash = cash_by_month(facts, months=len(periods))
    report = revenue_report(opening, periods=periods, sums=sums, cash=cash)
    return with_commitment(report, today=today, set_to_go=await sum_set_to_go(deps.store, currency))


async def load_cohorts(deps: Deps, *, window: Period, currency: str) -> list[Cohort]:
    """Return the cohorts of the calendar months that *window* touches; those to come are left out.

    Raises:
        InvalidValue, LimitExceeded, UnknownCurrency: see `revenue`.
    """
    exponent(currency)
    periods = [whole_month(month.start) for month in _begun(window, await _today(deps))]
    _, sums = await sums_of(deps.store, currency, periods)
    return build_cohorts(periods, sums)


async def load_expected_cash(deps: Deps, *, days: int, currency: str) -> tuple[date, ExpectedCash]:
    """Return today, and what is expected on it and on the days after it, a number of *days* in all.

    Raises:
        InvalidValue: the days are not between 1 and EXPECTED_DAYS_MAX.
        UnknownCurrency: Ciclo does not bill in *currency*.
    """
    exponent(currency)
    if not 1 <= days <= EXPECTED_DAYS_MAX:
        raise InvalidValue(f"days must be between 1 and {EXPECTED_DAYS_MAX}", field=("days",))
    today = await _today(deps)
    window = Period(today, today + timedelta(days=days))
    return today, await sum_expected_cash(deps.store, currency, window)


async def _today(deps: Deps) -> date:
    return local_date(await deps.clock.now(), deps.policy.timezone)


def _begun(window: Period, today: date) -> list[Period]:
    """Return the months of *window* that have begun on the seller's calendar."""
    periods = [month for month in months_of(window) if month.start <= today]
    if not periods:
        raise InvalidValue("startDate lies in the future").at("start_date")
    return periods
