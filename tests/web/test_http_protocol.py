"""What comes before a body is bounded in bytes, time and connections, over raw connections."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import ClassVar

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from ciclo.web.serving.http_protocol import HEAD_BYTES_MAX, BoundedHttpProtocol
from tests.stack import until
from tests.web.raw_http import a_connection, answer_to, read_all
from tests.web.serving import serving

HANDSHAKE = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = b"POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
PIECE = 16_384


class Hasty(BoundedHttpProtocol):
    """Waits a shorter time, for fewer."""

    waiting: ClassVar[OrderedDict[BoundedHttpProtocol, None]] = OrderedDict()
    head_s_max: ClassVar[float] = 0.4
    waiting_max: ClassVar[int] = 5


async def _hello(_request: Request) -> Response:
    return PlainTextResponse("hello")


async def _length(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close()


APP = Starlette(
    routes=[
        Route("/", _hello),
        Route("/length", _length, methods=["POST"]),
        WebSocketRoute("/socket", _socket),
    ]
)


@pytest.fixture(scope="module")
async def url() -> AsyncIterator[str]:
    async with serving(APP) as url:
        yield url


@pytest.fixture(scope="module")
async def hasty() -> AsyncIterator[str]:
    async with serving(APP, http=Hasty) as url:
        yield url


def pieces_of(text: bytes) -> list[bytes]:
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]


@pytest.mark.parametrize(
    "flood",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 4_000_000,
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: a\r\n" * 500_000,
        b"GET /" + b"a" * 4_000_000,
        b"\r\n" * 2_000_000,
        b"GET /socket HTTP/1.1\r\nHost: x\r\n" + HANDSHAKE + b"X-A: " + b"a" * 4_000_000,
        CHUNKED + b"1\r\na\r\n0\r\nX-A: " + b"a" * 4_000_000,
        CHUNKED + b"1\r\na\r\n0\r\n" + b"X-A: a\r\n" * 500_000,
        CHUNKED + b"1;" + b"a" * 4_000_000,
    ],
    ids=[
        "long header",
        "many headers",
        "long url",
        "empty lines",
        "handshake",
        "trailer",
        "trailers",
        "size",
    ],
)
async def test_a_head_without_end_is_refused_before_it_costs_anything(url: str, flood: bytes) -> None:
    began = time.process_time()

    answer = await answer_to(url, *pieces_of(flood))

    # A reset may overtake the answer: the server does not read what it will not use.
    assert answer[:12] in {b"HTTP/1.1 431", b""}
    assert time.process_time() - began < 2


@pytest.mark.parametrize("path", [b"/", b"/socket"])
async def test_a_whole_head_that_is_too_long_is_told_so(url: str, path: bytes) -> None:
    head = b"GET %s HTTP/1.1\r\nHost: x\r\n" % path + HANDSHAKE + KEY
    long = b"X-A: " + b"a" * (HEAD_BYTES_MAX - 200) + b"\r\n"

    assert (await answer_to(url, head + long + b"X-B: " + b"b" * 200 + b"\r\n\r\n")).startswith(
        b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    )


async def test_a_long_head_is_read_and_each_request_of_a_connection_is_counted_anew(url: str) -> None:
    long = GET + b"X-A: " + b"a" * (HEAD_BYTES_MAX - 100) + b"\r\n\r\n"
    last = GET + b"Connection: close\r\n\r\n"

    answer = await answer_to(url, *pieces_of(long), *pieces_of(long), last)

    assert answer.count(b"HTTP/1.1 200 OK") == answer.count(b"hello") == 3


@pytest.mark.parametrize("length", [1, 300_000])
async def test_bodies_are_none_of_its_business(url: str, length: int) -> None:
    body = b"a" * length
    plain = b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % length
    tiny = CHUNKED + b"1\r\na\r\n" * length + b"0\r\nX-Trailer: a\r\n\r\n"
    last = GET + b"Connection: close\r\n\r\n"

    answer = await answer_to(url, plain, *pieces_of(body), *pieces_of(tiny), last)

    assert answer.count(b"\r\n\r\n%d" % length) == 2
    assert answer.endswith(b"hello")


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        GET + b"\r\n" + b"GE",
        b"GET /socket HTTP/1.1\r\nHost: x\r\n" + HANDSHAKE,
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n" + b"a",
    ],
    ids=["nothing", "half a head", "half of the next", "half a handshake", "half a body that nobody reads"],
)
async def test_who_does_not_go_on_is_hung_up_on(hasty: str, beginning: bytes) -> None:
    async with asyncio.timeout(5), a_connection(hasty) as (reader, writer):
        writer.write(beginning[:-1])
        said = asyncio.create_task(read_all(reader))
        await asyncio.wait([said], timeout=Hasty.head_s_max / 4)
        writer.write(beginning[-1:])
        answer = await said

    assert answer.count(b"HTTP/1.1") == (beginning.startswith(GET + b"\r\n") or beginning[:4] == b"POST")


async def test_drops_of_a_head_do_not_win_time(hasty: str) -> None:
    began = time.monotonic()
    async with asyncio.timeout(5), a_connection(hasty) as (reader, writer):
        writer.write(GET + b"X-A: ")
        said = asyncio.create_task(read_all(reader))
        while not said.done():
            writer.write(b"a")
            await asyncio.wait([said], timeout=Hasty.head_s_max / 8)

    assert await said == b""
    assert Hasty.head_s_max / 2 < time.monotonic() - began < Hasty.head_s_max * 5


async def test_of_too_many_that_wait_the_one_that_waits_longest_has_to_go(hasty: str) -> None:
    async with asyncio.timeout(5), a_connection(hasty) as (first, _):
        said = asyncio.create_task(read_all(first))
        others = [a_connection(hasty) for _ in range(Hasty.waiting_max - 1)]
        for other in others:
            await other.__aenter__()
        await asyncio.wait([said], timeout=Hasty.head_s_max / 8)
        assert not said.done()

        answer = await answer_to(hasty, GET + b"Connection: close\r\n\r\n")

        assert answer.endswith(b"hello")
        began = time.monotonic()
        assert await said == b""
        assert time.monotonic() - began < Hasty.head_s_max / 2
        for other in others:
            await other.__aexit__(None, None, None)


async def test_nothing_is_kept_of_connections_that_ended(url: str) -> None:
    await answer_to(url, GET + b"Connection: close\r\n\r\n")

    async def nothing_waits() -> bool:
        return not BoundedHttpProtocol.waiting

    await until(nothing_waits)


class Small(BoundedHttpProtocol):
    """Has two places."""

    connections_max: ClassVar[int] = 2


async def test_who_finds_no_place_hears_when_to_come_again() -> None:
    async with serving(APP, http=Small) as url, AsyncExitStack() as opened:
        for _ in range(2):
            await opened.enter_async_context(a_connection(url))
        refused = await answer_to(url, GET, b"\r\n")
        await opened.aclose()

        async def is_taken() -> bool:
            answer = await answer_to(url, GET, b"Connection: close\r\n\r\n")
            return answer.startswith(b"HTTP/1.1 200 ")

        await until(is_taken)

    head, _, body = refused.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert {b"retry-after: 1", b"connection: close"} <= set(head.split(b"\r\n"))
    assert b'"code":"UNAVAILABLE"' in body
