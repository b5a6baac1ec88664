"""Publishing entries: in order, many at once, sent once. What fails is the caller's to send again."""

from collections.abc import Sequence
from typing import Final

from ciclo.streams.connection import Streams, within
from ciclo.streams.entry import Fields, fields_of

PIPELINE_ENTRIES_MAX: Final = 1_000


async def publish(
    streams: Streams, stream: str, entries: Sequence[tuple[str, str]], *, timeout_ms: int
) -> None:
    """Append one entry per (event id, type), in order.

    There is no MAXLEN: it would drop entries that nobody has read. `housekeeping.trim` drops what is done.

    Raises:
        StreamsUnavailable: some or all entries may be missing; publishing all of them again is harmless,
            because an event is applied once however often it is announced.
    """
    fields = [fields_of(event_id, event_type) for event_id, event_type in entries]
    await within(f"publish to {stream}", append(streams, stream, fields), ms=timeout_ms)


async def append(
    streams: Streams, stream: str, entries: Sequence[Fields], *, kept_min: int | None = None
) -> None:
    """Append *entries* in pipelines of at most 1,000; with *kept_min*, let the server drop older ones.

    Each pipeline is a transaction: without one a waiting consumer is woken by the first entry, takes it
    alone, and the batch is two.

    Raises:
        RedisError: as the driver raises it; earlier pipelines are appended, and it is unknown whether this
            one is.
    """
    key = streams.key(stream)
    for start in range(0, len(entries), PIPELINE_ENTRIES_MAX):
        pipe = streams.redis.pipeline(transaction=True)
        for fields in entries[start : start + PIPELINE_ENTRIES_MAX]:
            pipe.xadd(key, fields, maxlen=kept_min)
        await pipe.execute()
