"""The APIs are restarted one after the other while people ask, and nobody notices."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest

from ciclo.localstack.ports import open_listener
from ciclo.localstack.processes import Process
from ciclo.localstack.stack import ciclo
from ciclo.settings.settings import Settings
from tests.chaos.long.members import Member
from tests.chaos.processes import environment
from tests.stack import Stack, running_stack, token
from tests.web.socket_client import connected

CALLERS: Final = 8
ASK: Final = {"query": "{ plans { totalCount } }"}
FEED: Final = "subscription { eventFeed { id } }"
RESTARTING: Final = 1012


@asynccontextmanager
async def two_apis(settings: Settings, folder: Path) -> AsyncIterator[tuple[str, tuple[Member, Member]]]:
    """Serve by two processes on one socket."""
    (folder / "logs").mkdir()
    with open_listener(0, exactly=False) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        values = environment(settings.model_copy(update={"base_url": url}))
        command = ciclo("api", "--fd", str(listener.fileno()))
        first, second = (
            Member(
                Process(name=name, command=command, environment=values, files=(listener.fileno(),)),
                folder=folder,
            )
            for name in ("api-1", "api-2")
        )
        try:
            first.start()
            second.start()
            await asyncio.gather(first.ready(), second.ready())
            yield url, (first, second)
        finally:
            first.end()
            second.end()


@pytest.fixture
async def stack(settings: Settings) -> AsyncIterator[Stack]:
    async with running_stack(settings, billing_workers=0, collection_workers=0, relaying=False) as running:
        yield running


async def test_a_rolling_restart_fails_no_request(stack: Stack, settings: Settings, tmp_path: Path) -> None:
    """Some callers keep their connections, others open one for each request."""
    answers: Counter[object] = Counter()
    stop = asyncio.Event()

    async def ask(url: str, *, keep: bool) -> None:
        headers = {"authorization": f"Bearer {token()}", **({} if keep else {"connection": "close"})}
        async with httpx.AsyncClient(base_url=url, timeout=60, headers=headers) as http:
            while not stop.is_set():
                try:
                    answers[(await http.post("/graphql", json=ASK)).status_code] += 1
                except httpx.TransportError as error:
                    answers[repr(error)] += 1

    async with two_apis(settings, tmp_path) as (url, apis), asyncio.TaskGroup() as tasks:
        for number in range(CALLERS):
            tasks.create_task(ask(url, keep=number % 2 == 0))
        for api in apis:
            await api.replace()
        stop.set()

    assert set(answers) == {200}
    assert [api.surprises for api in apis] == [[], []]


async def test_live_updates_are_told_to_connect_again(
    stack: Stack, settings: Settings, tmp_path: Path
) -> None:
    headers = {"authorization": f"Bearer {token()}", "accept": "text/event-stream"}
    async with (
        two_apis(settings, tmp_path) as (url, apis),
        connected(f"{url.replace('http', 'ws')}/graphql") as socket,
        httpx.AsyncClient(base_url=url, timeout=60, headers=headers) as http,
        http.stream("POST", "/graphql", json={"query": FEED}) as stream,
    ):
        await socket.init(authorization=f"Bearer {token()}")
        for api in apis:
            await api.replace()

        assert await socket.close_code() == RESTARTING
        assert "CONNECT_AGAIN" in (await stream.aread()).decode()
