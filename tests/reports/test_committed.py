"""Rule 24: what of today's MRR is not set to end or shrink."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.journeys.asking import a_plan, mutate, subscribe
from tests.stack import Stack

ASKED = """query($start: Date!, $end: Date!) { revenueReport(startDate: $start, endDate: $end) {
  months { mrr { amount } committedMrr { amount } } totals { mrr { amount } committedMrr { amount } } } }"""


async def report(stack: Stack) -> dict[str, Any]:
    """Return the months of the last and this one, as an operator sees them now."""
    today = datetime.now(UTC).date()
    last = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    given = {"start": last.isoformat(), "end": (today + timedelta(days=2)).isoformat()}
    shown: dict[str, Any] = (await stack.data(ASKED, given))["revenueReport"]
    return shown


async def test_what_is_set_to_end_or_shrink_is_not_committed(stack: Stack) -> None:
    basic = await a_plan(stack, name="Basic", price={"amount": "29.90"}, trialDays=0)
    plus = await a_plan(stack, name="Plus", price={"amount": "59.90"}, trialDays=0)
    subs = {
        name: await subscribe(stack, plus, f"{name}@example.com", card="tok_visa")
        for name in ("stays", "leaves", "pauses", "shrinks")
    }
    other = await a_plan(stack, name="Dollars", price={"amount": "9", "currency": "USD"}, trialDays=0)
    gone = await subscribe(stack, other, "abroad@example.com", card="tok_visa")
    assert await mutate(stack, "cancelSubscription", subscriptionId=gone) == []
    shown = await report(stack)
    assert shown["totals"] == {"mrr": {"amount": "239.60"}, "committedMrr": {"amount": "239.60"}}

    assert await mutate(stack, "cancelSubscription", subscriptionId=subs["leaves"]) == []
    assert await mutate(stack, "pauseSubscription", subscriptionId=subs["pauses"], atPeriodEnd=True) == []
    assert await mutate(stack, "changePlan", subscriptionId=subs["shrinks"], planId=basic) == []
    shown = await report(stack)
    # 59.90 stay, and 29.90 of what shrinks
    now = {"mrr": {"amount": "239.60"}, "committedMrr": {"amount": "89.80"}}
    assert (shown["months"][0]["committedMrr"], shown["months"][-1], shown["totals"]) == (None, now, now)

    assert await mutate(stack, "uncancelSubscription", subscriptionId=subs["leaves"]) == []
    assert (await report(stack))["totals"]["committedMrr"] == {"amount": "149.70"}
