"""Publishing entries: in order, many at once, sent once. What fails is the caller's to send again."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import orjson

from ciclo.streams.connection import Streams, run_script, within
from ciclo.streams.entry import FIELDS, TRACED_FIELDS

ENTRIES_MAX: Final = 1_000
"""How many entries are appended by one script: the server does nothing else meanwhile."""


async def publish(
    streams: Streams,
    stream: str,
    entries: Sequence[tuple[str, str]],
    *,
    timeout_ms: int,
    traces: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Append one entry per (event id, type), in order; *traces* are their contexts by event id.

    There is no MAXLEN: it would drop entries that nobody has read. `groups.trim` drops what is done.

    Raises:
        StreamsUnavailable: some or all entries may be missing; publishing all of them again is harmless,
            because an event is applied once however often it is announced.
    """
    rows: Sequence[Sequence[str]] = entries
    if traces:
        rows = [(event_id, type_, traces.get(event_id, "")) for event_id, type_ in entries]
    appending = append(streams, stream, TRACED_FIELDS if traces else FIELDS, rows)
    await within(f"publish to {stream}", appending, ms=timeout_ms)


async def append(
    streams: Streams,
    stream: str,
    fields: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    kept_min: int | None = None,
) -> None:
    """Append an entry for each of *rows*, its values under *fields*; let the server drop all but *kept_min*.

    A command for each entry, or an argument for each value, would cost the sender more to write out than all
    else about an entry.

    Raises:
        RedisError: as the driver raises it; it is unknown which of the entries are appended.
    """
    kept, names = "" if kept_min is None else kept_min, orjson.dumps(fields)
    for start in range(0, len(rows), ENTRIES_MAX):
        values = orjson.dumps(rows[start : start + ENTRIES_MAX])
        await run_script(streams, "append", key=stream, args=[kept, names, values])
