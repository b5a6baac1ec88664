"""Rules 6 to 9: the price of some days, and giving it back."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.domain.invoice import Line
from ciclo.domain.money import half_up
from ciclo.domain.period import BillingCycle, Period, period_containing
from ciclo.domain.plan import Terms
from ciclo.domain.proration import service_line, unused_line
from tests.builders import POLICY, service, terms, unused

TAXED = replace(POLICY, tax_basis_points=1234)

JANUARY = Period(date(2026, 1, 1), date(2026, 2, 1))
APRIL = Period(date(2026, 4, 1), date(2026, 5, 1))
LEAP_FEBRUARY = Period(date(2028, 2, 1), date(2028, 3, 1))
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))


@pytest.mark.parametrize(
    ("price", "quantity", "full", "first_day", "amount"),
    [
        # All 31 days: the price itself, never 29.90 x 31/31 with an error.
        (2990, 1, JANUARY, date(2026, 1, 1), 2990),
        # 2990 x 16/31 = 1543.2258...
        (2990, 1, JANUARY, date(2026, 1, 16), 1543),
        # "18 of 29 days x R$ 29,90": 2990 x 18/29 = 1855.862...
        (2990, 1, LEAP_FEBRUARY, date(2028, 2, 12), 1856),
        # 24995 x 9/30 = 7498.5: a tie, and ties go up. Python's round() would give 7498.
        (24995, 1, APRIL, date(2026, 4, 22), 7499),
        # Rounded once for all three: 3 x 999 x 10/30 = 999, not 3 x 333.
        (999, 3, APRIL, date(2026, 4, 21), 999),
        # 3 x 1000 x 1/31 = 96.77; rounded one by one it would be 3 x 32 = 96.
        (1000, 3, JANUARY, date(2026, 1, 31), 97),
        # A year is prorated by its own days: 35880 x 364/365 = 35781.69...
        (35880, 1, YEAR, date(2026, 1, 2), 35782),
        # 1 x 1/31 = 0.03: a day of almost nothing is nothing.
        (1, 1, JANUARY, date(2026, 1, 31), 0),
        # What is free stays free.
        (0, 5, JANUARY, date(2026, 1, 16), 0),
    ],
)
def test_a_line_is_the_price_of_its_days_rounded_once(
    *, price: int, quantity: int, full: Period, first_day: date, amount: int
) -> None:
    taken = terms(price, quantity=quantity)

    line = service_line(taken, service=full.from_day(first_day), full=full, policy=POLICY)

    assert line == service(taken, first_day, full.end, total_days=full.days, amount=amount)


@pytest.mark.parametrize(
    ("amount", "basis_points", "tax"),
    [
        # 2990 x 5% = 149.5: a tie goes up
        (2990, 500, 150),
        # 2990 x 12.34% = 368.966
        (2990, 1234, 369),
        (2990, 0, 0),
        # 1 x 12.34% = 0.1234
        (1, 1234, 0),
        # All of it again
        (2990, 10_000, 2990),
    ],
)
def test_tax_is_counted_on_the_rounded_line(amount: int, basis_points: int, tax: int) -> None:
    taken = terms(amount)

    line = service_line(
        taken, service=JANUARY, full=JANUARY, policy=replace(POLICY, tax_basis_points=basis_points)
    )

    assert line == service(
        taken,
        JANUARY.start,
        JANUARY.end,
        total_days=31,
        amount=amount,
        tax=tax,
        tax_basis_points=basis_points,
    )
    assert line.total == amount + tax


def charged(taken: Terms, full: Period = JANUARY) -> Line:
    return service_line(taken, service=full, full=full, policy=TAXED)


def test_a_credit_mirrors_its_charge_day_for_day() -> None:
    # 2990 x 16/31 = 1543.23; its tax 1543 x 12.34% = 190.4
    line = unused_line(charged(terms()), unused=JANUARY.from_day(date(2026, 1, 16)), left=3359)

    assert line == unused(
        terms(),
        date(2026, 1, 16),
        date(2026, 2, 1),
        total_days=31,
        amount=-1543,
        tax=-190,
        tax_basis_points=1234,
    )


@pytest.mark.parametrize(
    ("left", "amount", "tax"),
    [
        # All but two thirds was refunded; 369 x 1000/3359 = 109.86 of it is tax
        (1000, -890, -110),
        # 369 x 1/3359 = 0.1
        (1, -1, 0),
    ],
)
def test_a_credit_is_capped_at_what_is_left_and_the_tax_is_what_remains(
    left: int, amount: int, tax: int
) -> None:
    line = unused_line(charged(terms()), unused=JANUARY, left=left)

    assert line == replace(
        unused(
            terms(),
            date(2026, 1, 1),
            date(2026, 2, 1),
            total_days=31,
            amount=amount,
            tax=tax,
            tax_basis_points=1234,
        ),
        capped=True,
    )
    assert line.total == -left


def test_a_cap_that_is_just_reached_changes_nothing() -> None:
    # 15 for 30 days with tax 1.5, so 2; 28 days are 14 with tax 1.4, so 1. A share of the 2 would be 2.
    line = service_line(terms(15), service=APRIL, full=APRIL, policy=replace(POLICY, tax_basis_points=1000))
    rest = APRIL.from_day(date(2026, 4, 3))

    assert unused_line(line, unused=rest, left=15) == unused_line(line, unused=rest, left=16)


@pytest.mark.parametrize(
    ("taken", "first_day", "left"),
    [
        pytest.param(terms(), date(2026, 2, 1), 3359, id="no day is left"),
        pytest.param(terms(), date(2026, 1, 16), 0, id="all of it went back"),
        pytest.param(terms(), date(2026, 1, 16), -1, id="more than all of it went back"),
        pytest.param(terms(0), date(2026, 1, 16), 0, id="it was free"),
        pytest.param(terms(0), date(2026, 1, 16), -1000, id="it was free, on an invoice that gave credit"),
        pytest.param(terms(1), date(2026, 1, 31), 1, id="its price rounds to nothing"),
    ],
)
def test_where_nothing_is_left_to_give_back_there_is_no_credit_line(
    taken: Terms, first_day: date, left: int
) -> None:
    assert unused_line(charged(taken), unused=JANUARY.from_day(first_day), left=left) is None


cycles = st.sampled_from(BillingCycle)
days = st.dates(date(2020, 1, 1), date(2032, 12, 31))


@given(
    price=st.integers(0, 10**7),
    quantity=st.integers(1, 50),
    anchor=days,
    cycle=cycles,
    offset=st.integers(0, 365),
    later=st.integers(0, 365),
    basis_points=st.integers(0, 10_000),
)
def test_credit_and_charge_of_a_change_at_the_same_price_are_zero(
    *,
    price: int,
    quantity: int,
    anchor: date,
    cycle: BillingCycle,
    offset: int,
    later: int,
    basis_points: int,
) -> None:
    full = period_containing(anchor, cycle, anchor)
    policy = replace(POLICY, tax_basis_points=basis_points)
    taken = terms(price, quantity=quantity, cycle=cycle)
    start = full.start + timedelta(days=offset % full.days)
    before = service_line(taken, service=full.from_day(start), full=full, policy=policy)
    change_day = start + timedelta(days=later % before.days)

    after = service_line(taken, service=full.from_day(change_day), full=full, policy=policy)
    credit = unused_line(before, unused=full.from_day(change_day), left=before.total)

    assert (credit.amount + after.amount, credit.tax + after.tax) == (0, 0) if credit else after.amount == 0


@given(
    price=st.integers(1, 10**7),
    cycle=cycles,
    anchor=days,
    offset=st.integers(0, 365),
    left=st.integers(-100, 10**7),
    basis_points=st.integers(0, 10_000),
)
def test_a_credit_is_never_more_than_is_left(
    *, price: int, cycle: BillingCycle, anchor: date, offset: int, left: int, basis_points: int
) -> None:
    full = period_containing(anchor, cycle, anchor)
    policy = replace(POLICY, tax_basis_points=basis_points)
    line = service_line(terms(price, cycle=cycle), service=full, full=full, policy=policy)
    first_day = full.start + timedelta(days=offset % full.days)

    credit = unused_line(line, unused=full.from_day(first_day), left=left)

    due = half_up(price * full.from_day(first_day).days, full.days)
    if credit is None:
        assert left <= 0 or due == 0
    else:
        assert 0 < -credit.total <= min(left, line.total)
        assert -credit.amount <= due
