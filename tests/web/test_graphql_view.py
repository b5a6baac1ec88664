"""The GraphQL endpoint over real connections: what it answers, and that nothing sent to it is a 500."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import structlog
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from structlog.testing import LogCapture

from ciclo.settings import Settings
from ciclo.web.graphiql import GraphiqlPage
from ciclo.web.graphql_request import GRAPHQL_RESPONSE, answer_type
from tests.web.app import a_token, make_app
from tests.web.serving import serving
from tests.web.test_limits import BOMBS

JSON = {"content-type": "application/json"}
SPEC = {**JSON, "accept": GRAPHQL_RESPONSE}


@pytest.fixture(scope="module")
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(settings, page=GraphiqlPage("<p>GraphiQL"))
    async with serving(app) as url, httpx.AsyncClient(base_url=url) as client:
        yield client


@pytest.fixture(scope="module")
async def reading(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of a service that allows queries by GET, and has no page."""
    chosen = settings.model_copy(update={"queries_by_get": True})
    async with serving(make_app(chosen)) as url, httpx.AsyncClient(base_url=url) as client:
        yield client


@pytest.fixture
def log() -> Iterator[list[Mapping[str, Any]]]:
    capture = LogCapture()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    yield capture.entries
    structlog.reset_defaults()


async def post(
    client: httpx.AsyncClient, query: str, accept: str = GRAPHQL_RESPONSE, **more: object
) -> httpx.Response:
    return await client.post(
        "/graphql", content=json.dumps({"query": query, **more}), headers={**JSON, "accept": accept}
    )


def code_of(response: httpx.Response) -> str:
    [error] = response.json()["errors"]
    assert error["extensions"]["requestId"] == response.headers["x-request-id"]
    return str(error["extensions"]["code"])


async def test_a_query_is_answered(client: httpx.AsyncClient) -> None:
    response = await post(
        client, "query Q($n: String!){hello(name: $n)}", variables={"n": "José"}, operationName="Q"
    )

    assert (response.status_code, response.json()) == (200, {"data": {"hello": "hello José"}})
    assert response.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("accept", "status", "media_type"),
    [
        (GRAPHQL_RESPONSE, 400, GRAPHQL_RESPONSE),
        ("application/json", 200, "application/json"),
        ("*/*", 200, "application/json"),
    ],
)
async def test_what_is_not_executed_has_no_data(
    client: httpx.AsyncClient, accept: str, status: int, media_type: str
) -> None:
    for query, variables, code in (
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("{nowhere}", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{hello} query B{hello}", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: Int!){nodes(first: $n){id}}", {"n": 101}, "QUERY_TOO_COMPLEX"),
        ("query($n: Int!){nodes(first: $n){id}}", {"n": "x"}, "BAD_USER_INPUT"),
    ):
        response = await post(client, query, accept, variables=variables)
        assert (response.status_code, code_of(response)) == (status, code)
        assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
        assert "data" not in response.json()


async def test_what_was_executed_is_a_200_with_data(client: httpx.AsyncClient) -> None:
    for query, data, code in (
        ("{broken}", None, "INTERNAL"),
        ("{forbidden hello}", {"forbidden": None, "hello": "hello world"}, "FORBIDDEN"),
        ("{slow}", None, "TIMEOUT"),
    ):
        response = await post(client, query)
        assert (response.status_code, response.json()["data"], code_of(response)) == (200, data, code)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/graphql-response+json", GRAPHQL_RESPONSE),
        ("Application/GraphQL-Response+JSON; charset=utf-8", GRAPHQL_RESPONSE),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL_RESPONSE),
        ("application/graphql-response+json;q=0.5, application/json", "application/json"),
        ("application/graphql-response+json;q=0", "application/json"),
        ("application/json, multipart/mixed, application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/graphql-response+jsonx", "application/json"),
        (",;,;;q=," * 1_000, "application/json"),
    ],
)
def test_the_answer_has_the_type_that_was_asked_for(accept: str, chosen: str) -> None:
    assert answer_type(accept) == chosen


