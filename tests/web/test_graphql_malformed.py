"""What may be sent to an endpoint that knows no mercy: each is refused, none is a 500, none delays others."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from ciclo.settings.settings import Settings
from tests.web.app import make_app
from tests.web.asking import JSON, SPEC, code_of, post
from tests.web.serving import serving
from tests.web.test_limits import BOMBS


@pytest.fixture(scope="module")
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(make_app(settings)) as url, httpx.AsyncClient(base_url=url) as client:
        yield client


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


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "PURGE", "REPORT"])
async def test_other_methods_are_a_405(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql", params={"query": "{hello}"})

    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_bomb_is_refused_and_others_are_answered(client: httpx.AsyncClient, bomb: str) -> None:
    hostile, other = await asyncio.gather(post(client, BOMBS[bomb]), post(client, "{hello}"))

    assert code_of(hostile) in {"QUERY_TOO_COMPLEX", "GRAPHQL_PARSE_FAILED"}
    assert other.json() == {"data": {"hello": "hello world"}}


async def test_a_name_that_does_not_exist_is_said_so(client: httpx.AsyncClient) -> None:
    response = await post(client, "query A{hello}", operationName="B")

    assert response.json()["errors"][0]["message"] == 'Unknown operation named "B".'


async def test_an_empty_operation_name_is_none(client: httpx.AsyncClient) -> None:
    assert (await post(client, "{hello}", operationName="")).status_code == 200
