"""Headers, request ids, the access log and the catch-all, over real connections."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping

import httpx
import pytest
import structlog
import websockets
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from structlog.testing import LogCapture

from ciclo import logs, metrics
from ciclo.settings.settings import Settings
from ciclo.web.headers import middleware
from ciclo.web.problems import HANDLERS
from tests.web.raw_http import answer_to
from tests.web.serving import serving

ORIGIN = "https://app.example.com"


async def _id(request: Request) -> Response:
    return PlainTextResponse(f"{logs.request_id()} {request.path_params['name']}")


async def _page(_request: Request) -> Response:
    policy = {"content-security-policy": "default-src 'self'", "cache-control": "public, max-age=60"}
    return HTMLResponse("<p>hello", headers=policy)


async def _broken(_request: Request) -> Response:
    raise RuntimeError("mongodb://user:hunter2@db is down")


async def _breaks_off(_request: Request) -> Response:
    async def parts() -> AsyncIterator[str]:
        yield "begun"
        raise RuntimeError("no end")

    return StreamingResponse(parts())


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(logs.request_id())
    await socket.close()


def app(settings: Settings) -> Starlette:
    return Starlette(
        routes=[
            Route("/things/{name}", _id),
            Route("/page", _page),
            Route("/broken", _broken),
            Route("/breaks-off", _breaks_off),
            WebSocketRoute("/socket", _socket),
        ],
        middleware=middleware(settings),
        exception_handlers=HANDLERS,
    )


@pytest.fixture(scope="module")
async def url(settings: Settings) -> AsyncIterator[str]:
    chosen = settings.model_copy(
        update={"cors_origins": (ORIGIN,), "allowed_hosts": ("127.0.0.1", "api.example.com")}
    )
    async with serving(app(chosen)) as url:
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url) as client:
        yield client


@pytest.fixture
def log() -> Iterator[list[Mapping[str, object]]]:
    capture = LogCapture()
    structlog.configure(processors=[logs.with_facts, capture])
    yield capture.entries
    structlog.reset_defaults()


async def test_an_answer_carries_what_browsers_need_to_know(client: httpx.AsyncClient) -> None:
    response = await client.get("/things/a")

    expected = {
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "content-security-policy": (
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
    }
    assert {name: response.headers[name] for name in expected} == expected
    assert "strict-transport-security" not in response.headers
    assert "server" not in response.headers


UPGRADE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
CLOSE = b"Connection: close\r\n\r\n"


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1\r\n",
        b"HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1\r\n",
        b"HTTP/1.1\r\nHost: 127.0.0.1\r\nhost: evil.example\r\n",
    ],
)
async def test_a_request_that_names_no_one_host_is_refused(url: str, start: bytes) -> None:
    asked = await answer_to(url, b"GET /things/a " + start + CLOSE)
    opened = await answer_to(url, b"GET /socket " + start + UPGRADE)

    assert asked.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"BAD_REQUEST"' in asked
    assert opened.startswith(b"HTTP/1.1 400 ")


async def test_http_1_0_knew_no_hosts(settings: Settings) -> None:
    async with serving(app(settings)) as url:
        assert (await answer_to(url, b"GET /things/a HTTP/1.0\r\n\r\n")).split()[1] == b"200"


async def test_a_page_keeps_its_own_policy(client: httpx.AsyncClient) -> None:
    response = await client.get("/page")

    assert response.headers["content-security-policy"] == "default-src 'self'"
    assert response.headers["cache-control"] == "public, max-age=60"
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_https_is_insisted_on_where_the_service_has_it(settings: Settings) -> None:
    chosen = settings.model_copy(update={"base_url": "https://billing.example.com"})

    async with serving(app(chosen)) as url, httpx.AsyncClient() as client:
        response = await client.get(f"{url}/page")

    assert response.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


async def test_a_well_formed_request_id_is_kept(client: httpx.AsyncClient) -> None:
    response = await client.get("/things/a", headers={"x-request-id": "req-1234.abc"})

    assert response.text == "req-1234.abc a"
    assert response.headers["x-request-id"] == "req-1234.abc"


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "with space", "semi;colon", "-dashfirst", "{}{}{}{}{}"]
)
async def test_any_other_request_id_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    response = await client.get("/things/a", headers={"x-request-id": given})

    assert re.fullmatch(r"[0-9a-f]{24}", response.headers["x-request-id"])
    assert response.text == f"{response.headers['x-request-id']} a"


async def test_a_request_is_logged_without_its_query_string(
    client: httpx.AsyncClient, log: list[Mapping[str, object]]
) -> None:
    await client.get("/things/a?token=secret", headers={"x-request-id": "req-12345"})

    [line] = log
    assert {**line, "ms": 0} == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "path": "/things/a",
        "status": 200,
        "ms": 0,
        "request_id": "req-12345",
    }


async def test_what_nobody_caught_is_a_problem_without_its_text(
    client: httpx.AsyncClient, log: list[Mapping[str, object]]
) -> None:
    response = await client.get("/broken", headers={"x-request-id": "req-12345"})

    assert response.json() == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "code": "INTERNAL",
        "detail": "internal error",
        "request_id": "req-12345",
    }
    assert response.headers["x-content-type-options"] == "nosniff"
    assert [line["event"] for line in log] == ["http.unexpected_error", "request"]


async def test_an_answer_that_breaks_off_ends_its_connection(client: httpx.AsyncClient) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/breaks-off")


async def test_a_socket_has_a_request_id_too(url: str) -> None:
    async with websockets.connect(f"{url.replace('http', 'ws')}/socket") as socket:
        assert socket.response is not None
        assert socket.response.headers["x-request-id"] == await socket.recv()


@pytest.mark.parametrize(
    ("host", "status"), [("api.example.com", 200), ("127.0.0.1:80", 200), ("evil.example", 400)]
)
async def test_only_known_hosts_are_served(client: httpx.AsyncClient, host: str, status: int) -> None:
    response = await client.get("/page", headers={"host": host})

    assert response.status_code == status


async def test_a_listed_origin_may_read_answers(client: httpx.AsyncClient) -> None:
    preflight = await client.options(
        "/things/a",
        headers={
            "origin": ORIGIN,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,content-type",
        },
    )
    response = await client.get("/things/a", headers={"origin": ORIGIN})

    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == ORIGIN
    assert response.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    "origin", ["null", "https://evil.example", "https://app.example.com.evil.example", "*"]
)
async def test_no_other_origin_is_let_in(client: httpx.AsyncClient, origin: str) -> None:
    preflight = await client.options(
        "/things/a", headers={"origin": origin, "access-control-request-method": "POST"}
    )
    response = await client.get("/things/a", headers={"origin": origin})

    assert preflight.status_code == 400
    assert "access-control-allow-origin" not in preflight.headers
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("origin", ["*", "null", "app.example.com", "https://a.example/", "ftp://a.example"])
def test_an_origin_that_is_not_one_plain_origin_stops_the_start(settings: Settings, origin: str) -> None:
    with pytest.raises(ValueError, match="CICLO_CORS_ORIGINS"):
        middleware(settings.model_copy(update={"cors_origins": (origin,)}))


async def test_requests_are_counted_by_the_pattern_of_their_route(client: httpx.AsyncClient) -> None:
    await client.get("/things/one")
    await client.get("/things/two")
    await client.get("/nowhere/three")
    await client.request("PURGE", "/page")

    page = metrics.render(()).decode()
    counts = re.findall(r"ciclo_http_request_seconds_count\{(.+)\} (\S+)", page)
    labels = {label for label, _ in counts}
    assert {
        'method="GET",route="/things/{name}",status="200"',
        'method="GET",route="unmatched",status="404"',
        'method="OTHER",route="/page",status="405"',
    } <= labels
    assert not re.search("/(one|two|three)|PURGE", page)


def test_readings_are_shown_beside_the_counters() -> None:
    page = metrics.render(
        [
            metrics.Sample(metrics.Reading.STREAM_LAG, 7, ("ciclo.events", "billing")),
            metrics.Sample(metrics.Reading.STREAM_LAG, 0, ("ciclo.events", "mail")),
            metrics.Sample(metrics.Reading.EVENTS_DEAD, 2),
        ]
    ).decode()

    assert 'ciclo_stream_lag{group="billing",stream="ciclo.events"} 7.0\n' in page
    assert 'ciclo_stream_lag{group="mail",stream="ciclo.events"} 0.0\n' in page
    assert "# TYPE ciclo_events_dead gauge\nciclo_events_dead 2.0\n" in page
    assert "# TYPE ciclo_events_unprocessed gauge\n" in page
    assert not re.search("^ciclo_events_unprocessed", page, re.MULTILINE)
    assert "process_resident_memory_bytes" in page
    assert not re.search("^ciclo_stream_lag", metrics.render(()).decode(), re.MULTILINE)
