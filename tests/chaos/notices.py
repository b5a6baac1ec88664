"""Subscriptions and the notices that pay them, many at a time."""

import asyncio

from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack


async def unpaid_subscriptions(stack: Stack, number: int) -> list[str]:
    """Return subscriptions without trial or method that wait for their first payment of 29.99."""
    plan_id = await a_plan(stack, trialDays=0)
    return [await subscribe(stack, plan_id, f"c{one}@example.com") for one in range(number)]


async def pay_all(stack: Stack, subscriptions: list[str]) -> None:
    """Post a notice of success for each, side by side; all must be accepted."""
    answers = await asyncio.gather(
        *(
            stack.notify(
                {
                    "subscription_id": subscription,
                    "event": "payment_success",
                    "amount": 29.99,
                    "date": "2026-11-01",
                },
                webhook_id=f"msg_{subscription}",
            )
            for subscription in subscriptions
        )
    )
    assert {answer.status_code for answer in answers} == {202}


async def total_active(stack: Stack) -> int:
    """Return how many subscriptions the report counts as active."""
    report = await stack.data("{ subscriptionReport { totalActive } }")
    active: int = report["subscriptionReport"]["totalActive"]
    return active