# What may be sent to an endpoint that knows no mercy

MALFORMED = [
    b"",
    b"null",
    b"true",
    b"1",
    b'"text"',
    b"[]",
    b'[{"query": "{hello}"}]',
    b"[null]",
    b"{}",
    b"{",
    b'{"query": "{hello}"}x',
    b'{"query": "{hello}", "query": "{hello}"}',
    b'{"query": null}',
    b'{"query": ""}',
    b'{"query": 1}',
    b'{"query": ["{hello}"]}',
    b'{"query": "{hello}", "variables": []}',
    b'{"query": "{hello}", "variables": "x"}',
    b'{"query": "{hello}", "variables": NaN}',
    b'{"query": "{hello}", "variables": {"a": Infinity}}',
    b'{"query": "{hello}", "variables": {"a": "\\ud800"}}',
    b'{"query": "{hello}", "variables": {"a": "\\u0000"}}',
    b'{"query": "{hello}", "variables": {"a": ' + b"9" * 5_000 + b"}}",
    b'{"query": "{hello}", "variables": {"a": ' + b"[" * 100_000 + b"}}",
    b'{"query": "{hello}", "operationName": 1}',
    b'{"query": "{hello}", "operationName": "no name"}',
    b'{"query": "{hello}", "operationName": "' + b"x" * 129 + b'"}',
    b'{"query": "{hello}", "operationName": "Unknown"}',
    b'{"query": "{hello}", "extensions": 1}',
    b'{"query": "subscription{ticks}"}',
    b'{"query": "fragment F on Query {hello}"}',
    b"\xff\xfe",
    b'\xef\xbb\xbf{"query": "{hello}"}',
    '{"query": "{hello}"}'.encode("utf-16"),
    b'{"query": "{hello(name: \\"\xed\xa0\x80\\")}"}',
    b"[" * 100_000,
    b'{"a":' * 40_000,
    b"9" * 5_000,
]


