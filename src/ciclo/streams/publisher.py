"""Publishing entries: in order, many at once, sent once. What fails is the caller's to send again."""

from collections.abc import Sequence
from typing import Final

from redis.typing import EncodableT

from ciclo.streams.connection import Streams, within
from ciclo.streams.entry import FIELDS

ENTRIES_MAX: Final = 1_000
"""How many entries are appended by one script: the server does nothing else meanwhile."""

_APPEND: Final = """
local kept, width = ARGV[1], tonumber(ARGV[2])
for first = 3 + width, #ARGV, width do
    local command = {'XADD', KEYS[1]}
    if kept ~= '' then
        command = {'XADD', KEYS[1], 'MAXLEN', '~', kept}
    end
    table.insert(command, '*')
    for place = 0, width - 1 do
        table.insert(command, ARGV[3 + place])
        table.insert(command, ARGV[first + place])
    end
    redis.call(unpack(command))
end
"""
"""Appends entries: told how many to keep, how many fields each has, their names, and row by row the values.

A script is a transaction: without one a waiting consumer is woken by the first entry, takes it alone, and
the batch is two. A command for each entry would cost the sender four times as much to write out.
"""


async def publish(
    streams: Streams, stream: str, entries: Sequence[tuple[str, str]], *, timeout_ms: int
) -> None:
    """Append one entry per (event id, type), in order.

    There is no MAXLEN: it would drop entries that nobody has read. `housekeeping.trim` drops what is done.

    Raises:
        StreamsUnavailable: some or all entries may be missing; publishing all of them again is harmless,
            because an event is applied once however often it is announced.
    """
    await within(f"publish to {stream}", append(streams, stream, FIELDS, entries), ms=timeout_ms)


async def append(
    streams: Streams,
    stream: str,
    fields: Sequence[str],
    rows: Sequence[Sequence[EncodableT]],
    *,
    kept_min: int | None = None,
) -> None:
    """Append an entry for each of *rows*, its values under *fields*; let the server drop all but *kept_min*.

    Raises:
        RedisError: as the driver raises it; it is unknown which of the entries are appended.
    """
    append_rows = streams.redis.register_script(_APPEND)
    kept = "" if kept_min is None else kept_min
    for start in range(0, len(rows), ENTRIES_MAX):
        values = [value for row in rows[start : start + ENTRIES_MAX] for value in row]
        await append_rows(keys=[streams.key(stream)], args=[kept, len(fields), *fields, *values])
