"""A limit of rate over the whole stack."""

from collections.abc import AsyncIterator

import pytest

from tests.stack import Stack, running_stack, settings_for, token

ANA = {"authorization": f"Bearer {token(role='customer', email='ana@example.com')}"}
DOCUMENTS = ("/invoices/inv_01h455vb4pex5vsknk084sn02q.pdf", "/exports/payments.csv")


@pytest.fixture
async def stack(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> AsyncIterator[Stack]:
    settings = settings_for(
        mongo_url, redis_url, database=database_name, prefix=stream_prefix, requests_per_minute=6
    )
    async with running_stack(settings) as stack:
        yield stack


async def statuses(stack: Stack, path: str, *, method: str = "GET", times: int = 3) -> list[int]:
    """Ask some times, each time as if through another proxy."""
    answers = [
        await stack.http.request(method, path, headers={"x-forwarded-for": f"192.0.2.{number}"})
        for number in range(times)
    ]
    return [answer.status_code for answer in answers]


async def test_a_customer_who_asks_too_often_is_told_when_to_come_back(stack: Stack) -> None:
    asked = [
        await stack.http.post("/graphql", json={"query": "{ plans { totalCount } }"}, headers=ANA)
        for _ in range(2)
    ]

    assert [one.status_code for one in asked] == [200, 429]
    assert asked[1].json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert 0 < int(asked[1].headers["retry-after"]) <= 10
    assert "errors" not in await stack.graphql("{ plans { totalCount } }")


async def test_documents_and_queries_share_one_allowance(stack: Stack) -> None:
    answers = [await stack.http.get(path, headers=ANA) for path in (*DOCUMENTS, *DOCUMENTS)]
    query = await stack.http.post("/graphql", json={"query": "{ plans { totalCount } }"}, headers=ANA)

    assert [answer.status_code for answer in answers] == [404, 429, 429, 429]
    assert answers[1].json()["code"] == "RATE_LIMITED"
    assert query.status_code == 429
    operators = {"authorization": f"Bearer {token()}"}
    assert [(await stack.http.get(DOCUMENTS[0], headers=operators)).status_code for _ in range(3)] == [
        404
    ] * 3


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", DOCUMENTS[0]),
        ("GET", DOCUMENTS[1]),
        ("POST", "/sandbox/tokens"),
        ("POST", "/sandbox/payments/pay_01h455vb4pex5vsknk084sn02q/settle"),
    ],
)
async def test_nobody_chooses_the_address_that_they_are_counted_under(
    stack: Stack, method: str, path: str
) -> None:
    first, *others = await statuses(stack, path, method=method)

    assert first != 429
    assert others == [429, 429]


async def test_who_looks_after_the_process_is_always_answered(stack: Stack) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert await statuses(stack, path, times=20) == [200] * 20
