"""The GraphQL endpoint over real connections: what it answers, and that nothing sent to it is a 500."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import structlog
from structlog.testing import LogCapture

from ciclo import logs
from ciclo.settings.settings import Settings
from ciclo.web.graphql.graphiql import GraphiqlPage
from ciclo.web.graphql.request import GRAPHQL_RESPONSE, answer_type
from tests.web.app import make_app
from tests.web.asking import JSON, SPEC, code_of, post
from tests.web.serving import serving
from tests.web.tokens import token


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
    structlog.configure(processors=[logs.with_facts, capture])
    yield capture.entries
    structlog.reset_defaults()


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
    headers = {**JSON, "authorization": f"Bearer {token()}"}
    response = await client.post("/graphql", content=b'{"query": "{viewer}"}', headers=headers)

    assert response.json() == {"data": {"viewer": "customer ana@example.com"}}
    assert (await post(client, "{viewer}")).json() == {"data": {"viewer": "anonymous "}}


@pytest.mark.parametrize("token", ["x", "Bearer x", f"Bearer {token(exp=1)}", "Basic YTpi"])
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
