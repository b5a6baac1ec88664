"""Tallies: counts that any process adds to, and that whoever watches reads. Approximate after failures."""

from collections.abc import Awaitable, Mapping
from typing import Final

from ciclo.streams.connection import Streams, within
from ciclo.streams.entry import Reply

TALLY_MS_MAX: Final = 250
"""How long a count may keep work waiting."""


async def add_to_tally(streams: Streams, name: str, counts: Mapping[str, int]) -> None:
    """Add *counts* to the tally called *name*.

    Raises:
        StreamsUnavailable: some or all were not counted. Nothing may depend on them.
    """
    if not counts:
        return
    async with streams.redis.pipeline(transaction=False) as pipe:
        for what, number in counts.items():
            pipe.hincrby(_key(streams, name), what, number)
        await within(f"count {name}", pipe.execute(), ms=TALLY_MS_MAX)


async def read_tally(streams: Streams, name: str) -> dict[str, int]:
    """Return what was counted since the tally was last emptied.

    Raises:
        StreamsUnavailable: Redis is away or refuses.
    """
    reading: Awaitable[Reply] = streams.redis.hgetall(_key(streams, name))
    counted = await within(f"read {name}", reading, ms=TALLY_MS_MAX)
    return {what.decode(): int(number) for what, number in counted.items()}


def _key(streams: Streams, name: str) -> str:
    return streams.key(f"tally:{name}")
