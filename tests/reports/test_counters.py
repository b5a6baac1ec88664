"""The counters of the subscription report equal a count of what is there, whatever befell the workers."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random
from typing import Any

from ciclo.actions.audit.ledger import AuditCounts, audit_ledger
from ciclo.domain.subscription import Status
from tests.chaos.processes import ROOT, environment, process
from tests.journeys.asking import SUBSCRIBE, a_plan
from tests.stack import Stack, running_stack, settings_for, until

CUSTOMERS = 24
ACTS = 60
CARDS = ("tok_visa", "tok_mastercard", "tok_charge_declined", None)
ENDED_BY_KILL = -9

REPORT = """{ subscriptionReport {
  totalActive totalCancelled plans { planId activeSubscriptions byStatus { status count } }
} }"""


@asynccontextmanager
async def a_worker(stack: Stack, *command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a billing worker as a process of its own until the block ends."""
    worker = await process(sys.executable, *command, env=environment(stack.deps.settings))
    try:
        yield worker
    finally:
        if worker.returncode is None:
            worker.kill()
        await worker.wait()


async def counted(stack: Stack, plans: list[str]) -> dict[str, Any]:
    """Return what the report should be, by looking at every subscription."""
    found: Counter[tuple[str, str]] = Counter()
    async for one in stack.deps.store["subscriptions"].find({}):
        found[one["terms"]["plan_id"], one["status"]] += 1
    active = {plan: found[plan, "ACTIVE"] + found[plan, "PAST_DUE"] for plan in plans}
    return {
        "totalActive": sum(active.values()),
        "totalCancelled": sum(found[plan, "CANCELLED"] for plan in plans),
        "plans": [
            {
                "planId": plan,
                "activeSubscriptions": active[plan],
                "byStatus": [{"status": one.value, "count": found[plan, one.value]} for one in Status],
            }
            for plan in plans
        ],
    }


async def test_counters_are_right_after_random_histories_and_a_killed_worker(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> None:
    dice = Random(7)
    settings = settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)
    async with AsyncExitStack() as running:
        stack = await running.enter_async_context(running_stack(settings, billing_workers=0))
        plans = [
            await a_plan(stack, name=name, trialDays=trial) for name, trial in (("Basic", 0), ("Plus", 7))
        ]
        # The one to be killed comes alone, so that it surely holds entries when it dies.
        doomed = await running.enter_async_context(
            a_worker(stack, str(ROOT / "tests/chaos/doomed_worker.py"), "before-commit")
        )
        subscriptions = [await subscribed(stack, dice, plans, number) for number in range(CUSTOMERS)]
        assert await doomed.wait() == ENDED_BY_KILL
        for _ in range(2):
            await running.enter_async_context(a_worker(stack, "-m", "ciclo", "worker", "billing"))
        await until(lambda: all_taken_up(stack), seconds=30)
        for number in range(ACTS):
            await act(stack, dice, plans, subscriptions, number)
        await stack.idle()

        report = (await stack.data(REPORT))["subscriptionReport"]

        assert report == await counted(stack, sorted(plans))
        assert {"ACTIVE", "CANCELLED", "PAUSED"} <= statuses(report)
        assert [one async for one in audit_ledger(stack.deps, AuditCounts())] == []


async def subscribed(stack: Stack, dice: Random, plans: list[str], number: int) -> str:
    given: dict[str, Any] = {
        "planId": dice.choice(plans),
        "customerEmail": f"c{number}@example.com",
        "skipTrial": dice.random() < 0.5,
    }
    card = dice.choice(CARDS)
    if card is not None:
        given["paymentMethod"] = {"cardToken": card}
    created = await stack.data(SUBSCRIBE, {"input": given})
    subscription_id: str = created["createSubscription"]["subscription"]["id"]
    return subscription_id


async def all_taken_up(stack: Stack) -> bool:
    return await stack.deps.store["subscriptions"].find_one({"started": False}) is None


async def act(stack: Stack, dice: Random, plans: list[str], subscriptions: list[str], number: int) -> None:
    """Let something happen to one of the subscriptions; some of it will be refused, which counts nothing."""
    subscription = dice.choice(subscriptions)
    mutation, changes = dice.choice(
        [
            ("pauseSubscription", {}),
            ("resumeSubscription", {}),
            ("cancelSubscription", {"cancelImmediately": True}),
            ("changePlan", {"planId": dice.choice(plans), "timing": "IMMEDIATE"}),
            ("", {}),
            ("", {}),
        ]
    )
    if not mutation:
        notice = {
            "subscription_id": subscription,
            "event": dice.choice(["payment_success", "payment_failed"]),
            "amount": 29.99,
            "date": "2026-11-01",
        }
        answer = await stack.notify(notice, webhook_id=f"msg_{number}")
        assert answer.status_code == 202
        return
    type_ = f"{mutation[0].upper()}{mutation[1:]}Input!"
    await stack.data(
        f"mutation($input: {type_}) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}",
        {"input": {"subscriptionId": subscription, **changes}},
    )


def statuses(report: dict[str, Any]) -> set[str]:
    return {one["status"] for plan in report["plans"] for one in plan["byStatus"] if one["count"]}
