"""Many callers at once on one subscription: each is done or refused, and nothing is done twice."""

import asyncio
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any, Final

from ciclo.metrics import TRANSACTION_RETRIES
from tests.journeys.asking import a_plan, details, subscribe
from tests.stack import Stack, local

AT_ONCE: Final = 12
CROWD: Final = 80


async def answers(stack: Stack, mutation: str, given: list[dict[str, Any]]) -> Counter[str]:
    """Run a mutation many times at once; count what became of it: `done`, or a refusal's code."""
    type_ = f"{mutation[0].upper()}{mutation[1:]}Input!"
    query = f"mutation($input: {type_}) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}"
    found = await asyncio.gather(*(stack.data(query, {"input": one}) for one in given))
    await stack.idle()
    codes = [[error["code"] for error in one[mutation]["userErrors"]] for one in found]
    return Counter(code[0] if code else "done" for code in codes)


async def paying(stack: Stack) -> str:
    await stack.advance(to=local(date(2027, 3, 1)))
    sub = await subscribe(stack, await a_plan(stack, trialDays=0), "ana@example.com", card="tok_visa")
    await stack.idle()
    return sub


async def test_refunds_at_once_never_exceed_what_was_paid(stack: Stack) -> None:
    sub = await paying(stack)
    [payment] = (await details(stack, sub))["invoices"][0]["payments"]

    outcome = await answers(
        stack, "refundPayment", [{"paymentId": payment["id"], "amount": "9.99"}] * AT_ONCE
    )

    assert outcome == {"done": 3, "REFUND_EXCEEDS_PAYMENT": AT_ONCE - 3}
    [refunded] = (await details(stack, sub))["invoices"][0]["payments"]
    assert Decimal(refunded["refundedAmount"]["amount"]) == Decimal("29.97")


async def test_changes_at_once_follow_each_other(stack: Stack) -> None:
    sub = await paying(stack)
    plans = [await a_plan(stack, name=f"Plan {n}", price={"amount": str(40 + n)}) for n in range(AT_ONCE)]

    outcome = await answers(
        stack,
        "changePlan",
        [{"subscriptionId": sub, "planId": plan, "timing": "IMMEDIATE"} for plan in plans],
    )

    found = await details(stack, sub)
    # One that comes while the invoice of the one before is being paid is asked to wait.
    assert outcome.keys() <= {"done", "PAYMENT_IN_PROGRESS"}
    assert len(found["invoices"]) == 1 + outcome["done"] > 1
    assert found["plan"]["name"] in {f"Plan {n}" for n in range(AT_ONCE)}


async def test_of_cancellations_at_once_one_is_done(stack: Stack) -> None:
    sub = await paying(stack)

    outcome = await answers(
        stack, "cancelSubscription", [{"subscriptionId": sub, "cancelImmediately": True}] * AT_ONCE
    )

    assert outcome == {"done": 1, "ALREADY_CANCELLED": AT_ONCE - 1}
    assert (await details(stack, sub))["status"] == "CANCELLED"


async def test_a_customer_who_clicks_often_subscribes_once(stack: Stack) -> None:
    plan = await a_plan(stack)

    outcome = await answers(
        stack, "createSubscription", [{"planId": plan, "customerEmail": "ana@example.com"}] * AT_ONCE
    )

    assert outcome == {"done": 1, "ALREADY_SUBSCRIBED": AT_ONCE - 1}


async def test_creations_at_once_to_one_plan_seldom_meet(stack: Stack) -> None:
    plan_id = await a_plan(stack, trialDays=0)
    before = repeated_transactions()

    # Half as many: a creation writes most, and a busy machine may not answer the last of 80 in time.
    given = [{"planId": plan_id, "customerEmail": f"crowd{one}@example.com"} for one in range(CROWD // 2)]
    outcome = await answers(stack, "createSubscription", given)

    assert outcome == {"done": len(given)}
    # At one counter each waits for all before it: many repeats a creation, instead of one at most.
    assert repeated_transactions() - before < 2 * len(given)


def repeated_transactions() -> float:
    """Return how many transactions of this process were run again."""
    return sum(
        sample.value
        for family in TRANSACTION_RETRIES.collect()
        for sample in family.samples
        if sample.name.endswith("_total")
    )
