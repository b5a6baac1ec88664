"""A customer is made known to their provider once, and what the provider calls them is kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ciclo.settings.settings import Settings
from tests.chaos.cards import by_stripe
from tests.chaos.slow_provider import Slow
from tests.gateways.fake_stripe import FakeStripe
from tests.gateways.serving import serving
from tests.journeys.asking import SUBSCRIBE, a_plan
from tests.stack import Stack, running_stack, settings_for, until

CUSTOMERS = "/v1/customers"


@pytest.fixture
def settings(mongo_url: str, redis_url: str, database_name: str, stream_prefix: str) -> Settings:
    return settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)


@asynccontextmanager
async def stripe_that_counts(settings: Settings) -> AsyncIterator[tuple[FakeStripe, Slow, Settings]]:
    """Give a Stripe whose answers to registrations come late, so that two at a time would meet."""
    stripe = FakeStripe()
    slow = Slow(stripe.app(), path=CUSTOMERS, seconds=0.3)
    async with serving(slow) as url:
        yield stripe, slow, by_stripe(settings, url)


async def subscribe_ana(stack: Stack, *, plan_id: str, **method: Any) -> None:
    given = {"planId": plan_id, "customerEmail": "ana@example.com", "paymentMethod": method}
    created = await stack.data(SUBSCRIBE, {"input": given})
    assert created["createSubscription"]["userErrors"] == []


async def ana(stack: Stack) -> dict[str, Any]:
    found = await stack.deps.store["customers"].find_one({"email": "ana@example.com"})
    assert found is not None
    customer: dict[str, Any] = found
    return customer


async def is_all_paid(stack: Stack) -> bool:
    statuses = await stack.deps.store["payments"].distinct("status")
    return bool(statuses == ["COMPLETED"])


async def test_a_newcomer_is_registered_once_from_the_request_to_the_charge(settings: Settings) -> None:
    async with (
        stripe_that_counts(settings) as (stripe, slow, by_card),
        running_stack(by_card) as stack,
    ):
        plan_id = await a_plan(stack, trialDays=0)
        await subscribe_ana(stack, plan_id=plan_id, cardToken=stripe.method().id)
        assert (await ana(stack))["provider_references"] == {"stripe": next(iter(stripe.customers))}
        await stack.idle()

        assert slow.calls.total() == 1
        assert await is_all_paid(stack)


async def test_who_was_there_without_a_card_is_registered_once_and_keeps_other_references(
    settings: Settings,
) -> None:
    async with (
        stripe_that_counts(settings) as (stripe, slow, by_card),
        running_stack(by_card, collection_workers=0) as stack,
    ):
        await subscribe_ana(stack, plan_id=await a_plan(stack, trialDays=9), pix={"payerName": "Ana"})
        await stack.deps.store["customers"].update_one(
            {}, {"$set": {"provider_references": {"other": "o_1"}}}
        )
        await subscribe_ana(stack, plan_id=await a_plan(stack, trialDays=0), cardToken=stripe.method().id)

        customer = await ana(stack)
        assert customer["provider_references"] == {"other": "o_1", "stripe": next(iter(stripe.customers))}
        assert customer["name"] == "Ana"
        assert slow.calls.total() == 1


async def test_orders_of_one_batch_register_their_customer_once(settings: Settings) -> None:
    async with stripe_that_counts(settings) as (stripe, slow, by_card):
        async with running_stack(by_card, collection_workers=0) as stack:
            plan_id = await a_plan(stack, trialDays=0)
            await subscribe_ana(stack, plan_id=plan_id, cardToken=stripe.method().id)
            await until_ordered(stack)
            # As it was stored before references were kept with new customers.
            await stack.deps.store["customers"].update_one({}, {"$set": {"provider_references": {}}})
        slow.calls.clear()
        async with running_stack(by_card, keep=True) as stack:
            await stack.idle()

            assert slow.calls.total() == 1
            assert slow.at_once_max == 1
            assert (await ana(stack))["provider_references"] == {"stripe": next(iter(stripe.customers))}
            assert await is_all_paid(stack)


async def until_ordered(stack: Stack) -> None:
    """Wait until both a charge and a registration are ordered."""

    async def ordered() -> bool:
        types = await stack.deps.store["events"].distinct("type", {"processed": False})
        return set(types) == {"charge_requested", "registration_requested"}

    await until(ordered)
