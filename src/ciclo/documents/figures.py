"""Money, dates and tax numbers as each language writes them."""

import re
from datetime import date, datetime
from typing import Final

from ciclo.documents.language import Language
from ciclo.domain.money import Money
from ciclo.domain.period import Period

MINUS: Final = "\N{MINUS SIGN}"
TIMES: Final = "\N{MULTIPLICATION SIGN}"
_SPACE: Final = "\N{NO-BREAK SPACE}"
_SYMBOLS: Final = {"BRL": "R$"}
"""Other currencies go by their code: "$" and "¥" are several currencies each."""

_COMMA_AND_POINT: Final = str.maketrans(",.", ".,")
_LONG_MONTHS: Final = {
    Language.PORTUGUESE: (
        *("janeiro", "fevereiro", "março", "abril", "maio", "junho"),
        *("julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
    ),
    Language.ENGLISH: (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_CPF: Final = re.compile(r"(\d{3})\.?(\d{3})\.?(\d{3})-?(\d{2})", re.ASCII)
_CNPJ: Final = re.compile(r"([0-9A-Z]{2})\.?([0-9A-Z]{3})\.?([0-9A-Z]{3})/?([0-9A-Z]{4})-?(\d{2})", re.ASCII)
"""Since July 2026 a CNPJ may have letters in all but its check digits."""


def money_text(amount: int, currency: str, language: Language) -> str:
    """Return *amount* minor units: "R$ 1.234,56" or "R$ 1,234.56", and "JPY 1,234" without decimals."""
    number = f"{Money(abs(amount), currency).to_decimal():,f}"
    if language is Language.PORTUGUESE:
        number = number.translate(_COMMA_AND_POINT)
    return f"{MINUS if amount < 0 else ''}{_SYMBOLS.get(currency, currency)}{_SPACE}{number}"


def percent_text(basis_points: int, language: Language) -> str:
    """Return a rate in hundredths of a percent: 525 is "5,25%" or "5.25%"."""
    whole, rest = divmod(basis_points, 100)
    decimals = f".{rest:02d}".rstrip("0") if rest else ""
    number = f"{whole}{decimals}"
    return (number.translate(_COMMA_AND_POINT) if language is Language.PORTUGUESE else number) + "%"


def long_date(day: date, language: Language) -> str:
    """Return a date for a sentence: "1º de janeiro de 2028" or "January 1, 2028"."""
    month = _LONG_MONTHS[language][day.month - 1]
    if language is Language.PORTUGUESE:
        return f"{day.day}{'º' if day.day == 1 else ''} de {month} de {day.year}"
    return f"{month} {day.day}, {day.year}"


def short_date(day: date, language: Language) -> str:
    """Return a date for a table: "01/01/2028" or "Jan 1, 2028"."""
    if language is Language.PORTUGUESE:
        return f"{day.day:02d}/{day.month:02d}/{day.year}"
    return f"{_LONG_MONTHS[language][day.month - 1][:3]} {day.day}, {day.year}"


def local_minute(instant: datetime, language: Language) -> str:
    """Return an instant that is in the reader's time zone already, to the minute."""
    return f"{long_date(instant.date(), language)}, {instant:%H:%M}"


def tax_id_text(tax_id: str) -> tuple[str | None, str]:
    """Return what kind of Brazilian number *tax_id* is, None if neither, and the number with its points."""
    if cpf := _CPF.fullmatch(tax_id):
        return "CPF", "{}.{}.{}-{}".format(*cpf.groups())
    if cnpj := _CNPJ.fullmatch(tax_id):
        return "CNPJ", "{}.{}.{}/{}-{}".format(*cnpj.groups())
    return None, tax_id


def last_day(period: Period) -> date:
    """Return the last day that belongs to *period*: people don't read half-open periods."""
    return date.fromordinal(max(period.start.toordinal(), period.end.toordinal() - 1))
