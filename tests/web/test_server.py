"""The end of an API process: what is under way is answered, and every client is sent elsewhere in time."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ciclo.web.serving.drain import Drain
from ciclo.web.serving.http_protocol import BoundedHttpProtocol
from ciclo.web.serving.server import DrainingServer
from ciclo.web.serving.starter import NOTIFY_SOCKET, tell_starter

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
SLOW = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
ENOUGH_S = 30.0


class Served:
    """A server under way, and what it told."""

    def __init__(self, *, drain_s: float) -> None:
        self.told: list[str] = []
        self.started, self.ending = asyncio.Event(), asyncio.Event()
        self.drain = Drain()
        self.asked, self.answer = asyncio.Event(), asyncio.Event()
        self.closed = asyncio.Event()
        self.drain.at_close(self.closed.set)
        config = uvicorn.Config(
            self._app(), host="127.0.0.1", port=0, http=BoundedHttpProtocol, log_config=None, lifespan="off"
        )
        self.server = _Server(config, drain=self.drain, drain_s=drain_s, tell=self._hear)
        self.task = asyncio.create_task(self.server.serve())

    def _hear(self, state: str) -> None:
        self.told.append(state)
        (self.started if state == "READY=1" else self.ending).set()

    def _app(self) -> Starlette:
        async def hello(_: Request) -> Response:
            return PlainTextResponse("hello")

        async def slow(_: Request) -> Response:
            self.asked.set()
            await self.answer.wait()
            return PlainTextResponse("at last")

        return Starlette(routes=[Route("/", hello), Route("/slow", slow)])

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        port = self.server.servers[0].sockets[0].getsockname()[1]
        return await asyncio.open_connection("127.0.0.1", port)

    def end(self) -> None:
        self.server.should_exit = True


class _Server(DrainingServer):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(*, drain_s: float = 0.0) -> AsyncIterator[Served]:
    one = Served(drain_s=drain_s)
    async with asyncio.timeout(ENOUGH_S):
        await one.started.wait()
        yield one
        one.end()
        await one.task


async def answer(reader: asyncio.StreamReader) -> str:
    """Return one answer's head and body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
    return (head + await reader.readexactly(length)).decode()


async def test_a_request_on_its_way_is_answered_and_its_connection_closed() -> None:
    async with served() as one:
        reader, writer = await one.connect()
        writer.write(GET)
        assert "connection: close" not in await answer(reader)

        one.end()
        await one.closed.wait()
        writer.write(GET)

        last = await answer(reader)
        assert "connection: close" in last
        assert last.endswith("hello")
        assert await reader.read() == b""
        writer.close()


async def test_a_request_that_is_being_answered_gets_its_answer() -> None:
    async with served() as one:
        reader, writer = await one.connect()
        writer.write(SLOW)
        await one.asked.wait()

        one.end()
        await one.closed.wait()
        one.answer.set()

        last = await answer(reader)
        assert "connection: close" in last
        assert last.endswith("at last")
        writer.close()


async def test_new_connections_are_taken_until_the_balancer_had_its_time() -> None:
    async with served(drain_s=1.0) as one:
        one.end()
        await one.ending.wait()
        reader, writer = await one.connect()
        assert not one.closed.is_set()
        writer.write(GET)
        while "connection: close" not in await answer(reader):
            writer.write(GET)
        writer.close()


async def test_who_says_nothing_is_not_waited_for() -> None:
    async with served() as one:
        reader, writer = await one.connect()
        one.end()

        assert await reader.read() == b""
        writer.close()


async def test_whoever_started_it_hears_of_its_beginning_and_its_end() -> None:
    async with served() as one:
        assert one.told == ["READY=1"]
        one.end()
        await one.task

        assert one.told == ["READY=1", "STOPPING=1"]


@pytest.mark.parametrize("named", ["file", "abstract"])
def test_the_starter_is_told_at_its_socket(
    named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = str(tmp_path / "notify") if named == "file" else f"@{tmp_path}/notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as starter:
        starter.bind(address.replace("@", "\0"))
        starter.settimeout(ENOUGH_S)
        monkeypatch.setenv(NOTIFY_SOCKET, address)

        tell_starter("READY=1")

        assert starter.recv(100) == b"READY=1"


def test_a_starter_that_is_gone_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NOTIFY_SOCKET, str(tmp_path / "nobody"))

    tell_starter("READY=1")