@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: repr(body)[:60])
async def test_a_malformed_request_is_a_400(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post("/graphql", content=body, headers=SPEC)

    assert response.status_code == 400
    assert code_of(response) in {"BAD_REQUEST", "MALFORMED_JSON"}


_JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_BODIES = st.fixed_dictionaries(
    {},
    optional={
        "query": st.sampled_from(["{hello}", "{hello(name: 1)}", "query($v: Decimal!){amount(value: $v)}"])
        | st.text(),
        "variables": st.fixed_dictionaries({}, optional={"v": _JSON_VALUES}) | _JSON_VALUES,
        "operationName": _JSON_VALUES,
        "extensions": _JSON_VALUES,
    },
)


@examples(max_examples=150, deadline=None)
@given(_BODIES.map(json.dumps).map(str.encode) | st.binary(max_size=40))
async def test_whatever_is_sent_is_an_answer_or_a_refusal(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post("/graphql", content=body, headers=SPEC)

    assert response.status_code in {200, 400}
    assert "INTERNAL" not in response.text


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "text/plain, application/json",
        "application/jsonp",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
    ],
)
async def test_any_type_that_a_browser_sends_without_asking_is_a_415(
    client: httpx.AsyncClient, content_type: str | None
) -> None:
    headers = {"content-type": content_type} if content_type else {}
    response = await client.post("/graphql", content=b'{"query": "{hello}"}', headers=headers)

    assert (response.status_code, code_of(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_compressed_body_is_not_inflated(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/graphql", content=b"\x1f\x8b", headers={**JSON, "content-encoding": "gzip"}
    )

    assert (response.status_code, code_of(response)) == (415, "UNSUPPORTED_CONTENT_ENCODING")


async def test_a_body_over_256_kib_is_a_413(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b" " * 10_000

    announced = await client.post("/graphql", content=b" " * 262_145, headers=JSON)
    chunked = await client.post("/graphql", content=chunks(), headers=JSON)

    assert [(response.status_code, code_of(response)) for response in (announced, chunked)] == [
        (413, "BODY_TOO_LARGE")
    ] * 2


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "T", "BREW"])
async def test_other_methods_are_a_405(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql", params={"query": "{hello}"})

    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_bomb_is_refused_and_delays_nobody(client: httpx.AsyncClient, bomb: str) -> None:
    started = time.perf_counter()
    hostile, other = await asyncio.gather(post(client, BOMBS[bomb]), post(client, "{hello}"))

    assert code_of(hostile) in {"QUERY_TOO_COMPLEX", "GRAPHQL_PARSE_FAILED"}
    assert other.json() == {"data": {"hello": "hello world"}}
    assert time.perf_counter() - started < 1.0


async def test_a_name_that_does_not_exist_is_said_so(client: httpx.AsyncClient) -> None:
    response = await post(client, "query A{hello}", operationName="B")

    assert response.json()["errors"][0]["message"] == 'Unknown operation named "B".'


async def test_an_empty_operation_name_is_none(client: httpx.AsyncClient) -> None:
    assert (await post(client, "{hello}", operationName="")).status_code == 200


# Queries by GET


async def test_a_query_by_get_is_answered_where_it_is_allowed(reading: httpx.AsyncClient) -> None:
    response = await reading.get(
        "/graphql", params={"query": "query($n: String!){hello(name: $n)}", "variables": '{"n": "Ana"}'}
    )

    assert response.json() == {"data": {"hello": "hello Ana"}}


async def test_a_mutation_by_get_is_a_405(reading: httpx.AsyncClient) -> None:
    for params in (
        {"query": "mutation{add(amount: 1)}"},
        {"query": "query A{hello} mutation B{add(amount: 1)}", "operationName": "B"},
    ):
        response = await reading.get("/graphql", params=params)
        assert (response.status_code, code_of(response)) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    "query_string",
    [
        "",
        "query=",
        "query={hello}&query={hello}",
        "query={hello}&variables=1",
        "query={hello}&variables=[]",
        "query={hello}&variables={",
        "query={hello}&variables=" + "9" * 5_000,
        "query={hello}&variables=" + "[" * 5_000,
        "query={hello}&variables=%FF",
        "query={hello}&variables=%22%ED%A0%80%22",
        "query={hello}&extensions=NaN",
        "query={hello}&operationName=a%20b",
        "query={hello}&operationName=Unknown",
        "query=subscription{ticks}",
    ],
    ids=lambda text: text[:40],
)
async def test_a_malformed_query_by_get_is_a_400(reading: httpx.AsyncClient, query_string: str) -> None:
    response = await reading.get(f"/graphql?{quote(query_string, safe='=&%')}")

    assert response.status_code in {400, 405}
    assert code_of(response) in {"BAD_REQUEST", "MALFORMED_JSON", "METHOD_NOT_ALLOWED"}


# Tokens


async def test_a_token_says_who_is_asking(client: httpx.AsyncClient) -> None:
    headers = {**JSON, "authorization": f"Bearer {a_token()}"}
    response = await client.post("/graphql", content=b'{"query": "{viewer}"}', headers=headers)

    assert response.json() == {"data": {"viewer": "customer ana@example.com"}}
    assert (await post(client, "{viewer}")).json() == {"data": {"viewer": "anonymous "}}


@pytest.mark.parametrize("token", ["x", "Bearer x", f"Bearer {a_token(exp=1)}", "Basic YTpi"])
async def test_a_token_that_is_not_valid_is_a_401(client: httpx.AsyncClient, token: str) -> None:
    headers = {**SPEC, "authorization": token}
    response = await client.post("/graphql", content=b'{"query": "{hello}"}', headers=headers)

    assert (response.status_code, code_of(response)) == (401, "UNAUTHENTICATED")
    assert response.json()["errors"][0]["message"] == "the access token is not valid"
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_a_failure_before_execution_is_a_500_without_its_text(
    client: httpx.AsyncClient, log: list[Mapping[str, Any]]
) -> None:
    headers = {**JSON, "x-break-context": "1", "x-request-id": "req-12345"}
    response = await client.post("/graphql", content=b'{"query": "{hello}"}', headers=headers)

    assert (response.status_code, response.json()) == (
        500,
        {
            "errors": [
                {"message": "internal error", "extensions": {"code": "INTERNAL", "requestId": "req-12345"}}
            ]
        },
    )
    assert [line["event"] for line in log] == ["http.unexpected_error", "request"]


# The page


async def test_a_browser_gets_the_page(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})

    assert (response.status_code, response.text) == (200, "<p>GraphiQL")


