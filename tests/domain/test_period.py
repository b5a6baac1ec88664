"""Rules 1 to 5: cycles, anchors, periods and the seller's calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.period import (
    BillingCycle,
    Period,
    boundary,
    day_after,
    local_date,
    period_containing,
    start_of_day,
)

MONTHLY, QUARTERLY, SEMIANNUAL, ANNUAL = BillingCycle

ANCHORS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
CYCLES = st.sampled_from(BillingCycle)


@pytest.mark.parametrize(("cycle", "months"), [(MONTHLY, 1), (QUARTERLY, 3), (SEMIANNUAL, 6), (ANNUAL, 12)])
def test_a_cycle_is_counted_in_calendar_months(cycle: BillingCycle, months: int) -> None:
    assert cycle.months == months


@pytest.mark.parametrize(
    ("anchor", "cycle", "boundaries"),
    [
        # Always from the anchor: the short month does not shorten those after it
        (
            date(2026, 1, 31),
            MONTHLY,
            [
                date(2026, 1, 31),
                date(2026, 2, 28),
                date(2026, 3, 31),
                date(2026, 4, 30),
                date(2026, 5, 31),
            ],
        ),
        # Through a leap February
        (
            date(2027, 12, 31),
            MONTHLY,
            [date(2027, 12, 31), date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31)],
        ),
        (
            date(2026, 1, 30),
            MONTHLY,
            [date(2026, 1, 30), date(2026, 2, 28), date(2026, 3, 30)],
        ),
        (
            date(2028, 1, 29),
            MONTHLY,
            [date(2028, 1, 29), date(2028, 2, 29), date(2028, 3, 29)],
        ),
        # A start on Feb 28 anchors on 28, in a leap year too
        (
            date(2026, 2, 28),
            MONTHLY,
            [date(2026, 2, 28), date(2026, 3, 28), date(2026, 4, 28)],
        ),
        (date(2028, 2, 28), ANNUAL, [date(2028, 2, 28), date(2029, 2, 28), date(2030, 2, 28)]),
        # Over the turn of the year
        (
            date(2026, 11, 15),
            MONTHLY,
            [date(2026, 11, 15), date(2026, 12, 15), date(2027, 1, 15)],
        ),
        (
            date(2026, 1, 31),
            QUARTERLY,
            [date(2026, 1, 31), date(2026, 4, 30), date(2026, 7, 31), date(2026, 10, 31)],
        ),
        (
            date(2026, 8, 31),
            SEMIANNUAL,
            [date(2026, 8, 31), date(2027, 2, 28), date(2027, 8, 31), date(2028, 2, 29)],
        ),
        # Feb 29 yearly: Feb 28, and back to Feb 29
        (
            date(2024, 2, 29),
            ANNUAL,
            [
                date(2024, 2, 29),
                date(2025, 2, 28),
                date(2026, 2, 28),
                date(2027, 2, 28),
                date(2028, 2, 29),
            ],
        ),
        # 2100 is no leap year
        (date(2096, 2, 29), ANNUAL, [date(2096, 2, 29), date(2097, 2, 28)]),
    ],
)
def test_boundaries_are_counted_from_the_anchor(
    anchor: date, cycle: BillingCycle, boundaries: list[date]
) -> None:
    assert [boundary(anchor, cycle, count) for count in range(len(boundaries))] == boundaries


def test_four_leap_years_in_a_row_come_back_to_february_29() -> None:
    assert boundary(date(2024, 2, 29), ANNUAL, 4) == date(2028, 2, 29)
    assert boundary(date(2096, 2, 29), ANNUAL, 4) == date(2100, 2, 28)


@pytest.mark.parametrize(
    ("anchor", "cycle", "day", "period"),
    [
        # A boundary belongs to the period that it begins
        (date(2026, 1, 31), MONTHLY, date(2026, 2, 28), Period(date(2026, 2, 28), date(2026, 3, 31))),
        (date(2026, 1, 31), MONTHLY, date(2026, 2, 27), Period(date(2026, 1, 31), date(2026, 2, 28))),
        (date(2026, 1, 31), MONTHLY, date(2026, 3, 30), Period(date(2026, 2, 28), date(2026, 3, 31))),
        (date(2026, 1, 31), MONTHLY, date(2026, 3, 31), Period(date(2026, 3, 31), date(2026, 4, 30))),
        (date(2026, 1, 31), MONTHLY, date(2026, 1, 31), Period(date(2026, 1, 31), date(2026, 2, 28))),
        (date(2026, 1, 15), QUARTERLY, date(2026, 6, 1), Period(date(2026, 4, 15), date(2026, 7, 15))),
        (date(2024, 2, 29), ANNUAL, date(2028, 2, 28), Period(date(2027, 2, 28), date(2028, 2, 29))),
        (date(2024, 2, 29), ANNUAL, date(2028, 2, 29), Period(date(2028, 2, 29), date(2029, 2, 28))),
        # Days before the anchor have periods too
        (date(2026, 1, 31), MONTHLY, date(2025, 12, 30), Period(date(2025, 11, 30), date(2025, 12, 31))),
        (date(2026, 1, 15), QUARTERLY, date(2026, 1, 14), Period(date(2025, 10, 15), date(2026, 1, 15))),
    ],
)
def test_a_day_belongs_to_one_period(anchor: date, cycle: BillingCycle, day: date, period: Period) -> None:
    assert period_containing(anchor, cycle, day) == period


@pytest.mark.parametrize(
    ("period", "days"),
    [
        (Period(date(2026, 1, 1), date(2026, 2, 1)), 31),
        (Period(date(2028, 2, 1), date(2028, 3, 1)), 29),
        (Period(date(2028, 1, 1), date(2029, 1, 1)), 366),
        # Days are calendar days: the one with 23 hours is a day
        (Period(date(2018, 11, 4), date(2018, 11, 5)), 1),
        (Period(date(2026, 1, 1), date(2026, 1, 1)), 0),
    ],
)
def test_the_end_of_a_period_is_no_day_of_it(period: Period, days: int) -> None:
    assert period.days == days


@pytest.mark.parametrize(
    ("day", "rest"),
    [
        (date(2025, 12, 20), Period(date(2026, 1, 1), date(2026, 2, 1))),
        (date(2026, 1, 1), Period(date(2026, 1, 1), date(2026, 2, 1))),
        (date(2026, 1, 31), Period(date(2026, 1, 31), date(2026, 2, 1))),
        (date(2026, 2, 1), Period(date(2026, 2, 1), date(2026, 2, 1))),
        (date(2026, 3, 1), Period(date(2026, 2, 1), date(2026, 2, 1))),
    ],
)
def test_from_a_day_on_the_rest_of_a_period_is_left(day: date, rest: Period) -> None:
    assert Period(date(2026, 1, 1), date(2026, 2, 1)).from_day(day) == rest


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("America/Sao_Paulo", date(2026, 1, 1), datetime(2026, 1, 1, 3, tzinfo=UTC)),
        ("UTC", date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)),
        # Midnight did not exist: at 00:00 the clock was put to 01:00 (UTC-2), which is 03:00 UTC
        ("America/Sao_Paulo", date(2018, 11, 4), datetime(2018, 11, 4, 3, tzinfo=UTC)),
        # Midnight came late: at 24:00 the clock was put back to 23:00 (UTC-3)
        ("America/Sao_Paulo", date(2018, 2, 18), datetime(2018, 2, 18, 3, tzinfo=UTC)),
        # Midnight came twice, at UTC-4 and at UTC-5: the day begins with the first
        ("America/Havana", date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC)),
        # The whole day did not exist: Samoa went from Dec 29 (UTC-10) to Dec 31 (UTC+14)
        ("Pacific/Apia", date(2011, 12, 30), datetime(2011, 12, 30, 10, tzinfo=UTC)),
        ("Pacific/Apia", date(2011, 12, 31), datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ],
)
def test_a_day_begins_at_one_instant_even_if_its_midnight_does_not_exist(
    zone: str, day: date, instant: datetime
) -> None:
    assert start_of_day(day, zone) == instant


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 1, 1, 2, 59, 59, 999_000, tzinfo=UTC), date(2025, 12, 31)),
        (datetime(2026, 1, 1, 3, tzinfo=UTC), date(2026, 1, 1)),
    ],
)
def test_a_day_is_the_sellers(instant: datetime, day: date) -> None:
    assert local_date(instant, "America/Sao_Paulo") == day


@given(ANCHORS, CYCLES, st.integers(-400, 400))
def test_periods_tile_time_without_gap_or_overlap(anchor: date, cycle: BillingCycle, count: int) -> None:
    count //= cycle.months
    period = Period(boundary(anchor, cycle, count), boundary(anchor, cycle, count + 1))
    after = Period(period.end, boundary(anchor, cycle, count + 2))
    last_day = period.end - timedelta(days=1)

    assert period.start <= last_day < period.end
    assert period_containing(anchor, cycle, period.start) == period
    assert period_containing(anchor, cycle, last_day) == period
    assert period_containing(anchor, cycle, period.end) == after


@given(ANCHORS, CYCLES, st.dates(date(2000, 1, 1), date(2060, 12, 31)))
def test_every_day_is_in_the_period_that_contains_it(anchor: date, cycle: BillingCycle, day: date) -> None:
    period = period_containing(anchor, cycle, day)

    assert period.start <= day < period.end
    # The length of a month, give or take the clamping at its end
    assert 28 * cycle.months <= period.days <= 31 * cycle.months


@given(
    st.dates(date(1950, 1, 1), date(2037, 12, 31)),
    st.sampled_from(["America/Sao_Paulo", "America/Havana", "Asia/Beirut", "UTC"]),
)
def test_a_day_has_begun_at_its_start_and_not_before(day: date, zone: str) -> None:
    start = start_of_day(day, zone)

    assert local_date(start, zone) == day
    assert local_date(start - timedelta(milliseconds=1), zone) < day


def test_a_window_that_includes_its_last_day_ends_on_the_next_one() -> None:
    assert day_after(date(2028, 2, 28)) == date(2028, 2, 29)
    with pytest.raises(InvalidValue) as refused:
        day_after(date.max)
    assert refused.value.field == ("end_date",)
