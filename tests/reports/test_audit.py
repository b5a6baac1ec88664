"""The audit finds what was altered behind Ciclo's back, and names it."""

from datetime import UTC, date, datetime

import pytest

from ciclo.actions.audit.ledger import AuditCounts, audit_ledger
from ciclo.domain.replay import Difference
from ciclo.store.ledger.histories import UnreadableDocument
from tests.journeys.asking import a_plan, mutate, subscribe
from tests.reports.altering import altered
from tests.reports.asking import ask_revenue
from tests.stack import Stack


async def differences(stack: Stack, *, repair: bool = False) -> list[Difference]:
    return [one async for one in audit_ledger(stack.deps, AuditCounts(), repair=repair)]


@pytest.fixture
async def business(stack: Stack) -> Stack:
    """Three customers who pay 29.99 a month."""
    basic = await a_plan(stack, trialDays=0)
    for name in ("ana", "bia", "caio"):
        await subscribe(stack, basic, f"{name}@example.com", card="tok_visa")
    return stack


@pytest.mark.parametrize(
    ("collection", "field", "what"),
    [
        ("invoices", "total", "total is 3000, expected 2999"),
        ("invoices", "subtotal", "subtotal is 3000, expected 2999"),
        ("payments", "amount", "amount is 3000, expected 2999"),
        ("movements", "after", "after is 3000, expected 2999"),
        ("customers", "credit.BRL", "balance in BRL is 1, its entries sum up to 0"),
        ("plans", "price.amount", "price is 30.00 BRL, that of its version 1 29.99 BRL"),
    ],
)
async def test_a_stored_amount_that_was_altered_is_named(
    business: Stack, collection: str, field: str, what: str
) -> None:
    async with altered(business, collection, {"$inc": {field: 1}}) as document:
        found = await differences(business)

    assert Difference(document["_id"], what) in found


async def test_a_notice_that_was_altered_shows_in_what_it_did(business: Stack) -> None:
    async with altered(business, "events", {"$inc": {"data.amount": 1}}, type="payment_success"):
        found = await differences(business)

    # As it stands now a cent more would have come.
    assert any(one.what == "overpaid is 0, expected 1" for one in found)


async def test_movements_that_do_not_come_to_the_mrr_are_told(business: Stack) -> None:
    async with altered(business, "movements", {"$inc": {"before": 1000}}) as movement:
        found = await differences(business)

    # 3 x 2999 = 8997, of which one movement says that 1000 were there before.
    assert found == [
        Difference(movement["_id"], "before is 1000, expected 0"),
        Difference("MRR in BRL", "is 8997 by subscriptions, their movements sum up to 7997"),
    ]


async def test_a_document_of_no_subscription_is_named(business: Stack) -> None:
    payments = business.deps.store["payments"]
    payment = await payments.find_one({})
    assert payment is not None
    await payments.insert_one({**payment, "_id": "pay_stray", "subscription_id": "sub_nobody"})

    found = await differences(business)
    await payments.delete_one({"_id": "pay_stray"})

    assert found == [Difference("pay_stray", "belongs to no subscription")]


@pytest.mark.parametrize(
    ("collection", "change"),
    [
        ("invoices", {"status": "PERHAPS"}),
        ("subscriptions", {"period.start": 7}),
        ("events", {"data.amount": "x"}),
    ],
)
async def test_a_document_that_can_not_be_read_is_named(
    business: Stack, collection: str, change: dict[str, object]
) -> None:
    query = {"type": "payment_success"} if collection == "events" else {}
    async with altered(business, collection, {"$set": change}, **query) as document:
        with pytest.raises(UnreadableDocument) as unreadable:
            await differences(business)

    assert unreadable.value.document == document["_id"]


async def test_wrong_counters_are_told_until_they_are_repaired(business: Stack) -> None:
    wrong = {"$inc": {"statuses.ACTIVE": 2, "statuses.PAUSED": -1}}
    query = {"statuses.ACTIVE": {"$gt": 0}}
    counters = business.deps.store["plan_counts"]
    before = await counters.find_one(query)
    assert before is not None
    await counters.update_one({"_id": before["_id"]}, wrong)
    told = [
        Difference(before["plan_id"], "counts 5 ACTIVE subscriptions, there are 3"),
        Difference(before["plan_id"], "counts -1 PAUSED subscriptions, there are 0"),
    ]

    assert await differences(business) == told
    audited = AuditCounts()
    assert [one async for one in audit_ledger(business.deps, audited, repair=True)] == []
    assert audited.repaired == told
    assert await differences(business) == []
    report = await business.data("{ subscriptionReport { totalActive plans { activeSubscriptions } } }")
    assert report["subscriptionReport"] == {"totalActive": 3, "plans": [{"activeSubscriptions": 3}]}


async def test_repair_leaves_every_document_of_billing_alone(business: Stack) -> None:
    async with altered(business, "invoices", {"$inc": {"total": 1}}) as invoice:
        found = await differences(business, repair=True)
        kept = await business.deps.store["invoices"].find_one({"_id": invoice["_id"]})

    assert Difference(invoice["_id"], "total is 3000, expected 2999") in found
    assert kept == {**invoice, "total": 3000}


async def test_sums_that_a_report_keeps_are_checked_and_folded_anew(business: Stack) -> None:
    first = datetime.now(UTC).date().replace(day=1)
    window = (first, date(first.year + 1, 1, 1))
    before = await ask_revenue(business, *window)
    await business.deps.store["revenue_months"].update_one({}, {"$inc": {"sums.customers.NEW": 1}})
    assert (await ask_revenue(business, *window))["totals"]["newSubscribers"] == 4

    told = [Difference(f"report of {first:%Y-%m} in BRL", "keeps other sums than its movements'")]
    assert await differences(business) == told
    assert await differences(business, repair=True) == []

    assert await differences(business) == []
    assert await ask_revenue(business, *window) == before


async def test_a_history_with_everything_in_it_is_clean(stack: Stack) -> None:
    basic = await a_plan(stack, trialDays=0)
    plus = await a_plan(stack, name="Plus", price={"amount": "59.90"}, trialDays=0)
    subscription = await subscribe(stack, basic, "ana@example.com", card="tok_visa")
    given = {"subscriptionId": subscription}
    for days, mutation, changes in (
        (10, "changePlan", {"planId": plus}),
        (5, "changePlan", {"planId": basic, "timing": "IMMEDIATE"}),
        (40, "pauseSubscription", {}),
        (20, "resumeSubscription", {}),
        (3, "cancelSubscription", {"cancelImmediately": True}),
    ):
        await stack.advance(by=f"P{days}D")
        assert await mutate(stack, mutation, **given, **changes) == []

    audited = AuditCounts()
    assert [one async for one in audit_ledger(stack.deps, audited)] == []
    assert (audited.subscriptions, audited.customers) == (1, 1)
    assert audited.owned["movements"] == 6
    assert audited.owned["credit_notes"] > 0
