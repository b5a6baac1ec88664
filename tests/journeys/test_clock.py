from datetime import date
from typing import Any

import pytest

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


@pytest.mark.parametrize(
    "given",
    [
        {"to": "9999-12-31T23:59:59Z"},
        {"to": "2101-01-01T00:00:00Z"},
        {"to": "2046-01-01T00:00:00Z"},
        {"by": "P999M"},
        {"by": "P9999D"},
    ],
)
async def test_the_clock_goes_so_far_and_no_further(stack: Stack, given: dict[str, str]) -> None:
    before = await stack.deps.clock.now()

    answer = await stack.data(
        "mutation($input: AdvanceClockInput!) { advanceClock(input: $input) {"
        " clock { now } userErrors { code } } }",
        {"input": given},
    )

    assert answer["advanceClock"] == {"clock": None, "userErrors": [{"code": "LIMIT_EXCEEDED"}]}
    assert (await stack.deps.clock.now()).year == before.year
