import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.domain.card_number import passes_luhn
from ciclo.domain.errors.payments import CardInvalid
from ciclo.gateways.card import brand_of, last_four, validate_card
from ciclo.gateways.protocol import CardDetails

TODAY = date(2026, 11, 22)
CARD = CardDetails(
    number="4242424242424242", holder_name="Ana Souza", expiration_month=12, expiration_year=2030, cvv="123"
)


@pytest.mark.parametrize(
    ("number", "brand"),
    [
        ("4242424242424242", "visa"),
        ("4000056655665556", "visa"),
        ("5555555555554444", "mastercard"),
        ("2223003122003222", "mastercard"),
        ("6362970000457013", "elo"),
        ("5067310000000010", "elo"),
        ("6062826786276634", "hipercard"),
        ("6011111111111117", "discover"),
        ("36227206271667", "diners"),
        ("3566002020360505", "jcb"),
        ("6200000000000005", "unionpay"),
        ("9000000000000000", "unknown"),
    ],
)
def test_the_brand_is_known_by_the_first_digits(number: str, brand: str) -> None:
    assert brand_of(number) == brand


def test_a_card_is_taken_as_people_write_it() -> None:
    written = replace(CARD, number="4242 4242-4242 4242", holder_name="  Ana   Souza ")

    assert validate_card(written, on=TODAY) == CARD


def test_an_american_express_card_has_fifteen_digits_and_a_code_of_four() -> None:
    amex = replace(CARD, number="378282246310005", cvv="1234")

    assert validate_card(amex, on=TODAY) == amex
    assert brand_of(amex.number) == "amex"


def test_a_card_is_good_until_the_end_of_its_month() -> None:
    last = replace(CARD, expiration_month=11, expiration_year=2026)

    assert validate_card(last, on=date(2026, 11, 30)) == last
    with pytest.raises(CardInvalid, match="expired"):
        validate_card(last, on=date(2026, 12, 1))


WRONG = [
    ("number", replace(CARD, number="4242424242424241")),
    ("number", replace(CARD, number="424242424242424")),
    ("number", replace(CARD, number="42424242424242424")),
    ("number", replace(CARD, number="")),
    ("number", replace(CARD, number="4242424242424242\n")),
    ("number", replace(CARD, number="٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢")),
    ("number", replace(CARD, number="4242_4242_4242_4242")),
    ("holder_name", replace(CARD, holder_name="")),
    ("holder_name", replace(CARD, holder_name="A")),
    ("holder_name", replace(CARD, holder_name="4242424242424242")),
    ("holder_name", replace(CARD, holder_name="Ana\x00Souza")),
    ("holder_name", replace(CARD, holder_name="A" * 101)),
    ("expiration_month", replace(CARD, expiration_month=0)),
    ("expiration_month", replace(CARD, expiration_month=13)),
    ("expiration_month", replace(CARD, expiration_month=10, expiration_year=2026)),
    ("expiration_year", replace(CARD, expiration_year=2025)),
    ("expiration_year", replace(CARD, expiration_year=30)),
    ("expiration_year", replace(CARD, expiration_year=2077)),
    ("cvv", replace(CARD, cvv="12")),
    ("cvv", replace(CARD, cvv="1234")),
    ("cvv", replace(CARD, cvv="12a")),
    ("cvv", replace(CARD, cvv="١٢٣")),
]


@pytest.mark.parametrize(("part", "card"), WRONG)
def test_what_is_wrong_with_a_card_is_named_and_never_repeated(part: str, card: CardDetails) -> None:
    with pytest.raises(CardInvalid) as refusal:
        validate_card(card, on=TODAY)

    assert refusal.value.field == ("payment_method", "card", part)
    assert not re.search(r"\d{3}", f"{refusal.value} {refusal.value!r} {refusal.value.field}")


def test_a_name_keeps_its_accents_however_they_are_written() -> None:
    decomposed = replace(CARD, holder_name="Jose\u0301 D'A\u0301vila-Conceic\u0327a\u0303o Jr.")

    assert validate_card(decomposed, on=TODAY).holder_name == "José D'Ávila-Conceição Jr."


def test_a_card_shows_neither_its_number_nor_its_code() -> None:
    assert repr(CARD) == "CardDetails(expiration_month=12, expiration_year=2030)"


def test_the_last_four_digits_name_a_card() -> None:
    assert last_four(CARD.number) == "4242"


@given(st.text("0123456789", min_size=11, max_size=18), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_never_passes(digits: str, place: int, shift: int) -> None:
    number = next(digits + check for check in "0123456789" if passes_luhn(digits + check))
    wrong = str((int(number[place]) + shift) % 10)

    assert not passes_luhn(number[:place] + wrong + number[place + 1 :])
