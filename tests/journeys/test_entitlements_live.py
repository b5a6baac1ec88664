"""Entitlements live: a change of plan, and of what is used, is told to whom it concerns."""

from typing import Any

from websockets.asyncio.client import ClientConnection

from tests.journeys.asking import mutate
from tests.journeys.entitled import a_studio, a_trainer, used
from tests.journeys.test_live import listen, received, socket
from tests.stack import Stack, token

CHANGED = """
subscription($customer: CustomerRef) {
  entitlementsChanged(customer: $customer) { items { feature allowed limit used } }
}"""


async def students(ws: ClientConnection, **expected: Any) -> None:
    """Read updates until one says of the students what is expected: several changes may share one."""
    while True:
        items = (await received(ws))["entitlementsChanged"]["items"]
        [found] = [item for item in items if item["feature"] == "alunos"]
        if {name: found[name] for name in expected} == expected:
            return


async def test_a_customer_is_told_of_use_of_a_change_of_plan_and_of_an_override(stack: Stack) -> None:
    studio = await a_studio(stack)
    subscription, trainer = await a_trainer(stack)
    _, other = await a_trainer(stack, "bia@example.com", name="Outro")
    async with socket(stack, token(role="customer", email="tiago@example.com")) as ws:
        await listen(ws, CHANGED)
        await students(ws, limit=30, used=0)
        await used(stack, "setUsage", customer={"id": other}, feature="alunos", used=7)
        await used(stack, "setUsage", customer={"id": trainer}, feature="alunos", used=30)
        await students(ws, allowed=False, used=30)
        change = {"subscriptionId": subscription, "planId": studio, "timing": "IMMEDIATE"}
        assert await mutate(stack, "changePlan", **change) == []
        await students(ws, allowed=True, limit=None)
        given = {"customerId": trainer, "feature": "alunos", "limit": 5, "reason": "asked for"}
        assert await mutate(stack, "overrideEntitlement", **given) == []
        await students(ws, allowed=False, limit=5)


async def test_an_operator_follows_anybody_and_the_feed_of_events_hears_nothing_of_use(stack: Stack) -> None:
    subscription, trainer = await a_trainer(stack)
    async with socket(stack, token()) as ws, socket(stack, token()) as feed:
        await listen(ws, CHANGED, customer={"id": trainer})
        await students(ws, used=0)
        await listen(feed, "subscription { eventFeed { type } }")
        await used(stack, "setUsage", customer={"id": trainer}, feature="alunos", used=3)
        await students(ws, used=3)
        assert await mutate(stack, "cancelSubscription", subscriptionId=subscription) == []
        assert (await received(feed))["eventFeed"]["type"] == "CANCELLATION_REQUESTED"
