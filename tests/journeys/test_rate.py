"""A limit of rate over the whole stack."""

from tests.stack import running_stack, settings_for, token


async def test_a_customer_who_asks_too_often_is_told_when_to_come_back(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> None:
    settings = settings_for(
        mongo_url, redis_url, database=database_name, prefix=stream_prefix, requests_per_minute=6
    )
    async with running_stack(settings) as stack:
        anas = {"authorization": f"Bearer {token(role='customer', email='ana@example.com')}"}
        asked = [
            await stack.http.post("/graphql", json={"query": "{ plans { totalCount } }"}, headers=anas)
            for _ in range(2)
        ]

        assert [one.status_code for one in asked] == [200, 429]
        assert asked[1].json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
        assert 0 < int(asked[1].headers["retry-after"]) <= 10
        assert "errors" not in await stack.graphql("{ plans { totalCount } }")
