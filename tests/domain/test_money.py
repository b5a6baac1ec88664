"""Rule 6: minor units, one rounding function, splitting without losing a cent."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import (
    AmountOutOfRange,
    BillingError,
    CurrencyMismatch,
    TooManyDecimals,
    UnknownCurrency,
)
from ciclo.domain.money import AMOUNT_MAX, Money, exponent, half_up, split


@pytest.mark.parametrize(
    ("digits", "currencies"),
    [
        (0, ["JPY", "KRW", "CLP", "PYG", "VND", "ISK", "XAF", "XOF", "UGX"]),
        (2, ["BRL", "USD", "EUR", "GBP", "MXN", "ARS", "COP", "UYU", "CHF"]),
        (3, ["KWD", "BHD", "JOD", "TND", "OMR", "IQD", "LYD"]),
    ],
)
def test_a_currency_has_its_own_number_of_decimals(digits: int, currencies: list[str]) -> None:
    assert [exponent(currency) for currency in currencies] == [digits] * len(currencies)


@pytest.mark.parametrize("currency", ["", "brl", "BR", "BRLX", "XXX", "R$", "ZZZ"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(UnknownCurrency) as refused:
        exponent(currency)

    assert (refused.value.code, refused.value.field) == (ErrorCode.UNKNOWN_CURRENCY, ("currency",))


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("29.90", "BRL", 2990),
        ("29.9", "BRL", 2990),
        ("29.900", "BRL", 2990),
        ("29.9" + "0" * 40, "BRL", 2990),
        ("0", "BRL", 0),
        ("-0.01", "BRL", -1),
        ("1E+2", "BRL", 10_000),
        ("2990", "JPY", 2990),
        ("2990.0", "JPY", 2990),
        ("1.234", "KWD", 1234),
        ("10000000000.00", "BRL", AMOUNT_MAX),
    ],
)
def test_a_decimal_is_read_exactly(text: str, currency: str, amount: int) -> None:
    assert Money.from_decimal(Decimal(text), currency) == Money(amount, currency)


@pytest.mark.parametrize(
    ("text", "currency", "refusal"),
    [
        ("29.901", "BRL", TooManyDecimals),
        ("0.001", "BRL", TooManyDecimals),
        ("1.5", "JPY", TooManyDecimals),
        ("1.2345", "KWD", TooManyDecimals),
        # Finer than a decimal context keeps: must not be rounded away
        ("29.90" + "0" * 40 + "1", "BRL", TooManyDecimals),
        ("1E-500", "BRL", TooManyDecimals),
        ("10000000000.01", "BRL", AmountOutOfRange),
        ("-10000000000.01", "BRL", AmountOutOfRange),
        ("1E+13", "BRL", AmountOutOfRange),
        ("NaN", "BRL", AmountOutOfRange),
        ("Infinity", "BRL", AmountOutOfRange),
        ("29.90", "XXX", UnknownCurrency),
    ],
)
def test_what_is_no_amount_is_refused(text: str, currency: str, refusal: type[BillingError]) -> None:
    with pytest.raises(refusal):
        Money.from_decimal(Decimal(text), currency)


def test_the_callers_decimal_context_does_not_decide_about_money() -> None:
    with localcontext(prec=3):
        assert Money.from_decimal(Decimal("12345.67"), "BRL") == Money(1_234_567, "BRL")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (2990, "BRL", "29.90"),
        (0, "BRL", "0.00"),
        (-5, "BRL", "-0.05"),
        (2990, "JPY", "2990"),
        (5, "KWD", "0.005"),
        (AMOUNT_MAX, "BRL", "10000000000.00"),
    ],
)
def test_an_amount_is_written_with_all_its_decimals(amount: int, currency: str, text: str) -> None:
    assert str(Money(amount, currency).to_decimal()) == text


def test_two_currencies_do_not_mix() -> None:
    Money(1, "BRL").require("BRL")

    with pytest.raises(CurrencyMismatch, match="expected an amount in BRL, got USD") as refused:
        Money(1, "USD").require("BRL")

    assert refused.value.code is ErrorCode.CURRENCY_MISMATCH


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        # 249.95 x 9/30 = 74.985: Python's round() would give 74.98
        (24_995 * 9, 30, 7499),
        (1, 2, 1),
        (3, 2, 2),
        (5, 2, 3),
        (-1, 2, -1),
        (-5, 2, -3),
        (49, 100, 0),
        (-49, 100, 0),
        (0, 7, 0),
        (7, 7, 1),
        # Too large for a float to tell from a tie
        (10**20 + 1, 2, 5 * 10**19 + 1),
    ],
)
def test_halves_round_away_from_zero(numerator: int, denominator: int, rounded: int) -> None:
    assert half_up(numerator, denominator) == rounded


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        # 33.33 each, one cent left: the first takes it
        (100, [1, 1, 1], (34, 33, 33)),
        (200, [1, 1, 1], (67, 67, 66)),
        # 1000 x 2990/8980 = 332.96, 1000 x 5990/8980 = 667.04: the larger remainder takes the cent
        (1000, [2990, 5990], (333, 667)),
        (10, [0, 3, 0], (0, 10, 0)),
        (10, [0, 0], (10, 0)),
        (0, [1, 2], (0, 0)),
        (7, [5], (7,)),
        # What goes back mirrors what was charged
        (-100, [1, 1, 1], (-34, -33, -33)),
    ],
)
def test_an_amount_is_shared_by_largest_remainder(
    amount: int, weights: list[int], parts: tuple[int, ...]
) -> None:
    assert split(amount, weights) == parts


@given(st.integers(), st.integers(1, 10**12))
def test_rounding_is_to_the_nearest(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)

    rounded = half_up(numerator, denominator)

    assert abs(rounded - exact) <= Fraction(1, 2)
    assert abs(rounded - exact) < Fraction(1, 2) or abs(rounded) > abs(exact)
    assert half_up(-numerator, denominator) == -rounded


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_splitting_loses_no_cent_and_favours_nobody_by_more_than_one(amount: int, weights: list[int]) -> None:
    parts = split(amount, weights)

    assert sum(parts) == amount
    if any(weights):
        shares = [Fraction(amount * weight, sum(weights)) for weight in weights]
        assert all(abs(part - share) < 1 for part, share in zip(parts, shares, strict=True))
    assert split(-amount, weights) == tuple(-part for part in parts)


@given(st.integers(-AMOUNT_MAX, AMOUNT_MAX), st.sampled_from(["BRL", "JPY", "KWD"]))
def test_money_survives_being_written_and_read(amount: int, currency: str) -> None:
    money = Money(amount, currency)

    assert Money.from_decimal(Decimal(str(money.to_decimal())), currency) == money
