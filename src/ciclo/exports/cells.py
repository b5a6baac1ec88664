"""Cells: one value as CSV text that no spreadsheet takes for a formula, or as JSON.

Source: OWASP, "CSV Injection": text that begins like a formula gets a single quote in front, every
field is quoted as RFC 4180 says.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

import orjson

from ciclo.domain.money import Money

Cell = str | int | bool | Decimal | date | datetime | dict[str, Any] | None

_SIGNS: Final = "=+\\-@\uff1d\uff0b\uff0d\uff20"
"""What formulas begin with; the full-width forms count in some languages."""

_SUSPECT: Final = re.compile(rf"[\t\r\n{_SIGNS}]")
_FORMULA: Final = re.compile(
    rf"\A(?=[\t\r\n]|[\s\"]*[{_SIGNS}])"
    # Where a list's separator is not the comma, as in Brazil, a spreadsheet begins a cell after a semicolon
    # within our field too, whatever quotes are around it.
    rf"|(?<=[;\t\r\n])(?=[\s\"]*[{_SIGNS}])"
)
_JSON_OPTIONS: Final = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z


def decimal(amount: int, currency: str) -> Decimal:
    """Return minor units as an exact decimal of major units: 2990 of BRL is 29.90."""
    return Money(amount, currency).to_decimal()


def neutralize_formula(text: str) -> str:
    """Return *text* with a single quote before whatever a spreadsheet would take for a formula."""
    return _FORMULA.sub("'", text) if _SUSPECT.search(text) else text


def csv_text(cell: Cell) -> str:
    """Return the text of a CSV field, still without its quotes; only text can be a formula, numbers stay."""
    match cell:
        case str():
            return neutralize_formula(cell)
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case dict():
            return neutralize_formula(_object(cell).decode())
        case _:
            return str(json_value(cell))


def json_value(cell: Cell) -> str | int | bool | orjson.Fragment | None:
    """Return what JSON keeps of a cell; decimals are strings, so that no reader makes floats of money."""
    match cell:
        case None | str() | int():
            return cell
        case Decimal():
            return str(cell)
        case datetime():
            return _instant(cell)
        case date():
            return cell.isoformat()
        case _:
            return orjson.Fragment(_object(cell))


def _instant(instant: datetime) -> str:
    """Return an instant in UTC to the millisecond, as ISO 8601 has it."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _object(members: dict[str, Any]) -> bytes:
    return orjson.dumps(members, option=_JSON_OPTIONS)
