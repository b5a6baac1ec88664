import base64
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack

SUBSCRIPTIONS = """
query($first: Int, $after: String, $orderBy: SubscriptionOrder, $filter: SubscriptionFilter) {
  subscriptions(first: $first, after: $after, orderBy: $orderBy, filter: $filter) {
    totalCount
    edges { cursor node { id status customer { email } plan { name } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""


@pytest.fixture(scope="module")
async def plan_id(stack: Stack) -> str:
    plan_id = await a_plan(stack, trialDays=0)
    for number in range(7):
        await subscribe(stack, plan_id, f"c{number}@example.com", card="tok_visa" if number % 2 else None)
    await stack.idle()
    return plan_id


async def listed(stack: Stack, **variables: Any) -> dict[str, Any]:
    connection: dict[str, Any] = (await stack.data(SUBSCRIPTIONS, variables))["subscriptions"]
    return connection


async def code(stack: Stack, query: str, **variables: Any) -> str:
    answer = await stack.graphql(query, variables)
    assert answer.get("data") is None or not any(answer["data"].values()), answer
    found: str = answer["errors"][0]["extensions"]["code"]
    return found


async def test_pages_tile_a_list_whatever_their_size(stack: Stack, plan_id: str) -> None:
    whole = [edge["node"]["id"] for edge in (await listed(stack))["edges"]]
    assert len(whole) == 7
    for size in (1, 2, 3, 7):
        seen: list[str] = []
        after: str | None = None
        for _ in range(8):
            page = await listed(stack, first=size, after=after)
            seen += [edge["node"]["id"] for edge in page["edges"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert seen == whole


async def test_the_other_direction_is_the_reverse(stack: Stack, plan_id: str) -> None:
    newest = [edge["node"]["id"] for edge in (await listed(stack))["edges"]]
    oldest = await listed(stack, orderBy={"field": "CREATED_AT", "direction": "ASC"})
    assert [edge["node"]["id"] for edge in oldest["edges"]] == newest[::-1]


async def test_filters_narrow_and_are_counted(stack: Stack, plan_id: str) -> None:
    active = await listed(stack, filter={"status": ["ACTIVE"]})
    assert active["totalCount"] == 3
    assert {edge["node"]["status"] for edge in active["edges"]} == {"ACTIVE"}
    one = await listed(stack, filter={"customerEmail": "C3@"})
    assert [edge["node"]["customer"]["email"] for edge in one["edges"]] == ["c3@example.com"]
    literally = await listed(stack, filter={"customerEmail": ".*"})
    assert literally["totalCount"] == 0
    of_plan = await listed(stack, filter={"planId": plan_id, "status": ["PENDING", "ACTIVE"]})
    assert of_plan["totalCount"] == 7


@pytest.mark.parametrize("first", [0, -1])
async def test_page_sizes_out_of_range_are_refused(stack: Stack, first: int) -> None:
    assert await code(stack, SUBSCRIPTIONS, first=first) == "BAD_USER_INPUT"


async def test_huge_page_sizes_are_refused(stack: Stack) -> None:
    assert await code(stack, SUBSCRIPTIONS, first=1_000_000) == "QUERY_TOO_COMPLEX"


async def test_a_cursor_belongs_to_its_list_and_order(stack: Stack, plan_id: str) -> None:
    cursor = (await listed(stack, first=1))["pageInfo"]["endCursor"]
    ascending = {"field": "CREATED_AT", "direction": "ASC"}
    assert await code(stack, SUBSCRIPTIONS, after=cursor, orderBy=ascending) == "INVALID_CURSOR"
    plans = "query($after: String) { plans(after: $after) { edges { cursor } } }"
    assert await code(stack, plans, after=cursor) == "INVALID_CURSOR"


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "!!!!",
        "a" * 10_000,
        base64.urlsafe_b64encode(b"[1,2]").decode(),
        base64.urlsafe_b64encode(orjson.dumps(["subscriptions:created_at:desc", {"$gt": 1}, "x"])).decode(),
        base64.urlsafe_b64encode(
            orjson.dumps(["subscriptions:created_at:desc", 10**18, "sub_01h455vb4pex5vsknk084sn02q"])
        ).decode(),
    ],
)
async def test_what_is_no_cursor_is_refused(stack: Stack, cursor: str) -> None:
    assert await code(stack, SUBSCRIPTIONS, after=cursor) == "INVALID_CURSOR"


@pytest.mark.parametrize("field", ["plan", "subscription", "invoice", "payment"])
@pytest.mark.parametrize("id_", ["", "x", "sub_", "cus_01h455vb4pex5vsknk084sn02q", "sub_$ne", "9" * 500])
async def test_what_is_no_id_is_refused(stack: Stack, field: str, id_: str) -> None:
    assert await code(stack, f"query($id: ID!) {{ {field}(id: $id) {{ id }} }}", id=id_) == "MALFORMED_ID"


async def test_payments_are_filtered_by_the_sellers_dates(stack: Stack, plan_id: str) -> None:
    query = """
    query($filter: PaymentFilter) { payments(filter: $filter) { totalCount edges { node { status } } } }"""
    now = await stack.deps.clock.now()
    zone = ZoneInfo(stack.deps.policy.timezone)
    today = now.astimezone(zone).date()

    total = (await stack.data(query))["payments"]["totalCount"]
    assert total > 0

    async def until(day: date) -> int:
        found = await stack.data(query, {"filter": {"endDate": day.isoformat()}})
        count: int = found["payments"]["totalCount"]
        return count

    assert await until(date(2020, 1, 1)) == 0
    # The last day is part of it.
    assert await until(today) == await until(today + timedelta(days=1)) == total
    assert await until(today - timedelta(days=1)) == 0
    found = await stack.data(query, {"filter": {"startDate": "2020-01-01", "status": "COMPLETED"}})
    assert found["payments"]["totalCount"] == 3
    cards = await stack.data(query, {"filter": {"method": "PIX"}})
    assert cards["payments"]["totalCount"] == 0


async def test_a_list_with_plans_customers_and_invoices_needs_a_query_a_kind_not_a_row(
    stack: Stack, plan_id: str
) -> None:
    query = """
    query($first: Int) { subscriptions(first: $first) { edges { node {
      plan { name } customer { email } invoices(first: 2) { edges { node { id payments { id } } } }
    } } } }"""
    database = stack.deps.store.database
    namespaces = [
        f"{database.name}.{name}"
        for name in ("subscriptions", "plan_versions", "customers", "invoices", "payments")
    ]

    async def queries(first: int) -> int:
        """Return how many queries MongoDB's own profiler saw."""
        await stack.idle()
        await database.command("profile", 2)
        try:
            await stack.data(query, {"first": first})
        finally:
            await database.command("profile", 0)
        seen = await database["system.profile"].count_documents({"ns": {"$in": namespaces}})
        await database["system.profile"].drop()
        return seen

    await queries(1)  # from here on the plan's version is remembered: it never changes
    assert await queries(2) == await queries(7) == 4
