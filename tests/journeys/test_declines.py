"""Rule 41: cards that a customer tries are declined so often and no more, in all processes together."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest

from ciclo.metrics import REGISTRY
from ciclo.settings.settings import Settings
from tests.journeys.asking import a_plan, details, mutate
from tests.journeys.customer import ANA, EMAIL, ask, subscribe
from tests.stack import Stack, local, running_stack

ATTACH_DECLINED: Final = {"paymentMethod": {"cardToken": "tok_attach_declined"}}
CHARGE_DECLINED: Final = {"paymentMethod": {"cardToken": "tok_charge_declined"}}
PAYS: Final = {"paymentMethod": {"cardToken": "tok_visa"}}
APRIL_1: Final = date(2027, 4, 1)


@pytest.fixture
async def begun(stack: Stack) -> Stack:
    await stack.advance(to=local(APRIL_1))
    return stack


async def codes(stack: Stack, mutation: str, **given: Any) -> list[str]:
    return [error["code"] for error in await ask(stack, mutation, **given)]


async def a_subscription(stack: Stack) -> str:
    return await subscribe(stack, await a_plan(stack, price={"amount": "30.00"}, trialDays=0))


async def later(stack: Stack, by: timedelta) -> None:
    await stack.advance(to=await stack.deps.clock.now() + by)


def refusals() -> float:
    """Return how often this process refused to try a card, by the metric."""
    return REGISTRY.get_sample_value("ciclo_card_refusals_total", {"bound": "customer"}) or 0.0


async def customer_of(stack: Stack, subscription_id: str) -> str:
    found = await stack.data(
        "query($id: ID!) { subscription(id: $id) { customer { id } } }", {"id": subscription_id}
    )
    customer_id: str = found["subscription"]["customer"]["id"]
    return customer_id


async def test_after_five_declines_a_customer_waits_for_an_hour_and_is_told_so(begun: Stack) -> None:
    sub = await a_subscription(begun)
    given = {"subscriptionId": sub}
    refused = refusals()
    for _ in range(5):
        assert await codes(begun, "updatePaymentMethod", **given, **ATTACH_DECLINED) == ["CARD_DECLINED"]

    [error] = await ask(begun, "updatePaymentMethod", **given, **PAYS)
    assert (error["code"], error["field"]) == ("TOO_MANY_DECLINES", ["paymentMethod"])
    wait = datetime.fromisoformat(error["retryAt"]) - await begun.deps.clock.now()
    assert timedelta(minutes=50) < wait <= timedelta(hours=1)
    assert refusals() == refused + 1
    # What is no card is not bounded
    assert await codes(begun, "updatePaymentMethod", **given, paymentMethod={"pix": {}}) == []

    await later(begun, timedelta(hours=1))
    assert await codes(begun, "updatePaymentMethod", **given, **PAYS) == []


async def test_twenty_a_day_are_the_most(begun: Stack) -> None:
    sub = await a_subscription(begun)
    told: list[str] = []
    for _ in range(5):
        for _ in range(5):
            told += await codes(begun, "updatePaymentMethod", subscriptionId=sub, **ATTACH_DECLINED)
        await later(begun, timedelta(minutes=61))

    assert told == ["CARD_DECLINED"] * 20 + ["TOO_MANY_DECLINES"] * 5
    await later(begun, timedelta(hours=20))
    assert await codes(begun, "updatePaymentMethod", subscriptionId=sub, **PAYS) == []


async def test_charges_that_are_declined_later_count(begun: Stack) -> None:
    sub = await a_subscription(begun)
    assert await mutate(begun, "updatePaymentMethod", subscriptionId=sub, **CHARGE_DECLINED) == []
    await begun.advance(to=local(date(2027, 5, 1)))
    invoice = (await details(begun, sub))["invoices"][-1]["id"]
    told = [
        code
        for _ in range(8)
        for code in await codes(begun, "payInvoice", invoiceId=invoice, **CHARGE_DECLINED)
    ]

    assert told == ["TOO_MANY_DECLINES"] * 3
    [payment] = (await details(begun, sub))["invoices"][-1]["payments"]
    # The renewal's own attempt, and five that were asked for
    assert payment["attempts"] == 6


async def test_by_new_subscriptions_cards_are_tried_no_oftener(begun: Stack) -> None:
    plan = await a_plan(begun, price={"amount": "30.00"}, trialDays=0)
    told: list[str] = []
    for _ in range(8):
        told += await codes(begun, "createSubscription", planId=plan, **CHARGE_DECLINED)
        found = await begun.data("{ mySubscription { id status } }", bearer=ANA)
        if found["mySubscription"]["status"] == "PENDING":
            assert (
                await codes(begun, "cancelSubscription", subscriptionId=found["mySubscription"]["id"]) == []
            )

    assert told == ["TOO_MANY_DECLINES"] * 3


async def test_a_card_that_pays_takes_no_place(begun: Stack) -> None:
    plan = await a_plan(begun, price={"amount": "30.00"}, trialDays=0)
    for _ in range(7):
        sub = await subscribe(begun, plan)
        assert await codes(begun, "updatePaymentMethod", subscriptionId=sub, **PAYS) == []
        assert await codes(begun, "cancelSubscription", subscriptionId=sub, cancelImmediately=True) == []


async def test_a_request_that_is_refused_otherwise_takes_no_place(begun: Stack) -> None:
    sub = await a_subscription(begun)
    invoice = (await details(begun, sub))["invoices"][0]["id"]
    for _ in range(7):
        assert await codes(begun, "payInvoice", invoiceId=invoice, **PAYS) == ["INVOICE_NOT_OPEN"]


async def test_a_change_that_declines_is_tried_no_oftener(begun: Stack) -> None:
    sub = await a_subscription(begun)
    dearer = await a_plan(begun, name="Studio", price={"amount": "300.00"}, trialDays=0)
    assert await codes(begun, "updatePaymentMethod", subscriptionId=sub, **CHARGE_DECLINED) == []
    told: list[str] = []
    for _ in range(7):
        told += await codes(begun, "changePlan", subscriptionId=sub, planId=dearer)
        await later(begun, timedelta(minutes=1))

    assert told == ["TOO_MANY_DECLINES"] * 2


async def test_an_operator_is_bounded_by_the_invoice_alone_and_lifts_the_bound(begun: Stack) -> None:
    sub = await a_subscription(begun)
    assert await mutate(begun, "updatePaymentMethod", subscriptionId=sub, **CHARGE_DECLINED) == []
    await begun.advance(to=local(date(2027, 5, 1)))
    invoice = (await details(begun, sub))["invoices"][-1]["id"]
    paying = {"invoiceId": invoice, **CHARGE_DECLINED}
    told = [code for _ in range(6) for code in await mutate(begun, "payInvoice", **paying)]
    # A new method is charged for what is failing: it is a try as well
    for _ in range(6):
        told += await mutate(begun, "updatePaymentMethod", subscriptionId=sub, **CHARGE_DECLINED)
    assert told == ["TOO_MANY_DECLINES"] * 2

    lifting = {"customerId": await customer_of(begun, sub)}
    [refused] = (await begun.graphql(LIFT, {"input": lifting}, bearer=ANA))["errors"]
    assert refused["extensions"]["code"] == "FORBIDDEN"
    assert await mutate(begun, "liftDeclineLimit", **lifting) == []
    assert await mutate(begun, "payInvoice", invoiceId=invoice, **PAYS) == []
    assert (await details(begun, sub))["invoices"][-1]["status"] == "PAID"


LIFT: Final = """mutation($input: LiftDeclineLimitInput!) { liftDeclineLimit(input: $input) {
  customer { id } userErrors { code field } } }"""


async def test_who_lifted_a_bound_is_in_the_log(begun: Stack) -> None:
    sub = await a_subscription(begun)
    for _ in range(5):
        await codes(begun, "updatePaymentMethod", subscriptionId=sub, **ATTACH_DECLINED)
    lifting = {"customerId": await customer_of(begun, sub), "idempotencyKey": "k-lift"}
    for _ in range(2):
        answer = (await begun.data(LIFT, {"input": lifting}))["liftDeclineLimit"]
        assert (answer["customer"]["id"], answer["userErrors"]) == (lifting["customerId"], [])

    assert await codes(begun, "updatePaymentMethod", subscriptionId=sub, **PAYS) == []
    logged = await begun.deps.store["operations"].find({"action": "liftDeclineLimit"}).to_list(None)
    assert [one["target"] for one in logged] == [lifting["customerId"]]
    answer = await begun.data(LIFT, {"input": {"customerId": "cus_01h455vb4pex5vsknk084sn02q"}})
    assert answer["liftDeclineLimit"]["userErrors"][0]["code"] == "CUSTOMER_NOT_FOUND"


@pytest.fixture
async def beside(begun: Stack, settings: Settings) -> AsyncIterator[Stack]:
    """A second API process's worth of everything, on the same servers."""
    async with running_stack(
        settings, keep=True, billing_workers=0, collection_workers=0, relaying=False
    ) as other:
        yield other


async def test_two_processes_count_together_and_many_at_a_time_get_no_further(
    begun: Stack, beside: Stack
) -> None:
    sub = await a_subscription(begun)
    asked = [
        codes(stack, "updatePaymentMethod", subscriptionId=sub, **ATTACH_DECLINED)
        for _ in range(10)
        for stack in (begun, beside)
    ]
    told = [code for codes_ in await asyncio.gather(*asked) for code in codes_]

    assert sorted(told) == ["CARD_DECLINED"] * 5 + ["TOO_MANY_DECLINES"] * 15


async def test_no_address_is_written_to_redis(begun: Stack) -> None:
    sub = await a_subscription(begun)
    await codes(begun, "updatePaymentMethod", subscriptionId=sub, **ATTACH_DECLINED)
    redis = begun.deps.streams.redis
    keys = [key async for key in redis.scan_iter(f"{begun.deps.streams.prefix}:declines:*")]

    assert len(keys) == 1
    assert EMAIL.encode() not in keys[0]
