"""Work orders: each ends with a provider's answer, or with a fact that says why there is none."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from ciclo.actions.audit.ledger import AuditCounts, audit_ledger
from ciclo.actions.clock import read_wall_clock
from ciclo.domain.replay import Difference
from ciclo.settings.settings import Settings
from ciclo.store.mongo.client import Store
from tests.journeys.asking import SUBSCRIBE, a_plan, details, mutate, subscribe
from tests.stack import Stack, running_stack, settings_for, until

DISCARD = """
mutation($input: DiscardDeadLettersInput!) {
  discardDeadLetters(input: $input) { events { id } userErrors { code field } }
}"""


@pytest.fixture
def settings(mongo_url: str, redis_url: str, database_name: str, stream_prefix: str) -> Settings:
    return settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)


@pytest.fixture
async def uncollected(settings: Settings) -> AsyncIterator[Stack]:
    """A stack in which nobody carries orders out."""
    async with running_stack(settings, collection_workers=0) as running:
        yield running


async def differences(stack: Stack) -> list[Difference]:
    return [one async for one in audit_ledger(stack.deps, AuditCounts())]


async def order_of(store: Store, type_: str) -> dict[str, Any]:
    async def there() -> bool:
        return await store["events"].find_one({"type": type_}) is not None

    await until(there)
    found = await store["events"].find_one({"type": type_})
    assert found is not None
    order: dict[str, Any] = found
    return order


async def begin(stack: Stack) -> str:
    """Subscribe somebody by card, and wait until their charge is ordered."""
    given = {"customerEmail": "ana@example.com", "paymentMethod": {"cardToken": "tok_visa"}}
    given["planId"] = await a_plan(stack, trialDays=0)
    created = await stack.data(SUBSCRIBE, {"input": given})
    await order_of(stack.deps.store, "charge_requested")
    subscription_id: str = created["createSubscription"]["subscription"]["id"]
    return subscription_id


async def paid(stack: Stack) -> str:
    """Return the id of a payment that the sandbox took."""
    subscription = await subscribe(
        stack, await a_plan(stack, trialDays=0), "ana@example.com", card="tok_visa"
    )
    [invoice] = (await details(stack, subscription))["invoices"]
    payment_id: str = invoice["payments"][0]["id"]
    return payment_id


async def test_a_debt_can_be_paid_by_card_after_the_subscription_ended(stack: Stack) -> None:
    subscription = await subscribe(
        stack, await a_plan(stack, trialDays=0), "ana@example.com", card="tok_visa"
    )
    declining = {"cardToken": "tok_charge_declined"}
    assert (
        await mutate(stack, "updatePaymentMethod", subscriptionId=subscription, paymentMethod=declining) == []
    )
    await stack.advance(by="P1M")
    assert (await details(stack, subscription))["status"] == "PAST_DUE"
    assert (
        await mutate(stack, "cancelSubscription", subscriptionId=subscription, cancelImmediately=True) == []
    )
    owed = (await details(stack, subscription))["invoices"][-1]["id"]

    assert await mutate(stack, "payInvoice", invoiceId=owed, paymentMethod={"cardToken": "tok_visa"}) == []

    found = await details(stack, subscription)
    assert (found["status"], found["invoices"][-1]["status"]) == ("CANCELLED", "PAID")


async def test_a_charge_that_nobody_needs_any_more_is_over_and_holds_nothing_up(settings: Settings) -> None:
    async with running_stack(settings, collection_workers=0) as stack:
        subscription = await begin(stack)
        now = {"subscriptionId": subscription, "cancelImmediately": True}
        cancel = "mutation($input: CancelSubscriptionInput!) {"
        cancel += " cancelSubscription(input: $input) { userErrors { code } } }"
        await stack.data(cancel, {"input": now})
    async with running_stack(settings, keep=True) as stack:
        await stack.idle()
        [invoice] = (await details(stack, subscription))["invoices"]
        [payment] = invoice["payments"]
        assert (payment["status"], payment["failureCode"]) == ("FAILED", "superseded")
        assert (await order_of(stack.deps.store, "charge_requested"))["outcome"] == "DROPPED"
        if invoice["status"] != "CANCELED":
            assert await mutate(stack, "voidInvoice", invoiceId=invoice["id"]) == []
        assert await differences(stack) == []


async def test_a_refund_order_that_is_discarded_says_so_and_the_money_can_be_sent_again(
    settings: Settings,
) -> None:
    async with running_stack(settings) as stack:
        payment = await paid(stack)
    async with running_stack(settings, keep=True, collection_workers=0) as stack:
        asked = await stack.data(
            "mutation($input: RefundPaymentInput!) { refundPayment(input: $input) { userErrors { code } } }",
            {"input": {"paymentId": payment}},
        )
        assert asked["refundPayment"]["userErrors"] == []
        order = await order_of(stack.deps.store, "refund_requested")
        await stack.deps.store["events"].update_one({"_id": order["_id"]}, {"$set": {"dead": True}})
        discarded = await stack.data(DISCARD, {"input": {"ids": [order["_id"]], "reason": "sent by hand"}})
        assert discarded["discardDeadLetters"]["userErrors"] == []
        await stack.idle()
        stored = await stack.deps.store["payments"].find_one({"_id": payment})
        assert stored is not None
        assert (stored["status"], [one["status"] for one in stored["refunds"]]) == ("COMPLETED", ["FAILED"])
    async with running_stack(settings, keep=True) as stack:
        assert await mutate(stack, "refundPayment", paymentId=payment) == []
        stored = await stack.deps.store["payments"].find_one({"_id": payment})
        assert stored is not None
        assert stored["status"] == "REFUNDED"
        assert await differences(stack) == []


async def test_the_sandbox_names_a_payment_in_its_notice_too(stack: Stack) -> None:
    payment = await paid(stack)
    notice = await stack.deps.store["events"].find_one({"type": "payment_success"})
    stored = await stack.deps.store["payments"].find_one({"_id": payment})
    assert notice is not None
    assert stored is not None
    assert notice["data"]["provider"] == "sandbox"
    assert notice["data"]["provider_reference"] == stored["provider_reference"]


async def test_the_audit_names_an_order_that_waits_for_too_long(uncollected: Stack) -> None:
    await begin(uncollected)
    store = uncollected.deps.store
    order = await order_of(store, "charge_requested")
    assert order["_id"] not in [one.document for one in await differences(uncollected)]

    long_ago = read_wall_clock() - timedelta(hours=2)
    await store["events"].update_one({"_id": order["_id"]}, {"$set": {"recorded_at": long_ago}})

    assert order["_id"] in [one.document for one in await differences(uncollected)]


async def test_the_audit_names_an_order_that_ended_without_an_answer(settings: Settings) -> None:
    async with running_stack(settings) as stack:
        await paid(stack)
        store = stack.deps.store
        order = await order_of(store, "charge_requested")
        answer = await store["events"].find_one({"dedupe_key": f"answer:{order['_id']}"})
        assert answer is not None
        long_ago = read_wall_clock() - timedelta(hours=2)
        await store["events"].update_one({"_id": order["_id"]}, {"$set": {"recorded_at": long_ago}})
        assert await differences(stack) == []

        # As if the order had been closed, and its answer lost on the way
        unanswered = {"$set": {"dedupe_key": "lost"}}
        await store["events"].update_one({"_id": answer["_id"]}, unanswered)

        # The answer's own digest tells of the change, too.
        assert {one.document for one in await differences(stack)} == {order["_id"], answer["_id"]}


async def test_the_audit_names_an_order_that_was_decided_and_is_not_there(settings: Settings) -> None:
    async with running_stack(settings) as stack:
        await paid(stack)
        order = await order_of(stack.deps.store, "charge_requested")
        await stack.deps.store["events"].delete_one({"_id": order["_id"]})

        told = await differences(stack)
        # Once as decided and not recorded, once as sealed by the event that brought it about.
        assert len(told) == 2
        assert all(order["_id"] in f"{one.document} {one.what}" for one in told)


async def test_the_audit_names_a_refund_that_its_provider_never_reported(settings: Settings) -> None:
    async with running_stack(settings) as stack:
        payment = await paid(stack)
    async with running_stack(settings, keep=True, collection_workers=0) as stack:
        await stack.data(
            "mutation($input: RefundPaymentInput!) { refundPayment(input: $input) { userErrors { code } } }",
            {"input": {"paymentId": payment}},
        )
        store = stack.deps.store
        order = await order_of(store, "refund_requested")
        done = {"processed": True, "processed_at": read_wall_clock(), "outcome": "DONE"}
        await store["events"].update_one({"_id": order["_id"]}, {"$set": done})
        assert await differences(stack) == []

        long_ago = {"$set": {"recorded_at": read_wall_clock() - timedelta(days=11)}}
        await store["events"].update_many({"type": {"$regex": "^refund_"}}, long_ago)

        [late] = await differences(stack)
        assert (late.document, "provider's report" in late.what) == (payment, True)
