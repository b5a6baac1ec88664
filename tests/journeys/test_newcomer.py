from tests.journeys.asking import SUBSCRIBE, a_plan
from tests.stack import Stack, until

STATUS = "query($id: ID!) { subscription(id: $id) { status nextBillingDate billingReference } }"
REPORT = "{ subscriptionReport { totalActive totalCancelled plans { planId name activeSubscriptions } } }"


async def test_a_newcomer_subscribes_pays_by_webhook_and_is_counted(stack: Stack) -> None:
    plan_id = await a_plan(stack)
    created = await stack.data(
        SUBSCRIBE, {"input": {"planId": plan_id, "customerEmail": "cliente@email.com"}}
    )
    subscription = created["createSubscription"]["subscription"]
    assert created["createSubscription"]["userErrors"] == []
    assert subscription["status"] == "PENDING"
    assert subscription["nextBillingDate"] is not None

    async def is_(status: str) -> bool:
        found = await stack.data(STATUS, {"id": subscription["id"]})
        return bool(found["subscription"]["status"] == status)

    await until(lambda: is_("TRIALING"))
    accepted = await stack.notify(
        {
            "subscription_id": subscription["id"],
            "event": "payment_success",
            "amount": 29.99,
            "date": "2025-01-01",
        },
        webhook_id="msg_1",
    )
    assert accepted.status_code == 202, accepted.text
    assert accepted.json()["status"] == "queued"
    await until(lambda: is_("ACTIVE"))
    report = (await stack.data(REPORT))["subscriptionReport"]
    assert report == {
        "totalActive": 1,
        "totalCancelled": 0,
        "plans": [{"planId": plan_id, "name": "Basic Plan", "activeSubscriptions": 1}],
    }
