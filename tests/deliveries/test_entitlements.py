"""What a seller's system is told of entitlements, and that it is what the API then says."""

from typing import Any

from tests.deliveries.asking import an_endpoint, everything_delivered
from tests.deliveries.receiver import Receiver
from tests.journeys.asking import a_plan, mutate
from tests.journeys.entitled import a_trainer, used
from tests.stack import Stack

SET = """
query($customer: CustomerRef!) {
  entitlements(customer: $customer) {
    version
    items { feature kind allowed reason limit unlimited used reserved remaining overLimit resetsOn config }
  }
}"""


async def test_message_and_set_agree_after_each_change(stack: Stack, receiver: Receiver) -> None:
    _, secret = await an_endpoint(stack, receiver.url, types=["ENTITLEMENTS_CHANGED"])
    small = await a_plan(
        stack,
        name="Mini",
        userType="PERSONAL",
        trialDays=0,
        limits=[{"name": "alunos", "value": 10}],
        configs=[{"name": "logo", "value": {"widthMax": 100}}],
    )
    subscription, trainer = await a_trainer(stack)
    heard = [await newest(stack, receiver, trainer)]
    await used(stack, "setUsage", customer={"id": trainer}, feature="alunos", used=12)
    for mutation, given in (
        ("changePlan", {"subscriptionId": subscription, "planId": small, "timing": "IMMEDIATE"}),
        ("overrideEntitlement", {"customerId": trainer, "feature": "alunos", "reason": "x", "limit": 99}),
        ("endEntitlementOverride", {"customerId": trainer, "feature": "alunos", "reason": "x"}),
        ("pauseSubscription", {"subscriptionId": subscription}),
        ("cancelSubscription", {"subscriptionId": subscription, "cancelImmediately": True}),
    ):
        assert await mutate(stack, mutation, **given) == [], mutation
        heard.append(await newest(stack, receiver, trainer))

    assert [students(one) for one in heard] == [
        ("NONE", 30, 0, False),
        ("LIMIT_REACHED", 10, 2, False),
        ("NONE", 99, 0, True),
        ("LIMIT_REACHED", 10, 2, False),
        ("PAUSED", 0, 12, False),
        None,
    ]
    # As many messages as changes: use alone tells nothing.
    assert len(receiver.told) == len(heard)
    for one in receiver.told:
        one.verify(secret)


async def newest(stack: Stack, receiver: Receiver, customer: str) -> dict[str, Any]:
    """Return the newest message about a customer, once it is compared with what the API says now."""
    await everything_delivered(stack)
    message = max((one.body for one in receiver.told), key=lambda body: body["sequence"])
    data: dict[str, Any] = message["data"]
    shown = (await stack.data(SET, {"customer": {"id": customer}}))["entitlements"]
    assert (data["id"], message["sequence"], data["version"]) == (
        customer,
        shown["version"],
        shown["version"],
    )
    keys = set(shown["items"][0]) if shown["items"] else set()
    assert [{key: item[key] for key in keys} for item in data["items"]] == shown["items"]
    return data


def students(data: dict[str, Any]) -> tuple[Any, ...] | None:
    for item in data["items"]:
        if item["feature"] == "alunos":
            return item["reason"], item["limit"], item["overLimit"], item["overridden"]
    return None
