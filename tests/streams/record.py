"""A record in memory: what a database would say of delivered entries, and consumers that ask it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ciclo.streams.connection import Streams
from ciclo.streams.consumer import ConsumerOptions, Delivered, Unanswered, consume
from ciclo.streams.entry import Entry
from ciclo.streams.publisher import publish

STREAM = "events"
GROUP = "billing"
DONE_S_MAX = 30.0
POLL_S = 0.01

PROMPT = ConsumerOptions()
"""Real idle times, so that a slow machine can't make one consumer take another's work."""

EAGER = ConsumerOptions(block_ms=50, claim_interval_ms=20, idle_ms_min=150)
"""Takes abandoned work over at once."""


@dataclass
class Record:
    """What was delivered, by event id, and how it was answered.

    `unanswered` is how many deliveries get no answer; `says` answers the others, else they are handled.
    """

    unanswered: int = 0
    calls: list[list[str]] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)
    during: Callable[[Sequence[Entry]], Awaitable[None]] | None = None
    says: Callable[[Sequence[str]], Delivered] = lambda _: Delivered()
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def handled(self) -> list[str]:
        return [event_id for batch in self.batches for event_id in batch]

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(DONE_S_MAX), self.changed:
            await self.changed.wait_for(done)

    async def deliver(self, entries: Sequence[Entry]) -> Delivered:
        batch = [entry.event_id for entry in entries]
        self.calls.append(batch)
        await self._tell()
        if self.during is not None:
            await self.during(entries)
        if self.unanswered > 0:
            self.unanswered -= 1
            raise Unanswered("no primary")
        self.batches.append(batch)
        await self._tell()
        return self.says(batch)

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()


@asynccontextmanager
async def consuming(
    streams: Streams, record: Record, *, consumer: str = "one", options: ConsumerOptions = PROMPT
) -> AsyncIterator[asyncio.Event]:
    """Run a consumer while the block runs; give its stop."""
    stop = asyncio.Event()
    task = asyncio.create_task(run(streams, record, consumer=consumer, options=options, stop=stop))
    try:
        yield stop
    finally:
        stop.set()
        async with asyncio.timeout(DONE_S_MAX):
            await task


async def run(
    streams: Streams, record: Record, *, consumer: str, options: ConsumerOptions, stop: asyncio.Event
) -> None:
    await consume(
        streams,
        stream=STREAM,
        group=GROUP,
        consumer=consumer,
        deliver=record.deliver,
        options=options,
        stop=stop,
    )


async def publish_ids(streams: Streams, *event_ids: str) -> None:
    entries = [(event_id, "payment_succeeded") for event_id in event_ids]
    await publish(streams, STREAM, entries, timeout_ms=10_000)


async def eventually(check: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a state of the server, which nobody can tell us about."""
    async with asyncio.timeout(DONE_S_MAX):
        while not await check():  # noqa: ASYNC110 - the server sets no event of ours
            await asyncio.sleep(POLL_S)


async def pending(streams: Streams) -> int:
    summary = await streams.redis.xpending(streams.key(STREAM), GROUP)
    return int(summary["pending"])


async def nothing_pending(streams: Streams) -> bool:
    return await pending(streams) == 0


async def dead_letters(streams: Streams) -> list[dict[str, str]]:
    rows = await streams.redis.xrange(streams.key("dead"))
    return [{name.decode(): value.decode() for name, value in fields.items()} for _, fields in rows]
