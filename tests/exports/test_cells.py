"""Cells: what a spreadsheet would take for a formula is text, and numbers stay numbers."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.exports.cells import Cell, csv_text, decimal, json_value, neutralize_formula


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('=HYPERLINK("http://evil","x")', '\'=HYPERLINK("http://evil","x")'),
        ("+55 11 99999", "'+55 11 99999"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t'=1"),
        ("\rx", "'\rx"),
        ("\nx", "'\nx"),
        ("  =1", "'  =1"),
        ('"=1', "'\"=1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff0d1", "'\uff0d1"),
        ("\uff20A1", "'\uff20A1"),
        # In a spreadsheet whose lists are parted by semicolons the rest is a cell of its own.
        ("gone;=1+1", "gone;'=1+1"),
        ('gone;"=1+1;x', "gone;'\"=1+1;x"),
        ("gone\n-1", "gone\n'-1"),
        ("gone; + 1", "gone;' + 1"),
    ],
)
def test_text_that_begins_like_a_formula_gets_a_quote(text: str, written: str) -> None:
    assert neutralize_formula(text) == written


@pytest.mark.parametrize(
    "text", ["", "ana@example.com", "a=b", "2026-01-31", "caro; não uso", "1+1", "a - b\nc", "Estúdio"]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert neutralize_formula(text) == text


@given(st.text(alphabet="=+-@\t\r\n;'\" a\uff1d", max_size=12))
def test_no_cell_begins_like_a_formula_wherever_a_spreadsheet_parts_the_text(text: str) -> None:
    written = neutralize_formula(text)

    for cell in re.split(r"[;\t\r\n]", written):
        assert not cell.lstrip(' "').startswith(tuple("=+-@\uff1d"))
    assert not written.startswith(tuple("\t\r\n"))
    assert neutralize_formula(written) == written
    assert written.replace("'", "") == text.replace("'", "")


AT = datetime(2026, 1, 31, 12, 30, 1, 5_999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cell", "in_csv", "in_json"),
    [
        (None, "", None),
        (True, "true", True),
        (False, "false", False),
        (-3, "-3", -3),
        (Decimal("-29.90"), "-29.90", "-29.90"),
        (date(2026, 1, 31), "2026-01-31", "2026-01-31"),
        (AT, "2026-01-31T12:30:01.005Z", "2026-01-31T12:30:01.005Z"),
        ("=1", "'=1", "=1"),
    ],
)
def test_every_kind_of_cell_has_one_text_in_csv_and_one_value_in_json(
    cell: Cell, in_csv: str, in_json: object
) -> None:
    assert (csv_text(cell), json_value(cell)) == (in_csv, in_json)


def test_members_are_compact_json_in_a_cell_of_csv() -> None:
    assert csv_text({"reason": "x;=1", "at": AT, "n": -1}) == (
        '{"at":"2026-01-31T12:30:01.005999Z","n":-1,"reason":"x;\'=1"}'
    )


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (2990, "BRL", "29.90"),
        (0, "BRL", "0.00"),
        (-5, "BRL", "-0.05"),
        (100, "JPY", "100"),
        (1, "KWD", "0.001"),
    ],
)
def test_money_keeps_its_currency_s_own_decimals(amount: int, currency: str, text: str) -> None:
    assert str(decimal(amount, currency)) == text
