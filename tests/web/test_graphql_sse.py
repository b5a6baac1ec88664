"""Live updates by SSE over real connections."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from ciclo.settings.settings import Settings
from ciclo.web.auth import LEEWAY_S
from tests.web.app import make_app
from tests.web.serving import serving
from tests.web.tokens import token

STREAM = {"content-type": "application/json", "accept": "text/event-stream"}


@pytest.fixture(scope="module")
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(make_app(settings)) as url, httpx.AsyncClient(base_url=url) as client:
        yield client


async def events(client: httpx.AsyncClient, query: str, **headers: str) -> list[tuple[str, Any]]:
    """Return the events of a stream, each with its data, until it completes."""
    found = []
    async with client.stream(
        "POST",
        "/graphql",
        content=json.dumps({"query": query}),
        headers={**STREAM, **headers},
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


async def test_a_stream_ends_with_its_token(client: httpx.AsyncClient) -> None:
    almost = int(time.time()) - LEEWAY_S + 2
    bearer = f"Bearer {token(exp=almost)}"

    async with asyncio.timeout(10):
        *_, (kind, answer), last = await events(
            client, "subscription{ticks(count: 1000, everyMs: 60000)}", authorization=bearer
        )

    assert (kind, last) == ("next", ("complete", None))
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["TOKEN_EXPIRED"]
    assert time.time() > almost + LEEWAY_S - 1


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
    headers = {"authorization": f"Bearer {token(role='admin')}"}

    assert (await events(client, "subscription{who}", **headers))[0] == (
        "next",
        {"data": {"who": "admin ana@example.com"}},
    )
    response = await client.post(
        "/graphql",
        content=b'{"query": "subscription{who}"}',
        headers={**STREAM, "authorization": "Bearer x"},
    )
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_client_that_leaves_stops_its_subscription(settings: Settings) -> None:
    app = make_app(settings)
    async with serving(app) as url, httpx.AsyncClient(base_url=url) as client:
        async with client.stream(
            "POST",
            "/graphql",
            content=b'{"query": "subscription{ticks(count: 100000)}"}',
            headers=STREAM,
        ) as response:
            await anext(response.aiter_lines())

        async with asyncio.timeout(5):
            await app.state.contexts[0].stopped.wait()
