"""Banking days in Brazil, held against a package that lists the holidays of the world."""

from datetime import date, timedelta

import holidays as reference
import pytest

from ciclo.domain.bank_days import (
    BankingDays,
    add_banking_days,
    banking_day_from,
    easter_sunday,
    holidays,
    is_banking_day,
    local_banking_days,
)

BR = BankingDays.BR
CARNIVAL = (timedelta(days=-48), timedelta(days=-47))
CORPUS_CHRISTI = timedelta(days=60)


@pytest.mark.parametrize("year", range(2003, 2101))
def test_national_holidays_are_those_that_the_package_lists(year: int) -> None:
    public = set(reference.country_holidays("BR", years=year))
    easter = easter_sunday(year)
    # Banks close on these, too; the package has them as optional, since offices may stay open.
    banks_only = {easter + days for days in (*CARNIVAL, CORPUS_CHRISTI)}

    assert holidays(year) == public | banks_only


def test_easter_is_the_sunday_that_everybody_keeps() -> None:
    years = range(1991, 2100)
    german = reference.country_holidays("DE", years=years)  # with Good Friday and Easter Monday

    for year in years:
        assert {easter_sunday(year) + timedelta(days=days) for days in (-2, 1)} <= set(german), year


@pytest.mark.parametrize(
    ("day", "banking_day"),
    [
        (date(2027, 2, 26), date(2027, 2, 26)),  # a Friday
        (date(2027, 2, 27), date(2027, 3, 1)),  # Saturday: Monday
        (date(2027, 2, 28), date(2027, 3, 1)),  # Sunday: Monday
        (date(2027, 2, 6), date(2027, 2, 10)),  # Carnival's weekend: Ash Wednesday
        (date(2026, 4, 3), date(2026, 4, 6)),  # Good Friday: Monday
        (date(2026, 12, 25), date(2026, 12, 28)),  # Christmas on a Friday
        (date(2026, 11, 20), date(2026, 11, 23)),  # a holiday since 2024
        (date(2023, 11, 20), date(2023, 11, 20)),  # not yet
    ],
)
def test_what_falls_on_a_day_without_banks_moves_to_the_next_with(day: date, banking_day: date) -> None:
    assert banking_day_from(day, BR) == banking_day


def test_without_a_country_every_day_is_a_banking_day() -> None:
    assert is_banking_day(date(2027, 2, 28), BankingDays.NONE)
    assert banking_day_from(date(2027, 2, 28), BankingDays.NONE) == date(2027, 2, 28)
    assert add_banking_days(date(2027, 2, 26), 3, BankingDays.NONE) == date(2027, 3, 1)


@pytest.mark.parametrize(
    ("day", "count", "then"),
    [
        (date(2027, 3, 1), 3, date(2027, 3, 4)),  # Monday to Thursday
        (date(2027, 3, 4), 3, date(2027, 3, 9)),  # Thursday over a weekend to Tuesday
        (date(2027, 2, 5), 1, date(2027, 2, 10)),  # over Carnival
        (date(2027, 2, 28), 0, date(2027, 2, 28)),
        (date(2027, 2, 28), 1, date(2027, 3, 1)),
    ],
)
def test_days_of_settlement_are_banking_days(day: date, count: int, then: date) -> None:
    assert add_banking_days(day, count, BR) == then


def test_banking_days_are_those_of_the_country_that_a_time_zone_is_of() -> None:
    assert local_banking_days("America/Sao_Paulo") is BR
    assert local_banking_days("Europe/Lisbon") is BankingDays.NONE
