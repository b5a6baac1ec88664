"""Money, dates and tax numbers, as each language writes them."""

from datetime import UTC, date, datetime

import pytest

from ciclo.documents.figures import (
    MINUS,
    last_day,
    local_minute,
    long_date,
    money_text,
    percent_text,
    short_date,
    tax_id_text,
)
from ciclo.domain.period import Period
from tests.documents.paper import EN, PT


@pytest.mark.parametrize(
    ("amount", "currency", "portuguese", "english"),
    [
        (123456, "BRL", "R$ 1.234,56", "R$ 1,234.56"),
        (5, "BRL", "R$ 0,05", "R$ 0.05"),
        (0, "BRL", "R$ 0,00", "R$ 0.00"),
        (-123456, "BRL", f"{MINUS}R$ 1.234,56", f"{MINUS}R$ 1,234.56"),
        (10**12, "BRL", "R$ 10.000.000.000,00", "R$ 10,000,000,000.00"),
        (1234, "JPY", "JPY 1.234", "JPY 1,234"),
        (1234567, "KWD", "KWD 1.234,567", "KWD 1,234.567"),
        (2990, "USD", "USD 29,90", "USD 29.90"),
    ],
)
def test_money_has_its_languages_points_and_its_currencys_decimals(
    amount: int, currency: str, portuguese: str, english: str
) -> None:
    written = tuple(money_text(amount, currency, language) for language in (PT, EN))

    assert tuple(text.replace("\N{NO-BREAK SPACE}", " ") for text in written) == (portuguese, english)


def test_an_amount_is_never_parted_from_its_currency() -> None:
    assert money_text(2990, "BRL", PT) == "R$\N{NO-BREAK SPACE}29,90"


@pytest.mark.parametrize(
    ("basis_points", "portuguese", "english"),
    [(500, "5%", "5%"), (525, "5,25%", "5.25%"), (550, "5,5%", "5.5%"), (10_000, "100%", "100%")],
)
def test_rates_show_no_more_decimals_than_they_have(basis_points: int, portuguese: str, english: str) -> None:
    assert (percent_text(basis_points, PT), percent_text(basis_points, EN)) == (portuguese, english)


@pytest.mark.parametrize(
    ("day", "portuguese", "english"),
    [
        (date(2028, 1, 1), ("1º de janeiro de 2028", "01/01/2028"), ("January 1, 2028", "Jan 1, 2028")),
        (date(2028, 2, 29), ("29 de fevereiro de 2028", "29/02/2028"), ("February 29, 2028", "Feb 29, 2028")),
        (date(2028, 3, 10), ("10 de março de 2028", "10/03/2028"), ("March 10, 2028", "Mar 10, 2028")),
        (date(2028, 12, 31), ("31 de dezembro de 2028", "31/12/2028"), ("December 31, 2028", "Dec 31, 2028")),
    ],
)
def test_dates_are_long_in_sentences_and_short_in_tables(
    day: date, portuguese: tuple[str, str], english: tuple[str, str]
) -> None:
    assert (long_date(day, PT), short_date(day, PT)) == portuguese
    assert (long_date(day, EN), short_date(day, EN)) == english


def test_an_instant_is_written_to_the_minute() -> None:
    assert local_minute(datetime(2028, 1, 3, 9, 5, 59, tzinfo=UTC), PT) == "3 de janeiro de 2028, 09:05"


@pytest.mark.parametrize(
    ("tax_id", "written"),
    [
        ("12345678909", ("CPF", "123.456.789-09")),
        ("123.456.789-09", ("CPF", "123.456.789-09")),
        ("00000000000191", ("CNPJ", "00.000.000/0001-91")),
        ("12.ABC.345/01DE-35", ("CNPJ", "12.ABC.345/01DE-35")),
        ("DE123456789", (None, "DE123456789")),
        ("1234567890", (None, "1234567890")),
        ("١٢٣٤٥٦٧٨٩٠٩", (None, "١٢٣٤٥٦٧٨٩٠٩")),
    ],
)
def test_brazilian_tax_numbers_get_their_name_and_points(
    tax_id: str, written: tuple[str | None, str]
) -> None:
    assert tax_id_text(tax_id) == written


@pytest.mark.parametrize(
    ("start", "end", "last"),
    [
        (date(2028, 1, 1), date(2028, 2, 1), date(2028, 1, 31)),
        (date(2028, 1, 31), date(2028, 2, 1), date(2028, 1, 31)),
        (date(2028, 1, 31), date(2028, 1, 31), date(2028, 1, 31)),
    ],
)
def test_a_periods_last_day_is_the_one_before_its_end(start: date, end: date, last: date) -> None:
    assert last_day(Period(start, end)) == last
