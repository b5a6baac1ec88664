"""Files: what other programs read back from them is what was written."""

import csv
import io
import json
from datetime import date
from decimal import Decimal
from typing import Final

from ciclo.exports.formats import Row, encode_head, encode_rows
from ciclo.exports.kinds import Format

COLUMNS: Final = ("id", "amount", "on", "words", "members")
ROWS: Final[list[Row]] = [
    ("pay_1", Decimal("-29.90"), date(2026, 1, 31), 'say "no", ok\r\nReis & Cia; Ltda.', {"a": [1, None]}),
    ("pay_2", None, None, "", {}),
]


def file(rows: list[Row], *, form: Format) -> bytes:
    return encode_head(COLUMNS, form=form) + encode_rows(COLUMNS, rows, form=form)


def test_csv_is_quoted_where_needed_and_ends_its_lines_with_crlf() -> None:
    assert file(ROWS, form=Format.CSV) == (
        b"id,amount,on,words,members\r\n"
        b'pay_1,-29.90,2026-01-31,"say ""no"", ok\r\nReis & Cia; Ltda.","{""a"":[1,null]}"\r\n'
        b"pay_2,,,,{}\r\n"
    )


def test_csv_is_read_back_as_it_was_written() -> None:
    text = file(ROWS, form=Format.CSV).decode()

    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        list(COLUMNS),
        ["pay_1", "-29.90", "2026-01-31", 'say "no", ok\r\nReis & Cia; Ltda.', '{"a":[1,null]}'],
        ["pay_2", "", "", "", "{}"],
    ]


def test_json_lines_are_one_object_each() -> None:
    assert [json.loads(line) for line in file(ROWS, form=Format.JSONL).splitlines()] == [
        {
            "id": "pay_1",
            "amount": "-29.90",
            "on": "2026-01-31",
            "words": 'say "no", ok\r\nReis & Cia; Ltda.',
            "members": {"a": [1, None]},
        },
        {"id": "pay_2", "amount": None, "on": None, "words": "", "members": {}},
    ]


def test_a_file_without_rows_has_a_header_in_csv_and_nothing_in_json_lines() -> None:
    assert file([], form=Format.CSV) == b"id,amount,on,words,members\r\n"
    assert file([], form=Format.JSONL) == b""
