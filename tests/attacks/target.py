"""A stack whose API is attacked: a process of its own, as in production, and a second client beside it."""

import asyncio
import json
import resource
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from ciclo.settings.settings import Settings
from tests.chaos.processes import environment
from tests.stack import Stack, until

SECOND_CLIENT: Final = Path(__file__).with_name("second_client.py")
P99_S_MAX: Final = 0.25
"""What a second client may have to wait, in 99 of 100 cases, whatever somebody else does."""
BUSY_MACHINE: Final = 6
"""On a machine that is slow by itself: so many times what it takes when nobody attacks."""
SAMPLES_MIN: Final = 30
ATTACK_S_MIN: Final = 3.0
"""So long an attack goes on at least, and is repeated."""
ENDS_S_MAX: Final = 40.0
"""A second client that waits for its first or its last answer."""


@dataclass(frozen=True)
class Waits:
    """What a second client went through."""

    seconds: list[float]
    statuses: list[int]

    @property
    def p99(self) -> float:
        """Return the wait that 99 of 100 answers stayed below."""
        return sorted(self.seconds)[int(len(self.seconds) * 0.99)]


@dataclass(frozen=True, kw_only=True)
class Target:
    """The process that is attacked."""

    stack: Stack
    url: str
    http: httpx.AsyncClient

    @property
    def port(self) -> int:
        """Return where it listens."""
        return int(self.url.rpartition(":")[2])

    async def ask(self, query: str, bearer: str, **variables: Any) -> dict[str, Any]:
        """Return the whole answer to a query."""
        response = await self.http.post(
            "/graphql",
            json={"query": query, "variables": variables},
            headers={"authorization": f"Bearer {bearer}"},
        )
        found: dict[str, Any] = response.json()
        return found

    async def second_client(self, attack: Callable[[], Awaitable[None]]) -> Waits:
        """Return what somebody else goes through while *attack* is made again and again."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(SECOND_CLIENT), str(self.port)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            await asyncio.wait_for(process.stdout.readline(), timeout=ENDS_S_MAX)
            ends_at = time.monotonic() + ATTACK_S_MIN
            while time.monotonic() < ends_at:
                await attack()
            # Input, though none: without any it would be left open.
            output, _ = await asyncio.wait_for(process.communicate(b""), timeout=ENDS_S_MAX)
            return Waits(**json.loads(output))
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def quiet(self) -> Waits:
        """Return what they go through while nobody attacks."""

        async def nothing() -> None:
            await self.http.get("/healthz")

        return await self.second_client(nothing)


def require_undisturbed(waits: Waits, *, quiet: Waits) -> None:
    """Refuse to believe that nobody else had to wait, unless they had not."""
    assert len(waits.seconds) >= SAMPLES_MIN, f"only {len(waits.seconds)} answers: they took {waits.seconds}"
    assert set(waits.statuses) == {200}
    bound = max(P99_S_MAX, BUSY_MACHINE * quiet.p99)
    assert waits.p99 < bound, (
        f"p99 is {waits.p99:.3f} s; quiet {quiet.p99:.3f} s; most {max(waits.seconds):.3f} s"
    )


@asynccontextmanager
async def a_target(stack: Stack, settings: Settings) -> AsyncIterator[Target]:
    """Serve the stack's data by a process that is to be attacked."""
    _open_many_files()
    with socket.create_server(("127.0.0.1", 0), backlog=2_048) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ciclo", "api", "--fd", str(listening.fileno())),
            env=environment(settings.model_copy(update={"base_url": url})),
            pass_fds=(listening.fileno(),),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        limits = httpx.Limits(max_connections=200)
        try:
            async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as http:
                await until(lambda: _is_alive(http))
                yield Target(stack=stack, url=url, http=http)
        finally:
            process.kill()
            await process.wait()


async def _is_alive(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/healthz")).status_code == 200
    except httpx.TransportError:
        return False


def _open_many_files() -> None:
    """Raise the limit of open files as far as the machine lets us; the target inherits it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8_192), hard))
