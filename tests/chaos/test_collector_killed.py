import asyncio
import sys
from datetime import timedelta
from typing import Any

import pytest

from ciclo.actions.audit.ledger import AuditCounts, audit_ledger
from ciclo.actions.clock import read_wall_clock
from ciclo.settings.settings import Settings
from tests.chaos.cards import by_stripe, count_orders, subscribe_by_card
from tests.chaos.processes import ROOT, environment, process
from tests.chaos.slow_provider import Slow
from tests.gateways.fake_stripe import FakeStripe
from tests.gateways.serving import serving
from tests.journeys.asking import mutate
from tests.stack import Stack, running_stack, until

CUSTOMERS = 5
CHARGES = "/v1/payment_intents"
IN_REVIEW = "{ events(filter: { needsReview: true }) { edges { node { type review } } } }"


async def charge_and_die(stack: Stack, *, customers: int) -> None:
    """Wait for the orders, and let a worker carry them out that dies before it records the answers."""

    async def all_asked() -> bool:
        return await count_orders(stack) == customers

    await until(all_asked)
    doomed = await process(
        sys.executable,
        str(ROOT / "tests/chaos/doomed_collector.py"),
        env=environment(stack.deps.settings),
    )
    assert await doomed.wait() == -9


async def payment_of(stack: Stack, subscription_id: str) -> dict[str, Any]:
    found = await stack.deps.store["payments"].find_one({"subscription_id": subscription_id})
    assert found is not None
    payment: dict[str, Any] = found
    return payment


async def tell_paid(stack: Stack, payment: dict[str, Any]) -> None:
    """Tell that the money is there, by a notice that does not say under which name the provider has it."""
    notice = {
        "subscription_id": payment["subscription_id"],
        "event": "payment_success",
        "amount": 29.99,
        "date": payment["created_at"].isoformat(),
        "payment_id": payment["_id"],
    }
    answer = await stack.notify(notice, webhook_id=f"told_{payment['_id']}")
    assert answer.status_code == 202, answer.text

    async def paid() -> bool:
        stored = await payment_of(stack, payment["subscription_id"])
        return bool(stored["status"] == "COMPLETED")

    await until(paid)


async def is_clean(stack: Stack) -> bool:
    return [one async for one in audit_ledger(stack.deps, AuditCounts())] == []


async def test_a_crash_between_charge_and_commit_charges_nobody_twice(settings: Settings) -> None:
    stripe = FakeStripe()
    async with serving(stripe.app()) as url:
        async with running_stack(by_stripe(settings, url), collection_workers=0) as stack:
            await subscribe_by_card(stack, stripe, customers=CUSTOMERS)
            await charge_and_die(stack, customers=CUSTOMERS)
            assert sum(stripe.charged.values()) > 0
        async with running_stack(by_stripe(settings, url), keep=True) as stack:
            await stack.idle()
            assert set(stripe.charged.values()) == {1}
            assert len(stripe.charged) == CUSTOMERS
            paid = await stack.deps.store["payments"].count_documents({"status": "COMPLETED"})
            assert paid == CUSTOMERS
            assert await is_clean(stack)


async def test_an_answer_that_was_lost_is_asked_for_again_so_that_a_refund_reaches_the_provider(
    settings: Settings,
) -> None:
    stripe = FakeStripe()
    async with serving(stripe.app()) as url:
        async with running_stack(by_stripe(settings, url), collection_workers=0) as stack:
            [subscription] = await subscribe_by_card(stack, stripe)
            await charge_and_die(stack, customers=1)
            await tell_paid(stack, await payment_of(stack, subscription))
        async with running_stack(by_stripe(settings, url), keep=True) as stack:
            await stack.idle()
            payment = await payment_of(stack, subscription)
            assert (payment["provider"], payment["provider_reference"]) == (
                "stripe",
                next(iter(stripe.intents)),
            )
            assert await mutate(stack, "refundPayment", paymentId=payment["_id"]) == []

            assert [one["amount"] for one in stripe.refunds.values()] == [2999]
            assert set(stripe.charged.values()) == {1}
            assert (await payment_of(stack, subscription))["status"] == "REFUNDED"
            assert await is_clean(stack)


