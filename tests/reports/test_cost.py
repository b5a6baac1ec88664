"""What a report costs: it reads what its window holds, by an index, however much there is besides."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ciclo.store.mongo.client import Document
from tests.journeys.asking import a_plan, subscribe
from tests.profile import profiled
from tests.reports.asking import ask_cohorts, ask_revenue
from tests.stack import Stack

OTHERS = 2_000
"""Documents of each kind that lie before the window."""

KEPT = {"settings", "events", "plans", "plan_counts", "messages"}
"""Small ones, or not read for the report: the clock, and the relay's outboxes."""


@pytest.fixture
async def old_business(stack: Stack) -> Any:
    """A paying customer, and very many who paid and left years ago."""
    plan_id = await a_plan(stack, trialDays=0)
    await subscribe(stack, plan_id, "ana@example.com", card="tok_visa")
    for collection in ("invoices", "payments", "subscriptions", "movements"):
        await multiply(stack, collection)
    yield stack
    for collection in ("invoices", "payments", "subscriptions", "movements"):
        await stack.deps.store[collection].delete_many({"copy": True})


async def multiply(stack: Stack, collection: str) -> None:
    """Insert OTHERS copies of a document, each of a customer of its own, as of years ago."""
    original = await stack.deps.store[collection].find_one({})
    assert original is not None
    copies = [copy(original, number) for number in range(OTHERS)]
    await stack.deps.store[collection].insert_many(copies)


def copy(original: Document, number: int) -> Document:
    ago = timedelta(days=900 + number % 500)
    moved = {key: value - ago if isinstance(value, datetime) else value for key, value in original.items()}
    moved |= {"_id": f"{original['_id']} {number}", "customer_id": f"customer {number}", "copy": True}
    moved |= {"number": f"COPY-{number}"} if "number" in original else {}
    if "on" in original:
        moved["on"] = (datetime.now(UTC).date() - ago).isoformat()
    if "anchor" in original:
        day = moved["created_at"].date().isoformat()
        moved |= {"trial": {"start": day, "end": day}, "due_at": None}
    return moved


async def test_a_report_of_this_month_reads_nothing_of_years_ago(old_business: Stack) -> None:
    today = datetime.now(UTC).date()
    window = (today.replace(day=1), today + timedelta(days=1))
    # The first report folds the months before; the next ones find them.
    await ask_revenue(old_business, *window)

    async with profiled(old_business.deps.store) as profile:
        await ask_revenue(old_business, *window)
        await ask_cohorts(old_business, *window)

    read = [one for one in profile.reads if one.collection not in KEPT]
    assert {one.collection for one in read} == {
        "customers",  # those who were merged
        "movements",
        "revenue_months",
        "payments",
        "invoices",
        "subscriptions",
    }
    assert [one for one in read if "COLLSCAN" in one.plan] == []
    assert sum(one.documents for one in read if one.collection != "revenue_months") <= 20


async def test_a_report_of_all_years_scans_no_collection(old_business: Stack) -> None:
    today = datetime.now(UTC).date()
    window = (today.replace(day=1) - timedelta(days=1_600), today)

    async with profiled(old_business.deps.store) as profile:
        await ask_revenue(old_business, *window)

    read = [one for one in profile.reads if one.collection not in KEPT]
    assert [one for one in read if "COLLSCAN" in one.plan] == []
    # Money is added up from the indexes alone.
    assert sum(one.documents for one in read if one.collection == "payments") == 0


async def test_the_subscription_report_reads_counters_and_names_only(old_business: Stack) -> None:
    async with profiled(old_business.deps.store) as profile:
        await old_business.data(
            "{ subscriptionReport { totalActive totalCancelled plans { name byStatus { status count } } } }"
        )

    assert profile.collections - {"settings", "events", "messages"} == {"plans", "plan_counts"}
    assert sum(one.documents for one in profile.reads if one.collection != "events") <= 5
