"""Formats: rows as RFC 4180 CSV with a header, or one JSON object a line; UTF-8 without a byte order mark."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

import orjson

from ciclo.exports.cells import Cell, csv_text, json_value
from ciclo.exports.kinds import Format

Row = Sequence[Cell]


MEDIA_TYPES: Final = {
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.JSONL: "application/x-ndjson",
}


def encode_head(columns: Sequence[str], *, form: Format) -> bytes:
    """Return what a file begins with, also one without rows."""
    return _csv([columns]) if form is Format.CSV else b""


def encode_rows(columns: Sequence[str], rows: Iterable[Row], *, form: Format) -> bytes:
    """Return *rows* as lines of a file; each has one cell for each of *columns*."""
    if form is Format.CSV:
        return _csv([csv_text(cell) for cell in row] for row in rows)
    return b"".join(_json_line(columns, row) for row in rows)


def _csv(lines: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    return text.getvalue().encode()


def _json_line(columns: Sequence[str], row: Row) -> bytes:
    members = {name: json_value(cell) for name, cell in zip(columns, row, strict=True)}
    return orjson.dumps(members, option=orjson.OPT_APPEND_NEWLINE)
