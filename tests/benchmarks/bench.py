"""What every benchmark is given: servers, a scale, databases of its own, and processes that it starts."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from ciclo.actions.dependencies import Deps, open_deps
from ciclo.actions.processing.publish_events import BILLING
from ciclo.localstack.ports import free_port
from ciclo.settings.settings import Settings
from ciclo.streams.publisher import publish
from ciclo.streams.status import groups
from tests.benchmarks.accounts import Ledger
from tests.benchmarks.scale import Scale
from tests.chaos.processes import environment
from tests.servers import Servers
from tests.stack import settings_for

START_S_MAX: Final = 30.0
STOP_S_MAX: Final = 10.0
POLL_S: Final = 0.01
PUBLISH_MS_MAX: Final = 60_000

Process = asyncio.subprocess.Process


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One run."""

    servers: Servers
    scale: Scale
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    """Numbers of accounts, each given out once."""
    suffix: str = ""
    """Keeps the databases of runs on the same servers apart."""

    def settings(self, name: str) -> Settings:
        """Return settings for the benchmark *name*: a database and streams that no other one has."""
        return settings_for(
            self.servers.mongo_url,
            self.servers.redis_url,
            database=f"bench{self.suffix}_{name}",
            prefix=f"bench{self.suffix}-{name}",
            relay_interval_ms=1_000,
            scheduler_interval_ms=1_000,
        )

    @asynccontextmanager
    async def deps(self, name: str) -> AsyncIterator[Deps]:
        """Open what actions work with, on an empty database that is dropped at the end."""
        settings = self.settings(name)
        async with open_deps(settings) as deps:
            try:
                yield deps
            finally:
                await deps.store.client.drop_database(settings.mongo_database)
                keys = [key async for key in deps.streams.redis.scan_iter(f"{settings.stream_prefix}:*")]
                if keys:
                    await deps.streams.redis.delete(*keys)

    @contextmanager
    def ledger(self, name: str) -> Iterator[Ledger]:
        """Open a benchmark's database for filling; its collections must be there. What came in is durable."""
        ledger = Ledger(self.servers.mongo_url, self.settings(name).mongo_database)
        try:
            yield ledger
            ledger.settle()
        finally:
            ledger.close()

    def take(self, size: int) -> list[int]:
        """Return numbers of accounts that nobody has used."""
        return [next(self.numbers) for _ in range(size)]


async def ring(deps: Deps, event_ids: Sequence[str]) -> None:
    """Publish payments that wait in the store, all of them.

    Ciclo itself gives up after a second and leaves the rest to the relay: right for it, but a sample
    would then count events that nobody was told of.

    Raises:
        StreamsUnavailable: not all of them are published.
    """
    entries = [(event_id, "payment_success") for event_id in event_ids]
    await publish(deps.streams, BILLING, entries, timeout_ms=PUBLISH_MS_MAX)


@asynccontextmanager
async def workers(settings: Settings, name: str, *, number: int) -> AsyncIterator[list[Process]]:
    """Run worker processes; they are ready when their group knows them."""
    command = (sys.executable, "-m", "ciclo", "worker", name)
    async with open_deps(settings) as deps:
        before = await _consumers(deps, name)
        processes = [await _started(*command, settings=settings) for _ in range(number)]
        try:
            ends_at = time.monotonic() + START_S_MAX
            while await _consumers(deps, name) < before + number:
                _require(processes, ends_at=ends_at)
                await asyncio.sleep(POLL_S)
            yield processes
        finally:
            await _stopped(processes)


@asynccontextmanager
async def process(*command: str, settings: Settings) -> AsyncIterator[Process]:
    """Run a command of Ciclo until the block ends."""
    running = await _started(sys.executable, "-m", "ciclo", *command, settings=settings)
    try:
        yield running
    finally:
        await _stopped([running])


@asynccontextmanager
async def api(settings: Settings) -> AsyncIterator[tuple[Process, int]]:
    """Run an API process as `ciclo api` does, and give its port."""
    port = free_port(0)
    command = (sys.executable, "-m", "ciclo", "api", "--port", str(port))
    async with served(*command, port=port, settings=settings) as process:
        yield process, port


@asynccontextmanager
async def app(factory: str, settings: Settings) -> AsyncIterator[tuple[Process, int]]:
    """Run another application (`module:function`) on the same server as the API, and give its port."""
    port = free_port(0)
    command = (sys.executable, "-m", "tests.benchmarks.serving", factory, str(port))
    async with served(*command, port=port, settings=settings) as process:
        yield process, port


@asynccontextmanager
async def served(*command: str, port: int, settings: Settings) -> AsyncIterator[Process]:
    """Run a process until the block ends, which begins when its port answers."""
    process = await _started(*command, settings=settings)
    try:
        ends_at = time.monotonic() + START_S_MAX
        while True:
            _require([process], ends_at=ends_at)
            with suppress(OSError):
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                await writer.wait_closed()
                break
            await asyncio.sleep(POLL_S)
        yield process
    finally:
        await _stopped([process])


async def _started(*command: str, settings: Settings) -> Process:
    return await asyncio.create_subprocess_exec(
        *command, env=environment(settings), stdout=asyncio.subprocess.DEVNULL
    )


def _require(processes: list[Process], *, ends_at: float) -> None:
    """Make sure that waiting on makes sense.

    Raises:
        RuntimeError: a process ended by itself, or took too long.
    """
    if any(process.returncode is not None for process in processes):
        raise RuntimeError("a process of the benchmark ended by itself")
    if time.monotonic() > ends_at:
        raise RuntimeError(f"a process of the benchmark was not ready within {START_S_MAX:.0f} s")


async def _stopped(processes: list[Process]) -> None:
    """End processes in order, or at once if they do not end in time."""
    for process in processes:
        if process.returncode is None:
            process.terminate()
    for process in processes:
        try:
            async with asyncio.timeout(STOP_S_MAX):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _consumers(deps: Deps, name: str) -> int:
    return sum(group.consumers for group in await groups(deps.streams, [name]))
