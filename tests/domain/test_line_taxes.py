"""Taxes by line: several rates with names, on top of the net or within it, and what of them goes back."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.domain.ids import DiscountId
from ciclo.domain.invoice import Days, Flat, Line, LineKind
from ciclo.domain.lines.line_discount import LineDiscount
from ciclo.domain.lines.line_taxes import sum_taxes
from ciclo.domain.lines.tax_rate import LineTax, TaxRate, share_tax, taxes_on
from ciclo.domain.period import Period
from ciclo.domain.proration import fit_line, price_line, reverse_line, shorten_line, unused_line
from tests.builders import service, terms

ISS = TaxRate(name="ISS", basis_points=500, inclusive=True)
PIS = TaxRate(name="PIS", basis_points=65, inclusive=True)
COFINS = TaxRate(name="COFINS", basis_points=300, inclusive=True)
VAT = TaxRate(name="VAT", basis_points=500)
CITY = TaxRate(name="City", basis_points=1234)

PERIOD = Period(date(2027, 1, 31), date(2027, 2, 28))
UNUSED = Period(date(2027, 2, 10), date(2027, 2, 28))
RATES = st.lists(
    st.builds(
        TaxRate,
        name=st.sampled_from(["ISS", "PIS", "COFINS", "VAT"]),
        basis_points=st.integers(0, 3_000),
        inclusive=st.booleans(),
    ),
    max_size=4,
)


def charge(amount: int, *rates: TaxRate, discount: int = 0, price: int = 7990) -> Line:
    line = replace(
        service(terms(price), PERIOD.start, PERIOD.end, total_days=28, amount=0),
        taxes=tuple(LineTax(rate=rate, amount=0) for rate in rates),
    )
    given_off = LineDiscount(id=DiscountId("dsc_1"), code="VERAO", amount=discount, basis_points=2000)
    return price_line(line, amount, (given_off,) if discount else ())


def amounts(line: Line) -> list[int]:
    return [one.amount for one in line.taxes]


@pytest.mark.parametrize(
    ("rates", "expected", "total"),
    [
        ([], [], 7990),
        # 7990 x 5 % = 399.5
        ([VAT], [400], 8390),
        # 7990 x 10,000 / 10,500 = 7609.52: 380 are within
        ([replace(VAT, inclusive=True)], [380], 7990),
        # Base 7990 x 10,000 / 10,865 = 7353.89; 636 in the parts 367.63, 47.79, 220.58: the two cents go to
        # the larger remainders, .79 and .63
        ([ISS, PIS, COFINS], [368, 48, 220], 7990),
        # Each by itself: 399.5 and 985.97
        ([VAT, CITY], [400, 986], 9376),
        ([ISS, CITY], [380, 986], 8976),
    ],
)
def test_several_rates_on_one_line(rates: list[TaxRate], expected: list[int], total: int) -> None:
    line = charge(7990, *rates)

    assert (amounts(line), line.tax, line.total) == (expected, sum(expected), total)
    assert sum_taxes([line]) == dict(zip(rates, expected, strict=True))


def test_tax_is_on_the_net_and_its_credit_repeats_the_rates_of_the_line() -> None:
    """79.90 less 15.98 is 63.92, 5 % of that 3.20; for 18 of 28 days 41.09 go back, and 2.05 (rule 38)."""
    line = charge(7990, VAT, discount=1598)
    credit = unused_line(line, unused=UNUSED, left=line.total)

    assert (line.net, line.tax, line.total) == (6392, 320, 6712)
    assert credit is not None
    # 5136 - half_up(1598 x 18/28 = 1027.29) = 4109, of which 5 % are 205.45
    assert (credit.amount, credit.discount, credit.net, amounts(credit)) == (-5136, -1027, -4109, [-205])


def test_all_days_give_back_exactly_the_net() -> None:
    line = charge(7990, ISS, CITY, discount=1598)
    credit = unused_line(line, unused=PERIOD, left=line.total)

    assert credit == replace(reverse_line(line), kind=LineKind.UNUSED)


def test_a_credit_of_all_that_is_left_has_its_share_of_each_tax() -> None:
    line = charge(7990, ISS, VAT, discount=1598)
    credit = unused_line(line, unused=PERIOD, left=1000)

    # Of 67.12, of which 3.04 are within and 3.20 on top: 10.00 have half_up(624 x 1000/6712) = 93 in them,
    # in the parts 45.31 and 47.69.
    assert credit is not None
    assert (credit.total, credit.tax, amounts(credit), credit.capped) == (-1000, -93, [-45, -48], True)
    assert credit.net == -952
    assert credit.discount == -1598


def test_what_a_discount_pays_in_full_has_nothing_to_give_back() -> None:
    line = charge(7990, VAT, discount=7990)

    assert (line.net, line.total) == (0, 0)
    assert unused_line(line, unused=UNUSED, left=100) is None


def test_a_line_that_waits_is_shortened_with_its_discount_and_taxes() -> None:
    line = charge(7990, VAT, discount=1598)
    shorter = shorten_line(line, until=UNUSED.start)

    # 10 of 28 days: 2853.57 less 570.71, and 5 % of 2283
    assert shorter is not None
    assert (shorter.amount, shorter.discount, shorter.net, shorter.tax) == (2854, 571, 2283, 114)
    assert shorten_line(line, until=PERIOD.end) == line


def test_a_line_explains_itself_by_days_or_by_its_price_alone() -> None:
    line = charge(7990)

    assert line.explains == Days(28, 28)
    assert replace(line, service=Period(PERIOD.start, PERIOD.start), total_days=0).explains == Flat()


@given(net=st.integers(-(10**9), 10**9), rates=RATES)
def test_base_and_inclusive_taxes_add_up_to_the_price(net: int, rates: list[TaxRate]) -> None:
    taxes = taxes_on(net, rates)
    within = [one for one in taxes if one.rate.inclusive]
    base = net - sum(one.amount for one in within)

    assert [one.rate for one in taxes] == rates
    for one in within:
        # No part is a cent or more off its exact share of what is within.
        share = sum(each.rate.basis_points for each in within)
        assert share == 0 or abs(one.amount * share - (net - base) * one.rate.basis_points) < share
    assert [one.amount for one in taxes_on(-net, rates)] == [-one.amount for one in taxes]


@given(total=st.integers(0, 10**9), data=st.data(), rates=RATES, price=st.integers(0, 10**9))
def test_a_line_that_is_fitted_comes_to_the_total_with_the_tax_in_it(
    total: int, data: st.DataObject, rates: list[TaxRate], price: int
) -> None:
    tax = data.draw(st.integers(0, total)) if rates else 0
    line = fit_line(charge(price, *rates), total, tax=tax)

    assert (line.total, line.tax) == (total, tax)
    assert sum(amounts(line)) == tax


def test_nothing_is_shared_where_there_are_no_rates() -> None:
    assert share_tax((), 12) == ()
