"""Billing dates: cycles, anchors, half-open periods and the seller's calendar.

Source: billing rules 1 to 5, 33.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from ciclo.domain.errors.general import InvalidValue


class BillingCycle(StrEnum):
    """How often a plan is billed."""

    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    SEMIANNUAL = "SEMIANNUAL"
    ANNUAL = "ANNUAL"

    @property
    def months(self) -> int:
        """Return the length of the cycle in calendar months."""
        return _MONTHS[self]


_MONTHS = {
    BillingCycle.MONTHLY: 1,
    BillingCycle.QUARTERLY: 3,
    BillingCycle.SEMIANNUAL: 6,
    BillingCycle.ANNUAL: 12,
}


@dataclass(frozen=True, slots=True)
class Period:
    """Local dates [start, end): the end of one period is the start of the next."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """Return the number of days of service."""
        return (self.end - self.start).days

    def from_day(self, day: date) -> "Period":
        """Return the part of this period from *day* on; nothing is left at or after its end."""
        return Period(min(max(day, self.start), self.end), self.end)


class FirstPeriod(StrEnum):
    """What the days before the first boundary cost, where they are less than a full period (rule 33)."""

    PRORATED = "PRORATED"
    FREE = "FREE"
    FULL = "FULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenAnchor:
    """Where boundaries are to be: on a day of the month, or counted from a date (rule 33)."""

    day: int | None = None
    on: date | None = None
    first_period: FirstPeriod = FirstPeriod.PRORATED


BILLING_DAY_MAX: Final = 31

LEAP_YEARS_APART_MAX: Final = 8
"""Years from one leap year to the next, where a century's end is none."""


def boundary(anchor: date, cycle: BillingCycle, count: int) -> date:
    """Return the date *count* cycles after *anchor*, always computed from the anchor.

    The day is the anchor's, or the month's last one if it is shorter: Jan 31, Feb 28, Mar 31.
    """
    return _day_of_month(_month(anchor) + count * cycle.months, anchor.day)


def anchor_of_day(day: int, *, start: date, cycle: BillingCycle) -> date:
    """Return an anchor whose boundaries are the first *day* of a month from *start* on, and each cycle after.

    It is in the first month with a boundary that has that day, or the latest day there is: boundaries of
    the 31st from Feb 28 on are counted from a month of 31 days. So it may come after the first of them.
    """
    first = _month(start)
    if _day_of_month(first, day) < start:
        first += 1
    months = range(first, first + 12 * LEAP_YEARS_APART_MAX + 1, cycle.months)
    return max((_day_of_month(month, day) for month in months), key=lambda found: found.day)


def first_anchor(chosen: ChosenAnchor | None, *, start: date, cycle: BillingCycle) -> date:
    """Return the anchor of service that begins on *start*: what was chosen, or that day itself (rule 3)."""
    if chosen is None:
        return start
    if chosen.day is not None:
        return anchor_of_day(chosen.day, start=start, cycle=cycle)
    return chosen.on or start


def period_containing(anchor: date, cycle: BillingCycle, day: date) -> Period:
    """Return the anchor-aligned period that *day* belongs to."""
    months_apart = (day.year - anchor.year) * 12 + day.month - anchor.month
    count = months_apart // cycle.months
    # Within the boundary's own month the day decides which side of it *day* is on.
    if boundary(anchor, cycle, count) > day:
        count -= 1
    return Period(boundary(anchor, cycle, count), boundary(anchor, cycle, count + 1))


def _month(day: date) -> int:
    """Return the number of a month, counted through all years."""
    return day.year * 12 + day.month - 1


def _day_of_month(month: int, day: int) -> date:
    """Return that day of a month counted by `_month`, or its last one if it is shorter."""
    year, place = divmod(month, 12)
    return date(year, place + 1, min(day, monthrange(year, place + 1)[1]))


def day_after(day: date) -> date:
    """Return the day after *day*: where a window ends that includes it.

    Raises:
        InvalidValue: there is none in the calendar.
    """
    if day == date.max:
        raise InvalidValue("the day is too far ahead").at("end_date")
    return day + timedelta(days=1)


def local_date(instant: datetime, timezone: str) -> date:
    """Return the seller's calendar date at *instant*."""
    return instant.astimezone(_zone(timezone)).date()


def start_of_day(day: date, timezone: str) -> datetime:
    """Return the UTC instant at which *day* begins for the seller.

    A midnight that daylight saving skips does not exist; the instant is then the first one after it.
    """
    return datetime(day.year, day.month, day.day, tzinfo=_zone(timezone)).astimezone(UTC)


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
