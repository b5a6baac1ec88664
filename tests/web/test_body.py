"""Request bodies over a real connection: bounds, types, and the problems that refusals are."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciclo import logs
from ciclo.web.problems import HANDLERS, HttpProblem, refusal_response
from ciclo.web.request_body import read_body
from ciclo.web.strict_json import read_json
from tests.web.serving import serving

BYTES_MAX = 1_000
JSON = {"content-type": "application/json"}


async def _echo(request: Request) -> Response:
    body = await read_body(request, bytes_max=BYTES_MAX, seconds_max=0.5)
    with logs.about(request_id="req-1"):
        return JSONResponse({"read": len(body), "value": read_json(body)})


async def _busy(_request: Request) -> Response:
    with logs.about(request_id="req-2"):
        return refusal_response(HttpProblem(status=503, code="BUSY", detail="come again", retry_after_s=7))


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    routes = [Route("/echo", _echo, methods=["POST"]), Route("/busy", _busy)]
    async with (
        serving(Starlette(routes=routes, exception_handlers=HANDLERS)) as url,
        httpx.AsyncClient(base_url=url) as client,
    ):
        yield client


async def _chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
    ],
)
async def test_json_is_read(client: httpx.AsyncClient, content_type: str) -> None:
    response = await client.post("/echo", content=b'{"a": 1}', headers={"content-type": content_type})

    assert (response.status_code, response.json()) == (200, {"read": 8, "value": {"a": 1}})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": ""},
        {"content-type": "text/plain"},
        {"content-type": "application/jsonp"},
        {"content-type": "text/plain, application/json"},
        {"content-type": "application/json, text/plain"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/json; charset=utf-8; x=y"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "multipart/form-data; boundary=x"},
        [("content-type", "application/json"), ("content-type", "application/json")],
        {**JSON, "content-encoding": "gzip"},
        {**JSON, "content-encoding": "br, identity"},
    ],
)
async def test_any_other_type_or_encoding_is_a_415(client: httpx.AsyncClient, headers: object) -> None:
    response = await client.post("/echo", content=b"{}", headers=headers)  # type: ignore[arg-type]

    assert response.status_code == 415
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] in {"UNSUPPORTED_MEDIA_TYPE", "UNSUPPORTED_CONTENT_ENCODING"}


async def test_a_body_of_exactly_the_limit_is_read(client: httpx.AsyncClient) -> None:
    body = b'"' + b"x" * (BYTES_MAX - 2) + b'"'

    assert (await client.post("/echo", content=body, headers=JSON)).json()["read"] == BYTES_MAX
    assert (await client.post("/echo", content=_chunks(body[:9], body[9:]), headers=JSON)).status_code == 200


async def test_a_larger_body_is_a_413_whether_it_says_its_length_or_not(client: httpx.AsyncClient) -> None:
    body = b"x" * (BYTES_MAX + 1)

    announced = await client.post("/echo", content=body, headers=JSON)
    chunked = await client.post("/echo", content=_chunks(body[:500], body[500:]), headers=JSON)

    assert (announced.status_code, chunked.status_code) == (413, 413)
    assert announced.json() == chunked.json()
    assert announced.json()["detail"] == "a body has at most 1000 bytes"


async def test_a_slow_body_ends(client: httpx.AsyncClient) -> None:
    async def drips() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(0.8)
        yield b"}"

    response = await client.post("/echo", content=drips(), headers=JSON)

    assert (response.status_code, response.json()["code"]) == (408, "BODY_TOO_SLOW")


async def test_a_caller_that_hangs_up_leaves_the_server_well(client: httpx.AsyncClient) -> None:
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    head = b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{"
    writer.write(head)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await reader.read() == b""

    assert (await client.post("/echo", content=b"1", headers=JSON)).status_code == 200


async def test_a_refusal_is_a_problem_with_a_code(client: httpx.AsyncClient) -> None:
    response = await client.get("/busy")

    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["retry-after"] == "7"
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "code": "BUSY",
        "detail": "come again",
        "request_id": "req-2",
    }


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/nowhere", (404, "NOT_FOUND")),
        ("GET", "/echo", (405, "METHOD_NOT_ALLOWED")),
        ("POST", "/echo", (400, "MALFORMED_JSON")),
    ],
)
async def test_refusals_of_the_framework_are_problems_too(
    client: httpx.AsyncClient, method: str, path: str, expected: tuple[int, str]
) -> None:
    response = await client.request(method, path, content=b"{", headers=JSON)

    assert (response.status_code, response.json()["code"]) == expected
    assert response.headers["content-type"] == "application/problem+json"
