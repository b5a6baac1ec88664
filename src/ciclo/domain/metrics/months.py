"""Months: the rows of a report, calendar months of the seller that a window touches."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from ciclo.domain.errors.general import InvalidValue, LimitExceeded
from ciclo.domain.period import BillingCycle, Period, boundary

MONTHS_MAX: Final = 60
"""Months of one report: five years."""

DAY_MIN: Final = date(1970, 1, 1)
DAY_MAX: Final = date(2999, 12, 31)
"""The days that a report may be about: every instant on them exists in every time zone."""


def months_of(window: Period) -> tuple[Period, ...]:
    """Return the calendar months of *window*, the first and the last cut to it.

    Raises:
        InvalidValue: the window is empty, or outside DAY_MIN to DAY_MAX.
        LimitExceeded: it touches more than MONTHS_MAX months.
    """
    if window.start >= window.end:
        raise InvalidValue("endDate must not be before startDate").at("end_date")
    if window.start < DAY_MIN or window.end > DAY_MAX:
        raise InvalidValue(f"a report is about days from {DAY_MIN} to {DAY_MAX}").at("start_date")
    touched = whole_months(window)
    if len(touched) > MONTHS_MAX:
        raise LimitExceeded(f"a report has at most {MONTHS_MAX} months; this window touches {len(touched)}")
    return tuple(Period(max(month.start, window.start), min(month.end, window.end)) for month in touched)


def whole_months(window: Period) -> tuple[Period, ...]:
    """Return the calendar months that *window* touches, whole, however many they are."""
    first, last = first_of_month(window.start), window.end - timedelta(days=1)
    number = (last.year - first.year) * 12 + last.month - first.month + 1
    starts = [boundary(first, BillingCycle.MONTHLY, place) for place in range(number + 1)]
    return tuple(Period(start, end) for start, end in pairwise(starts))


def last_months(day: date, number: int) -> Period:
    """Return the window of a *number* of whole months of which the last one is that of *day*."""
    this = first_of_month(day)
    return Period(boundary(this, BillingCycle.MONTHLY, 1 - number), boundary(this, BillingCycle.MONTHLY, 1))


def whole_month(day: date) -> Period:
    """Return the calendar month of *day*."""
    start = first_of_month(day)
    return Period(start, boundary(start, BillingCycle.MONTHLY, 1))


def first_of_month(day: date) -> date:
    """Return the first day of the month of *day*."""
    return day.replace(day=1)
