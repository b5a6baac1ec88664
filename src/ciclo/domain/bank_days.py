"""Banking days: on which days banks settle payments, by country (rule 30)."""

from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final


class BankingDays(StrEnum):
    """Whose banking days count. NONE: every day is one."""

    NONE = "NONE"
    BR = "BR"


_DAYS_CLOSED_MAX: Final = 10
"""More days than banks are ever closed in a row, anywhere that we know."""

_SATURDAY: Final = 5

_BR_FIXED: Final = ((1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (12, 25))
"""National holidays on the same day every year, as month and day (Leis 662/1949, 6.802/1980, 10.607/2002)."""

_BR_FROM_EASTER: Final = (-48, -47, -2, 60)
"""Days from Easter: Carnival's Monday and Tuesday, Good Friday, Corpus Christi (Resolução CMN 4.880/2020)."""

_BR_BLACK_CONSCIOUSNESS_SINCE: Final = 2024
"""The first year in which 20 November is a national holiday (Lei 14.759/2023)."""


_BR_TIMEZONES: Final = frozenset(
    f"America/{city}"
    for city in (
        "Araguaina",
        "Bahia",
        "Belem",
        "Boa_Vista",
        "Campo_Grande",
        "Cuiaba",
        "Eirunepe",
        "Fortaleza",
        "Maceio",
        "Manaus",
        "Noronha",
        "Porto_Acre",
        "Porto_Velho",
        "Recife",
        "Rio_Branco",
        "Santarem",
        "Sao_Paulo",
    )
)


def local_banking_days(timezone: str) -> BankingDays:
    """Return whose banking days a seller in *timezone* has, as far as we know them."""
    return BankingDays.BR if timezone in _BR_TIMEZONES else BankingDays.NONE


def is_banking_day(day: date, country: BankingDays) -> bool:
    """Say whether banks of *country* settle payments on *day*."""
    if country is BankingDays.NONE:
        return True
    return day.weekday() < _SATURDAY and day not in holidays(day.year)


def add_business_days(day: date, count: int, country: BankingDays) -> date:
    """Return the day *count* banking days after *day*, or days from Monday to Friday where none are known."""
    for _ in range(count):
        day = banking_day_from(day + timedelta(days=1), country)
        while day.weekday() >= _SATURDAY:
            day += timedelta(days=1)
    return day


def banking_day_from(day: date, country: BankingDays) -> date:
    """Return *day*, or the next banking day after it where banks are closed on it."""
    days = (day + timedelta(days=ahead) for ahead in range(_DAYS_CLOSED_MAX))
    return next(ahead for ahead in days if is_banking_day(ahead, country))


def add_banking_days(day: date, count: int, country: BankingDays) -> date:
    """Return the banking day *count* banking days after *day*; 0 is *day* itself, open or closed."""
    for _ in range(count):
        day = banking_day_from(day + timedelta(days=1), country)
    return day


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[date]:
    """Return the national bank holidays of Brazil in *year*, those on a weekend too."""
    fixed = {date(year, month, day) for month, day in _BR_FIXED}
    easter = easter_sunday(year)
    movable = {easter + timedelta(days=days) for days in _BR_FROM_EASTER}
    since = {date(year, 11, 20)} if year >= _BR_BLACK_CONSCIOUSNESS_SINCE else set()
    return frozenset(fixed | movable | since)


def easter_sunday(year: int) -> date:
    """Return Easter Sunday in the Gregorian calendar.

    Source: the anonymous algorithm of Meeus, Jones and Butcher ("Nature", 20 April 1876).
    """
    century, in_century = divmod(year, 100)
    leaps, rest = divmod(century, 4)
    shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * (year % 19) + century - leaps - shift + 15) % 30
    weekday = (32 + 2 * rest + 2 * (in_century // 4) - epact - in_century % 4) % 7
    late = (year % 19 + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
