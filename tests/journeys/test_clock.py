from datetime import date
from typing import Any

from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack, local

HISTORY = """
query($id: ID!) {
  subscription(id: $id) {
    status nextBillingDate currentPeriod { start end }
    invoices(first: 50) { edges { node { number status total { amount } period { start end }
      payments { status attempts failureCode } } } }
  }
}"""


async def history(stack: Stack, subscription_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await stack.data(HISTORY, {"id": subscription_id}))["subscription"]
    return found


async def test_trial_then_first_charge_then_renewals(stack: Stack) -> None:
    await stack.advance(to=local(date(2028, 1, 24)))
    plan_id = await a_plan(stack)
    sub = await subscribe(stack, plan_id, "ana@example.com", card="tok_visa")
    await stack.advance(to=local(date(2028, 4, 30)))

    found = await history(stack, sub)

    assert found["status"] == "ACTIVE"
    assert found["nextBillingDate"] == "2028-05-31"
    assert [
        (edge["node"]["period"]["start"], edge["node"]["status"], edge["node"]["total"]["amount"])
        for edge in reversed(found["invoices"]["edges"])
    ] == [
        ("2028-01-31", "PAID", "29.99"),
        ("2028-02-29", "PAID", "29.99"),
        ("2028-03-31", "PAID", "29.99"),
        ("2028-04-30", "PAID", "29.99"),
    ]