async def test_where_there_is_no_page_a_browser_gets_a_404(reading: httpx.AsyncClient) -> None:
    response = await reading.get("/graphql", headers={"accept": "text/html"})

    assert (response.status_code, code_of(response)) == (404, "NOT_FOUND")


# Live updates by SSE


async def events(client: httpx.AsyncClient, query: str, **headers: str) -> list[tuple[str, Any]]:
    """Return the events of a stream, each with its data, until it completes."""
    found = []
    async with client.stream(
        "POST",
        "/graphql",
        content=json.dumps({"query": query}),
        headers={**JSON, "accept": "text/event-stream", **headers},
    ) as response:
        assert response.headers["content-type"] == "text/event-stream"
        event = ""
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            elif line.startswith("data:"):
                data = line.removeprefix("data:").strip()
                found.append((event, json.loads(data) if data else None))
    return found


async def test_ticks_come_as_events(client: httpx.AsyncClient) -> None:
    assert await events(client, "subscription{ticks(count: 3)}") == [
        ("next", {"data": {"ticks": 0}}),
        ("next", {"data": {"ticks": 1}}),
        ("next", {"data": {"ticks": 2}}),
        ("complete", None),
    ]


async def test_a_query_can_be_one_event(client: httpx.AsyncClient) -> None:
    assert await events(client, "{hello}") == [
        ("next", {"data": {"hello": "hello world"}}),
        ("complete", None),
    ]


@pytest.mark.parametrize(
    ("query", "answers", "code"),
    [
        ("subscription{", 1, "GRAPHQL_PARSE_FAILED"),
        ("subscription{nowhere}", 1, "GRAPHQL_VALIDATION_FAILED"),
        ("{" + "node{" * 13 + "id" + "}" * 14, 1, "QUERY_TOO_COMPLEX"),
        ("subscription{breaks}", 2, "INTERNAL"),
        ("{broken}", 1, "INTERNAL"),
        ("{slow}", 1, "TIMEOUT"),
    ],
)
async def test_what_goes_wrong_in_a_stream_is_its_last_event(
    client: httpx.AsyncClient, query: str, answers: int, code: str
) -> None:
    found = await events(client, query)

    assert [event for event, _ in found] == ["next"] * answers + ["complete"]
    [error] = found[-2][1]["errors"]
    assert error["extensions"]["code"] == code
    assert "hunter2" not in str(found)


async def test_a_stream_needs_a_good_token_too(client: httpx.AsyncClient) -> None:
    headers = {"authorization": f"Bearer {a_token('admin')}"}

    assert (await events(client, "subscription{who}", **headers))[0] == (
        "next",
        {"data": {"who": "admin ana@example.com"}},
    )
    response = await client.post(
        "/graphql",
        content=b'{"query": "subscription{who}"}',
        headers={**JSON, "accept": "text/event-stream", "authorization": "Bearer x"},
    )
    assert (response.status_code, code_of(response)) == (401, "UNAUTHENTICATED")


async def test_a_client_that_leaves_stops_its_subscription(settings: Settings) -> None:
    app = make_app(settings)
    async with serving(app) as url, httpx.AsyncClient(base_url=url) as client:
        async with client.stream(
            "POST",
            "/graphql",
            content=b'{"query": "subscription{ticks(count: 100000)}"}',
            headers={**JSON, "accept": "text/event-stream"},
        ) as response:
            await anext(response.aiter_lines())

        async with asyncio.timeout(5):
            await app.state.contexts[0].stopped.wait()
