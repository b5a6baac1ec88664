"""Billing dates: cycles, anchors, half-open periods and the seller's calendar.

Source: billing rules 1 to 5.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo


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


def boundary(anchor: date, cycle: BillingCycle, count: int) -> date:
    """Return the date *count* cycles after *anchor*, always computed from the anchor.

    The day is the anchor's, or the month's last one if it is shorter: Jan 31, Feb 28, Mar 31.
    """
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + count * cycle.months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def period_containing(anchor: date, cycle: BillingCycle, day: date) -> Period:
    """Return the anchor-aligned period that *day* belongs to."""
    months_apart = (day.year - anchor.year) * 12 + day.month - anchor.month
    count = months_apart // cycle.months
    # Within the boundary's own month the day decides which side of it *day* is on.
    if boundary(anchor, cycle, count) > day:
        count -= 1
    return Period(boundary(anchor, cycle, count), boundary(anchor, cycle, count + 1))


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
