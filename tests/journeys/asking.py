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


DETAILS = """
query($id: ID!) {
  subscription(id: $id) {
    status nextBillingDate cancelAtPeriodEnd endReason
    currentPeriod { start end } plan { id name }
    pendingChange { planName takesEffectOn }
    customer { creditBalances { amount currency } }
    invoices(first: 50) { edges { node {
      id number kind status total { amount } creditApplied { amount } period { start end } issuedAt
      lines { kind amount { amount } explanation { days totalDays text } }
      payments { id status attempts failureCode refundedAmount { amount } }
      creditNotes { number amount { amount } reason }
    } } }
  }
}"""


async def details(stack: Stack, subscription_id: str) -> dict[str, Any]:
    """Return a subscription with its invoices, the oldest first, as a plain list."""
    found: dict[str, Any] = (await stack.data(DETAILS, {"id": subscription_id}))["subscription"]
    found["invoices"] = [edge["node"] for edge in reversed(found["invoices"]["edges"])]
    return found


async def mutate(stack: Stack, mutation: str, **given: Any) -> list[str]:
    """Run a mutation and return the codes of its user errors."""
    type_ = f"{mutation[0].upper()}{mutation[1:]}Input!"
    answer = await stack.data(
        f"mutation($input: {type_}) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}",
        {"input": given},
    )
    await stack.idle()
    return [error["code"] for error in answer[mutation]["userErrors"]]
