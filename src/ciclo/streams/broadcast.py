"""Live updates: messages to whoever listens now. Some may get lost, and then listeners are told."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from ciclo.backoff import Backoff, pause
from ciclo.streams.connection import FAILURES, Streams, within
from ciclo.streams.entry import Reply, error_text, rows_of
from ciclo.streams.publisher import append
from ciclo.streams.timeouts import check_cancelled, stop_at_exit

KEPT_MIN: Final = 2_000
READ_MAX: Final = 500
READ_BLOCK_MS: Final = 2_000
ANNOUNCE_MS_MAX: Final = 1_000
BACKOFF: Final = Backoff(first=0.1, max=5.0)
FIELD: Final = "message"
BEFORE_ALL: Final = "0-0"

_FIELD: Final = FIELD.encode()

assert READ_MAX < KEPT_MIN, "a follower that trimming overtook must see it by a full reply"


async def announce(
    streams: Streams, channel: str, messages: Sequence[bytes], *, timeout_ms: int = ANNOUNCE_MS_MAX
) -> None:
    """Send *messages* (UTF-8) to all followers of *channel*; about the last 2,000 are kept for slow ones.

    Raises:
        StreamsUnavailable: some or all messages were not sent. Nothing may depend on them.
    """
    rows = [[message.decode()] for message in messages]
    appending = append(streams, channel, [FIELD], rows, kept_min=KEPT_MIN)
    await within(f"announce on {channel}", appending, ms=timeout_ms)


async def follow(
    streams: Streams, channel: str, *, stop: asyncio.Event
) -> AsyncGenerator[tuple[bytes, ...] | None, None]:
    """Yield the messages of *channel* from now on, in batches, until *stop* is set.

    None comes first, and again wherever messages may be missing: the connection broke, the server was
    emptied, or the follower was too slow. It means: fetch the present state now, and what follows is all
    that changes it. One follower per process is enough, which hands the messages on to its listeners.
    """
    log = structlog.get_logger().bind(channel=channel)
    stopping = asyncio.create_task(stop.wait())
    after: str | None = None
    failures = 0
    try:
        while not stop.is_set():
            check_cancelled()
            try:
                step = await _step(streams, streams.key(channel), after=after, stopping=stopping)
            except FAILURES as error:
                after = None
                failures += 1
                log.warning("stream_follower_cut", failures=failures, error=error_text(error))
                await pause(stop, seconds=BACKOFF.spread_s(failures, least=0.5))
                continue
            after, failures = step.after, 0
            if step.is_gap:
                yield None
            if step.messages:
                yield step.messages
    finally:
        stopping.cancel()
        await asyncio.wait({stopping})


@dataclass(frozen=True, slots=True)
class _Step:
    after: str
    """The id to read on from."""
    messages: tuple[bytes, ...] = ()
    is_gap: bool = False
    """Something may be missing before the messages."""


async def _step(streams: Streams, key: str, *, after: str | None, stopping: asyncio.Task[Any]) -> _Step:
    """Find the end of the channel, or read on from *after*."""
    if after is None:
        return _Step(await _end(streams, key), is_gap=True)
    reading = asyncio.ensure_future(streams.redis.xread({key: after}, count=READ_MAX, block=READ_BLOCK_MS))
    async with stop_at_exit(reading):
        await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if reading.cancelled():
        return _Step(after)
    rows = rows_of(reading.result())
    if rows:
        # Trimming leaves more entries than one reply holds, so only a full reply can hide a loss.
        is_overtaken = len(rows) == READ_MAX and not await streams.redis.xrange(key, min=after, max=after)
        messages = tuple(fields[_FIELD] for _, fields in rows if _FIELD in fields)
        return _Step(rows[-1][0], messages, is_gap=is_overtaken)
    end = await _end(streams, key)
    # An emptied server whose clock went back would number new entries below ours, unseen for long.
    return _Step(end, is_gap=True) if _position(end) < _position(after) else _Step(after)


async def _end(streams: Streams, key: str) -> str:
    newest: Reply = await streams.redis.xrevrange(key, count=1)
    return newest[0][0].decode() if newest else BEFORE_ALL


def _position(entry_id: str) -> tuple[int, int]:
    ms, seq = entry_id.split("-")
    return int(ms), int(seq)
