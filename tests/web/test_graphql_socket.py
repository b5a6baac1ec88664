"""Live updates over graphql-transport-ws: the protocol, and that no message breaks the server."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import websockets
from starlette.applications import Starlette
from websockets import Subprotocol

from ciclo.settings.settings import Settings
from ciclo.web.auth import LEEWAY_S
from ciclo.web.graphql.socket import ANONYMOUS_SOCKETS_MAX
from tests.web.app import make_app
from tests.web.serving import serving
from tests.web.socket_client import connected
from tests.web.tokens import token

ORIGIN = "https://app.example.com"


@pytest.fixture(scope="module")
def app(settings: Settings) -> Starlette:
    return make_app(settings.model_copy(update={"cors_origins": (ORIGIN,)}))


@pytest.fixture(scope="module")
async def url(app: Starlette) -> AsyncIterator[str]:
    async with serving(app) as url:
        yield f"{url.replace('http', 'ws')}/graphql"


async def test_ticks_arrive(url: str) -> None:
    async with connected(url) as client:
        await client.init()

        assert await client.answers("1", "subscription{ticks(count: 2)}") == [
            ("next", {"data": {"ticks": 0}}),
            ("next", {"data": {"ticks": 1}}),
            ("complete", None),
        ]


async def test_queries_and_mutations_work_too(url: str) -> None:
    async with connected(url) as client:
        await client.init()

        assert (await client.answers("1", "query($n: String!){hello(name: $n)}", variables={"n": "Ana"}))[
            0
        ] == (
            "next",
            {"data": {"hello": "hello Ana"}},
        )
        assert (await client.answers("1", "query A{hello} mutation B{add(amount: 1)}", operationName="B"))[
            0
        ] == (
            "next",
            {"data": {"add": 2}},
        )


async def test_each_operation_has_a_context_of_its_own(app: Starlette, url: str) -> None:
    async with connected(url) as client:
        await client.init()
        before = len(app.state.contexts)
        for number in range(3):
            await client.answers(str(number), "{hello}")

    made = app.state.contexts[before:]
    assert len({id(context) for context in made}) == 3


async def test_the_token_of_connection_init_says_who_is_asking(url: str) -> None:
    async with connected(url) as client:
        await client.init(Authorization=f"Bearer {token(role='admin')}")

        assert (await client.answers("1", "subscription{who}"))[0] == (
            "next",
            {"data": {"who": "admin ana@example.com"}},
        )
    async with connected(url) as client:
        await client.init()
        assert (await client.answers("1", "subscription{who}"))[0] == (
            "next",
            {"data": {"who": "anonymous "}},
        )


@pytest.mark.parametrize("token", ["x", "Bearer x", f"Bearer {token(exp=1)}", 7, None, ["Bearer x"]])
async def test_a_token_that_is_not_valid_closes_the_connection(url: str, token: object) -> None:
    async with connected(url) as client:
        await client.send(type="connection_init", payload={"authorization": token})

        assert await client.close_code() == 4403


@pytest.mark.parametrize(("header", "code"), [("x-break-context", 1011), ("x-no-keys", 1013)])
async def test_a_failure_of_ours_closes_the_connection_with_a_code_that_says_so(
    url: str, header: str, code: int
) -> None:
    async with connected(url, **{header: "1"}) as client:
        await client.send(type="connection_init")

        assert await client.close_code() == code
        assert "hunter2" not in (client.socket.close_reason or "")


async def test_a_connection_ends_with_its_token(url: str) -> None:
    almost = int(time.time()) - LEEWAY_S + 2
    async with connected(url) as client:
        await client.init(authorization=f"Bearer {token(exp=almost)}")
        assert (await client.answers("1", "{hello}"))[0][0] == "next"
        await client.subscribe("2", "subscription{ticks(everyMs: 60000)}")

        assert await client.close_code() == 4403
        assert client.socket.close_reason == "the access token has expired; connect again with a new one"
        assert time.time() > almost + LEEWAY_S - 1


async def test_a_connection_without_a_token_ends_soon(settings: Settings) -> None:
    async with serving(make_app(settings, anonymous_s_max=0.2)) as url:
        address = f"{url.replace('http', 'ws')}/graphql"
        async with connected(address) as nobodys, connected(address) as anas:
            await anas.init(authorization=f"Bearer {token()}")
            await nobodys.init()

            assert await nobodys.close_code() == 1001
            assert nobodys.socket.close_reason == "connect again"
            assert (await anas.answers("1", "{hello}"))[0][0] == "next"


async def test_an_address_has_so_many_connections_without_a_token(settings: Settings) -> None:
    async with serving(make_app(settings, init_s_max=30)) as url, AsyncExitStack() as opened:
        address = f"{url.replace('http', 'ws')}/graphql"
        clients = [await opened.enter_async_context(connected(address)) for _ in range(ANONYMOUS_SOCKETS_MAX)]
        with pytest.raises(websockets.InvalidStatus) as refused:
            await opened.enter_async_context(connected(address))
        assert refused.value.response.status_code == 429
        assert b'"TOO_MANY_SOCKETS"' in (refused.value.response.body or b"")

        await clients[0].init(authorization=f"Bearer {token()}")
        await opened.enter_async_context(connected(address))


async def test_who_never_introduces_themselves_is_let_go(url: str) -> None:
    async with connected(url) as client:
        assert await client.close_code() == 4408


async def test_who_asks_before_being_let_in_is_refused(url: str) -> None:
    async with connected(url) as client:
        await client.subscribe("1", "{hello}")

        assert await client.close_code() == 4401


async def test_an_hour_is_enough(settings: Settings) -> None:
    async with (
        serving(make_app(settings, socket_s_max=0.2)) as url,
        connected(f"{url.replace('http', 'ws')}/graphql") as client,
    ):
        await client.init()
        await client.subscribe("1", "subscription{ticks(everyMs: 60000)}")

        assert await client.close_code() == 1001
        assert client.socket.close_reason == "connect again"


MALFORMED = [
    "",
    "no json",
    "null",
    "1",
    "[]",
    '"ping"',
    "{}",
    '{"type": 1}',
    '{"type": ["ping"]}',
    '{"type": "' + "x" * 1_000 + '"}',
    '{"type": "ping", "type": "ping"}',
    '{"type": "ping", "payload": NaN}',
    '{"type": "ping", "payload": ' + "9" * 5_000 + "}",
    '{"type": "ping", "payload": ' + "[" * 10_000 + "}",
    '{"type": "ping", "payload": "\\ud800"}',
    '{"type": "subscribe"}',
    '{"type": "subscribe", "id": "1"}',
    '{"type": "subscribe", "id": 1, "payload": {"query": "{hello}"}}',
    '{"type": "subscribe", "id": "", "payload": {"query": "{hello}"}}',
    '{"type": "subscribe", "id": "' + "x" * 200 + '", "payload": {"query": "{hello}"}}',
    '{"type": "subscribe", "id": "1", "payload": "{hello}"}',
    '{"type": "subscribe", "id": "1", "payload": [{"query": "{hello}"}]}',
    '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": null}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{hello}", "variables": []}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{hello}", "operationName": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{hello}", "operationName": "a b"}}',
    '{"type": "complete"}',
    '{"type": "complete", "id": {}}',
    b"\x00\x01",
]


@pytest.mark.parametrize("message", MALFORMED, ids=lambda message: repr(message)[:50])
async def test_a_malformed_message_closes_the_connection_and_nothing_else(
    url: str, message: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(url) as client:
        await client.init()
        await client.socket.send(message)

        assert await client.close_code() == 4400
    assert [record.name for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("payload", ["x", 1, []])
async def test_a_malformed_introduction_closes_the_connection(url: str, payload: object) -> None:
    async with connected(url) as client:
        await client.send(type="connection_init", payload=payload)

        assert await client.close_code() == 4400


async def test_a_message_over_256_kib_closes_the_connection(url: str) -> None:
    async with connected(url) as client:
        await client.init()
        await client.socket.send('{"type": "ping", "payload": "' + "x" * 262_144 + '"}')

        assert await client.close_code() in {1009, 4400}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ('{hello(name: "' + "x" * 500 + "}", "GRAPHQL_PARSE_FAILED"),
        ("subscription{nowhere}", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription A{ticks} subscription B{ticks}", "GRAPHQL_VALIDATION_FAILED"),
        ("{" + "node{" * 13 + "id" + "}" * 14, "QUERY_TOO_COMPLEX"),
        ("fragment F on Query {hello}", "BAD_REQUEST"),
        ("subscription($n: Int!){ticks(count: $n)}", "BAD_USER_INPUT"),
    ],
)
async def test_what_is_wrong_with_an_operation_is_said_and_the_connection_stays(
    url: str, query: str, code: str
) -> None:
    async with connected(url) as client:
        await client.init()
        [(kind, [error])] = await client.answers("1", query)

        assert (kind, error["extensions"]["code"]) == ("error", code)
        assert error["extensions"]["requestId"]
        assert (await client.answers("1", "{hello}"))[0][0] == "next"


@pytest.mark.parametrize("query", ["subscription{breaks}", "{broken}"])
async def test_what_fails_while_executing_is_masked_and_completes(url: str, query: str) -> None:
    async with connected(url) as client:
        await client.init()
        *_, (kind, payload), (last, _) = await client.answers("1", query)

    assert (kind, last) == ("next", "complete")
    assert [error["extensions"]["code"] for error in payload["errors"]] == ["INTERNAL"]
    assert "hunter2" not in str(payload)


async def test_what_takes_too_long_ends_with_an_error(url: str) -> None:
    async with connected(url) as client:
        await client.init()
        [(kind, [error])] = await client.answers("1", "{slow}")

    assert (kind, error["extensions"]["code"]) == ("error", "TIMEOUT")


async def test_completing_an_operation_stops_it(app: Starlette, url: str) -> None:
    async with connected(url) as client:
        await client.init()
        await client.subscribe("1", "subscription{ticks(count: 100000)}")
        await client.receive()
        context = app.state.contexts[-1]
        await client.send(type="complete", id="1")

        async with asyncio.timeout(5):
            await context.stopped.wait()


async def test_leaving_stops_every_operation(app: Starlette, url: str) -> None:
    before = len(app.state.contexts)
    async with connected(url) as client:
        await client.init()
        for number in range(5):
            await client.subscribe(str(number), "subscription{ticks(count: 100000)}")
            await client.receive()

    async with asyncio.timeout(5):
        for context in app.state.contexts[before + 1 :]:
            await context.stopped.wait()


async def test_twenty_operations_at_a_time_and_no_more(url: str) -> None:
    async with connected(url) as client:
        await client.init()
        for number in range(21):
            await client.subscribe(str(number), "subscription{ticks(count: 1000, everyMs: 1000)}")
        while (message := await client.receive())["type"] != "error":
            assert message["type"] == "next"

    assert (message["id"], message["payload"][0]["message"]) == ("20", "Subscription limit reached")


@pytest.mark.parametrize(
    ("origin", "let_in"),
    [
        (ORIGIN, True),
        (None, True),
        ("https://evil.example", False),
        ("null", False),
        ("http://localhost:1", False),
    ],
)
async def test_pages_of_other_origins_are_kept_out(url: str, origin: str | None, *, let_in: bool) -> None:
    headers = {"origin": origin} if origin else {}
    if let_in:
        async with connected(url, **headers) as client:
            await client.init()
        return
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with connected(url, **headers):
            pass
    assert refused.value.response.status_code == 403


async def test_the_page_that_is_served_here_is_let_in(url: str) -> None:
    async with connected(url, origin=url.replace("ws", "http").removesuffix("/graphql")) as client:
        await client.init()


@pytest.mark.parametrize("protocol", ["graphql-ws", "graphql-sse", "soap"])
async def test_other_protocols_are_not_spoken(url: str, protocol: str) -> None:
    async with websockets.connect(url, subprotocols=[Subprotocol(protocol)]) as socket:
        await socket.wait_closed()

    assert socket.close_code == 4406
