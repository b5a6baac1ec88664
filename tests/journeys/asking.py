"""What journeys ask the API again and again."""

from typing import Any

from tests.stack import Stack

CREATE_PLAN = """
mutation($input: CreatePlanInput!) {
  createPlan(input: $input) { plan { id } userErrors { code message field } }
}"""
SUBSCRIBE = """
mutation($input: CreateSubscriptionInput!) {
  createSubscription(input: $input) {
    subscription { id status nextBillingDate }
    userErrors { code message field }
  }
}"""


async def a_plan(stack: Stack, **changes: Any) -> str:
    """Create a monthly plan of 29.99 with seven days of trial; *changes* override."""
    plan = {"name": "Basic Plan", "price": {"amount": "29.99"}, "billingCycle": "MONTHLY"} | changes
    created = await stack.data(CREATE_PLAN, {"input": plan})
    assert created["createPlan"]["userErrors"] == []
    plan_id: str = created["createPlan"]["plan"]["id"]
    return plan_id


async def subscribe(
    stack: Stack, plan_id: str, email: str, *, card: str | None = None, **changes: Any
) -> str:
    """Subscribe somebody, by a card token if there is one, and wait until a worker has taken it up."""
    given: dict[str, Any] = {"planId": plan_id, "customerEmail": email} | changes
    if card is not None:
        given["paymentMethod"] = {"cardToken": card}
    created = await stack.data(SUBSCRIBE, {"input": given})
    assert created["createSubscription"]["userErrors"] == []
    await stack.idle()
    subscription_id: str = created["createSubscription"]["subscription"]["id"]
    return subscription_id