async def test_a_refund_that_is_asked_for_before_the_answer_waits_in_sight_and_is_sent_once(
    settings: Settings,
) -> None:
    stripe = FakeStripe()
    async with serving(stripe.app()) as url:
        async with running_stack(by_stripe(settings, url), collection_workers=0) as stack:
            [subscription] = await subscribe_by_card(stack, stripe)
            await charge_and_die(stack, customers=1)
            payment = await payment_of(stack, subscription)
            await tell_paid(stack, payment)
            refund = "mutation($input: RefundPaymentInput!) { refundPayment(input: $input) {"
            refund += " payment { status refundedAmount { amount } } userErrors { code } } }"
            answer = await stack.data(refund, {"input": {"paymentId": payment["_id"]}})
            assert answer["refundPayment"] == {
                "payment": {"status": "COMPLETED", "refundedAmount": {"amount": "0.00"}},
                "userErrors": [],
            }
            review = await stack.data(IN_REVIEW)
            assert [edge["node"] for edge in review["events"]["edges"]] == [
                {"type": "REFUND_CREATED", "review": "REFUND_WAITS"}
            ]
        async with running_stack(by_stripe(settings, url), keep=True) as stack:
            await stack.idle()

            assert [one["amount"] for one in stripe.refunds.values()] == [2999]
            assert (await payment_of(stack, subscription))["status"] == "REFUNDED"
            assert await is_clean(stack)


async def test_a_charge_that_the_provider_may_have_forgotten_is_not_made_again_but_shown(
    settings: Settings,
) -> None:
    stripe = FakeStripe()
    async with serving(stripe.app()) as url:
        async with running_stack(by_stripe(settings, url), collection_workers=0) as stack:
            [subscription] = await subscribe_by_card(stack, stripe)
            await charge_and_die(stack, customers=1)
            await tell_paid(stack, await payment_of(stack, subscription))
            a_day_ago = {"$set": {"recorded_at": read_wall_clock() - timedelta(hours=24)}}
            await stack.deps.store["events"].update_one({"type": "charge_requested"}, a_day_ago)
        asked = len(stripe.requests)
        async with running_stack(by_stripe(settings, url), keep=True) as stack:

            async def is_dead() -> bool:
                return await stack.deps.store["events"].find_one({"dead": True}) is not None

            await until(is_dead)
            letter = await stack.deps.store["events"].find_one({"dead": True})
            assert letter is not None
            assert letter["type"] == "charge_requested"
            assert "AnswerLost" in letter["last_error"]
            assert len(stripe.requests) == asked


@pytest.mark.parametrize("seconds", [5.0, 15.0])
async def test_a_slow_provider_is_asked_once_although_two_workers_look_for_work(
    settings: Settings, seconds: float
) -> None:
    stripe = FakeStripe()
    slow = Slow(stripe.app(), path=CHARGES, seconds=seconds)
    async with (
        serving(slow) as url,
        running_stack(by_stripe(settings, url), collection_workers=2) as stack,
    ):
        [subscription] = await subscribe_by_card(stack, stripe)

        async def paid() -> bool:
            found = await stack.deps.store["payments"].find_one({"subscription_id": subscription})
            return bool(found and found["status"] == "COMPLETED")

        await until(paid, seconds=2 * seconds + 15)
        await stack.idle()

        assert list(slow.calls.values()) == [1]
        assert slow.at_once_max == 1
        assert await is_clean(stack)


async def test_a_worker_that_takes_what_another_one_holds_leaves_it_alone(settings: Settings) -> None:
    stripe = FakeStripe()
    slow = Slow(stripe.app(), path=CHARGES, seconds=1.0)
    async with (
        serving(slow) as url,
        running_stack(by_stripe(settings, url), collection_workers=2) as stack,
    ):
        [subscription] = await subscribe_by_card(stack, stripe)

        async def asked() -> bool:
            return bool(slow.calls)

        await until(asked)
        # The same order is announced over and over, as a relay that knows nothing of it would.
        order = await stack.deps.store["events"].find_one({"type": "charge_requested"})
        assert order is not None
        fields = {"event_id": order["_id"], "type": order["type"]}
        await asyncio.gather(
            *(stack.deps.streams.redis.xadd(stack.deps.streams.key("collection"), fields) for _ in range(20))
        )
        await stack.idle()

        assert list(slow.calls.values()) == [1]
        assert (await payment_of(stack, subscription))["status"] == "COMPLETED"
