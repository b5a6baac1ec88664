"""Rule 39 over the whole stack: whether customers may ask for what gives days back is the seller's choice."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Final

import pytest

from ciclo.actions.audit.ledger import AuditCounts, audit_ledger
from ciclo.settings.settings import Settings
from tests.journeys.asking import a_plan, details
from tests.journeys.customer import ask, subscribe
from tests.stack import Stack, local, running_stack

APRIL_1, APRIL_10, APRIL_11 = date(2027, 4, 1), date(2027, 4, 10), date(2027, 4, 11)
NOW: Final = {"cancelImmediately": True}


@pytest.fixture
async def generous(settings: Settings) -> AsyncIterator[Stack]:
    chosen = settings.model_copy(update={"customers_get_days_back": True})
    async with running_stack(chosen) as running:
        yield running
        await running.idle()
        assert [one async for one in audit_ledger(running.deps, AuditCounts())] == []


async def begun(stack: Stack) -> str:
    """Return a customer's subscription for 30.00 a month, from April 1 on, which has 30 days."""
    await stack.advance(to=local(APRIL_1))
    return await subscribe(stack, await a_plan(stack, price={"amount": "30.00"}, trialDays=0))


async def credit_of(stack: Stack, sub: str) -> list[str]:
    return [one["amount"] for one in (await details(stack, sub))["customer"]["creditBalances"]]


async def test_without_it_customers_are_refused_and_nothing_changes(stack: Stack) -> None:
    sub = await begun(stack)
    cheap = await a_plan(stack, name="Cheap", price={"amount": "3.00"}, trialDays=0)
    await stack.advance(to=local(APRIL_10))
    before = await details(stack, sub)
    refusals = [
        await ask(stack, "cancelSubscription", subscriptionId=sub, refund="CREDIT", **NOW),
        await ask(stack, "cancelSubscription", subscriptionId=sub, refund="REFUND", **NOW),
        await ask(stack, "changePlan", subscriptionId=sub, planId=cheap, timing="IMMEDIATE"),
    ]

    assert [[(one["code"], one["field"]) for one in errors] for errors in refusals] == [
        [("FORBIDDEN", ["refund"])],
        [("FORBIDDEN", ["refund"])],
        [("FORBIDDEN", ["timing"])],
    ]
    assert await details(stack, sub) == before


async def test_with_it_a_cancellation_credits_the_days_after_today(generous: Stack) -> None:
    sub = await begun(generous)
    await generous.advance(to=local(APRIL_10))
    assert await ask(generous, "cancelSubscription", subscriptionId=sub, refund="CREDIT", **NOW) == []

    # Ten days were served, today's too: 20 of 30
    assert (await details(generous, sub))["status"] == "CANCELLED"
    assert await credit_of(generous, sub) == ["20.00"]


async def test_or_sends_them_back(generous: Stack) -> None:
    sub = await begun(generous)
    await generous.advance(to=local(APRIL_10))
    assert await ask(generous, "cancelSubscription", subscriptionId=sub, refund="REFUND", **NOW) == []

    [invoice] = (await details(generous, sub))["invoices"]
    assert [one["refundedAmount"] for one in invoice["payments"]] == [{"amount": "20.00"}]


async def test_and_a_downgrade_may_be_at_once_but_for_what_began_today(generous: Stack) -> None:
    sub = await begun(generous)
    cheap = await a_plan(generous, name="Cheap", price={"amount": "3.00"}, trialDays=0)
    down = {"subscriptionId": sub, "planId": cheap, "timing": "IMMEDIATE"}
    [refused] = await ask(generous, "changePlan", **down)
    assert (refused["code"], refused["field"]) == ("FORBIDDEN", ["timing"])

    await generous.advance(to=local(APRIL_11))
    assert await ask(generous, "changePlan", **down) == []
    # 20 of 30 days: 20.00 back, 2.00 to pay
    assert (await details(generous, sub))["plan"]["name"] == "Cheap"
    assert await credit_of(generous, sub) == ["18.00"]
