"""A record in memory: what a database would keep of the work, and consumers that work on it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ciclo.streams.connection import Streams
from ciclo.streams.consumer import consume
from ciclo.streams.entry import Entry
from ciclo.streams.publisher import publish
from ciclo.streams.work import ConsumerOptions, Work

STREAM = "events"
GROUP = "billing"
DONE_S_MAX = 30.0
POLL_S = 0.01

PROMPT = ConsumerOptions(backoff_ms_min=5, backoff_ms_max=40)
"""Real idle times, so that a slow machine can't make one consumer take another's work."""

EAGER = ConsumerOptions(
    block_ms=50, claim_interval_ms=20, idle_ms_min=150, backoff_ms_min=5, backoff_ms_max=40
)
"""Takes abandoned work over at once."""


class Surroundings(Exception):
    """The database is away."""


@dataclass
class Record:
    """What was done, by event id. Behaviour is chosen by the sets and numbers given."""

    poison: set[str] = field(default_factory=set)
    tries_max: int = 1
    surroundings_fail: int = 0
    batches: list[list[str]] = field(default_factory=list)
    calls: list[list[str]] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)
    buried: list[tuple[str, str]] = field(default_factory=list)
    during: Callable[[Sequence[Entry]], Awaitable[None]] | None = None
    failed: Callable[[Entry, str], Awaitable[bool]] | None = None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def handled(self) -> list[str]:
        return [event_id for batch in self.batches for event_id in batch]

    @property
    def work(self) -> Work:
        return Work(
            handle=self._handle,
            is_passing=lambda error: isinstance(error, Surroundings),
            failed=self.failed or self._failed,
            buried=self._bury,
        )

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(DONE_S_MAX), self.changed:
            await self.changed.wait_for(done)

    async def _handle(self, entries: Sequence[Entry]) -> None:
        batch = [entry.event_id for entry in entries]
        self.calls.append(batch)
        await self._tell()
        if self.during is not None:
            await self.during(entries)
        if self.surroundings_fail > 0:
            self.surroundings_fail -= 1
            raise Surroundings("no primary")
        if found := self.poison.intersection(batch):
            raise ValueError(f"can't apply {min(found)}")
        self.batches.append(batch)
        await self._tell()

    async def _failed(self, entry: Entry, _error: str) -> bool:
        self.tries[entry.event_id] += 1
        await self._tell()
        return self.tries[entry.event_id] >= self.tries_max

    async def _bury(self, entry: Entry, error: str) -> None:
        self.buried.append((entry.event_id, error))
        await self._tell()

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
        work=record.work,
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
