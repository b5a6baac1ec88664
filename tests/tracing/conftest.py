"""Processes of a stack, each by itself, that send their traces to a receiver here."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx
import pytest

from ciclo.actions.dependencies import Deps, open_deps
from ciclo.domain.events.event import WORK_ORDERS
from ciclo.settings.settings import Settings
from tests.chaos.processes import environment
from tests.stack import Stack, emptied, settings_for, until
from tests.tracing.receiver import Receiver, receiving

IDLE_S_MAX: Final = 120.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def settings(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str, receiver: Receiver
) -> Settings:
    return settings_for(
        mongo_url, redis_url, database=database_name, prefix=stream_prefix, otlp_url=receiver.url
    )


@dataclass
class Processes:
    """An API and workers, each a process."""

    settings: Settings
    deps: Deps
    stack: Stack
    running: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def start(self, *words: str, descriptors: tuple[int, ...] = ()) -> None:
        """Run `ciclo WORDS`."""
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "ciclo", *words),
            env={**environment(self.settings), **kept},
            pass_fds=descriptors,
        )
        self.running.append(process)

    async def idle(self, *, but: frozenset[str] = WORK_ORDERS) -> None:
        """Wait until no event waits *but* those; a process takes its time to start on a busy machine."""
        waiting = {"processed": False, "dead": False, "type": {"$nin": sorted(but)}}

        async def nothing_waits() -> bool:
            return await self.deps.store["events"].find_one(waiting) is None

        await until(nothing_waits, seconds=IDLE_S_MAX)

    async def stop(self) -> None:
        """End them in order, so that they send what they have."""
        for process in self.running:
            process.terminate()
        await asyncio.gather(*(process.wait() for process in self.running))
        self.running.clear()


@pytest.fixture
async def processes(settings: Settings) -> AsyncIterator[Processes]:
    async with _api(settings) as running:
        yield running


@asynccontextmanager
async def _api(settings: Settings) -> AsyncIterator[Processes]:
    """Run an API process on a port of its own; the workers are the test's to start."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        settings = settings.model_copy(update={"base_url": url})
        async with open_deps(settings) as deps, httpx.AsyncClient(base_url=url, timeout=30) as http:
            await emptied(deps)
            stack = Stack(deps=deps, url=url, http=http)
            processes = Processes(settings, deps, stack)
            descriptor = listening.fileno()
            await processes.start("api", "--fd", str(descriptor), descriptors=(descriptor,))

            async def ready() -> bool:
                return (await http.get("/healthz")).status_code == httpx.codes.OK

            try:
                await until(ready, seconds=IDLE_S_MAX)
                yield processes
            finally:
                await processes.stop()
