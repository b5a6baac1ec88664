"""The rows of a report: calendar months, cut to the window."""

from datetime import date

import pytest

from ciclo.domain.errors.general import BillingError, InvalidValue, LimitExceeded
from ciclo.domain.metrics.months import MONTHS_MAX, last_months, months_of, whole_month, whole_months
from ciclo.domain.period import Period

WINDOW = Period(date(2025, 12, 15), date(2026, 2, 2))


def test_the_first_and_the_last_month_are_cut_to_the_window() -> None:
    assert months_of(WINDOW) == (
        Period(date(2025, 12, 15), date(2026, 1, 1)),
        Period(date(2026, 1, 1), date(2026, 2, 1)),
        Period(date(2026, 2, 1), date(2026, 2, 2)),
    )


def test_a_window_that_ends_on_a_first_does_not_touch_that_month() -> None:
    assert months_of(Period(date(2026, 1, 1), date(2026, 2, 1))) == (whole_month(date(2026, 1, 20)),)


def test_whole_months_are_not_cut() -> None:
    assert whole_months(WINDOW) == (
        Period(date(2025, 12, 1), date(2026, 1, 1)),
        Period(date(2026, 1, 1), date(2026, 2, 1)),
        Period(date(2026, 2, 1), date(2026, 3, 1)),
    )


def test_the_last_months_end_with_the_one_that_is() -> None:
    assert last_months(date(2026, 1, 31), 3) == Period(date(2025, 11, 1), date(2026, 2, 1))


def test_five_years_are_the_longest_window() -> None:
    longest = Period(date(2021, 1, 31), date(2025, 12, 2))

    assert len(months_of(longest)) == MONTHS_MAX == 60


@pytest.mark.parametrize(
    ("start", "end", "refusal", "field"),
    [
        (date(2026, 1, 2), date(2026, 1, 2), InvalidValue, ("end_date",)),
        (date(2026, 1, 2), date(2026, 1, 1), InvalidValue, ("end_date",)),
        (date(1969, 12, 31), date(1970, 1, 2), InvalidValue, ("start_date",)),
        (date(2999, 12, 30), date(3000, 1, 1), InvalidValue, ("start_date",)),
        # The last day of January and the first of January five years later: 61 months
        (date(2021, 1, 31), date(2026, 1, 2), LimitExceeded, ()),
    ],
    ids=["empty", "backwards", "too early", "too late", "too long"],
)
def test_a_window_that_has_no_months_to_show_is_refused(
    start: date, end: date, refusal: type[BillingError], field: tuple[str, ...]
) -> None:
    with pytest.raises(refusal) as refused:
        months_of(Period(start, end))

    assert refused.value.field == field
