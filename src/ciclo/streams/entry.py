"""What travels through a stream: the id and type of an event. The payload stays in the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

ERROR_CHARS_MAX: Final = 500

Reply: TypeAlias = Any
"""What the driver answers: bytes or text, lists or mappings, by protocol. Read here and nowhere else."""

FIELDS: Final = ("event_id", "type")
"""What an entry carries."""

TRACED_FIELDS: Final = (*FIELDS, "trace")
"""What it carries where anything is traced: the W3C `traceparent` too, empty where the event has none."""

Row = tuple[str, Mapping[bytes, bytes]]
"""An entry as the server gives it: its id and its fields."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A delivered entry. `id` is its place in the stream; `event_id` leads to the event in the database."""

    id: str
    event_id: str
    type: str
    trace: str = ""


def entry_of(row: Row) -> Entry | None:
    """Read a row; None if it lacks a field or is not UTF-8, so that it leads to no event."""
    entry_id, fields = row
    try:
        event_id, event_type = fields[b"event_id"].decode(), fields[b"type"].decode()
    except (KeyError, UnicodeDecodeError):
        return None
    trace = fields.get(b"trace", b"").decode(errors="replace")
    return Entry(entry_id, event_id, event_type, trace) if event_id and event_type else None


def rows_of(reply: Reply) -> list[Row]:
    """Read the driver's reply to XREAD or XREADGROUP of one stream.

    It is `[[stream, rows]]` under RESP2, `{stream: [rows]}` under RESP3, `{stream: rows}` without legacy
    replies, and `[]`, `{}` or None when nothing came.
    """
    if not reply:
        return []
    [found] = reply.values() if isinstance(reply, Mapping) else (rows for _, rows in reply)
    if len(found) == 1 and isinstance(found[0], list):
        [found] = found
    return decode_fields(found)


def decode_fields(rows: Reply) -> list[Row]:
    """Return rows with their ids as text."""
    return [(entry_id.decode(), fields) for entry_id, fields in rows]


def error_text(error: BaseException) -> str:
    """Return an error's type and text, shortened for logs and records."""
    return f"{type(error).__name__}: {error}"[:ERROR_CHARS_MAX]
