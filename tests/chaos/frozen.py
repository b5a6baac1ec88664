"""A MongoDB of a test's own that freezes, as on a host whose disk or network hangs: connected, and silent."""

import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from ciclo.actions.clock import SETTING_S_MAX
from tests.chaos.cpu_wait import waited_s
from tests.servers import Servers, scratch, start
from tests.stack import Stack, token, until

ANSWER_S_MAX: Final = 5.0
"""Within this a caller is told; the driver's own time-out comes later, and once for every call."""


@dataclass(frozen=True, slots=True)
class Timed:
    """An answer, and how long it took, less what this process waited for a processor."""

    answer: httpx.Response
    seconds: float


@contextmanager
def own_servers() -> Iterator[Servers]:
    """Give servers that nobody else uses."""
    folder = scratch()
    servers = start(folder)
    try:
        yield servers
    finally:
        servers.stop()
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def frozen_mongo(stack: Stack) -> AsyncIterator[None]:
    """Freeze the stack's MongoDB until the block ends; then wait until the API answers again."""
    status = await stack.deps.store.client.admin.command("serverStatus")
    pid = int(status["pid"])
    os.kill(pid, signal.SIGSTOP)
    try:
        frozen_at = time.monotonic()

        async def is_silent() -> bool:
            # Each thread stops by itself; and what was read of the clock a moment ago is good for a while.
            return _is_stopped(pid) and time.monotonic() > frozen_at + SETTING_S_MAX

        await until(is_silent)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
        await answering(stack)


def _is_stopped(pid: int) -> bool:
    states = [
        stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        for stat in Path(f"/proc/{pid}/task").glob("*/stat")
    ]
    return set(states) == {"T"}


async def answering(stack: Stack) -> None:
    """Wait until the API answers."""

    async def answers() -> bool:
        answer = await stack.http.post(
            "/graphql",
            json={"query": "{ clock { now } plans { totalCount } }"},
            headers={"authorization": f"Bearer {token()}"},
        )
        return answer.status_code == 200

    await until(answers, seconds=30)


async def timed(asking: Awaitable[httpx.Response]) -> Timed:
    """Return an answer, and how long it took."""
    started, waited = time.monotonic(), waited_s()
    answer = await asking
    return Timed(answer, time.monotonic() - started - (waited_s() - waited))
