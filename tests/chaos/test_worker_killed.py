import asyncio
import sys

import pytest

from ciclo.actions.audit.ledger import AuditCounts, audit_ledger
from ciclo.settings.settings import Settings
from tests.chaos.notices import pay_all, total_active, unpaid_subscriptions
from tests.chaos.processes import ROOT, environment, process
from tests.stack import DELIVERY, Stack, running_stack, until

GIVEN_UP_S_MAX = 90.0


async def doomed_worker(settings: Settings, moment: str) -> asyncio.subprocess.Process:
    script = str(ROOT / "tests/chaos/doomed_worker.py")
    return await process(sys.executable, script, moment, env=environment(settings))


@pytest.mark.parametrize("moment", ["before-commit", "before-acknowledgement"])
async def test_what_a_killed_worker_held_is_applied_exactly_once(settings: Settings, moment: str) -> None:
    async with running_stack(settings) as stack:
        subscriptions = await unpaid_subscriptions(stack, 5)
    async with running_stack(settings, billing_workers=0, keep=True) as stack:
        await pay_all(stack, subscriptions)
        worker = await doomed_worker(stack.deps.settings, moment)
        assert await worker.wait() == -9
        payments = stack.deps.store["payments"]
        written = await payments.count_documents({"status": "COMPLETED"})
        assert written == (0 if moment == "before-commit" else len(subscriptions))
    # Nobody publishes these events again in this stack: what is done is done by claiming.
    async with running_stack(settings, keep=True, relaying=False) as stack:

        async def all_acknowledged() -> bool:
            pending = await stack.deps.streams.redis.xpending(f"{settings.stream_prefix}:billing", "billing")
            return bool(pending["pending"] == 0)

        await until(all_acknowledged)
        await stack.idle()
        assert await stack.deps.store["payments"].count_documents({}) == len(subscriptions)
        assert await total_active(stack) == len(subscriptions)
        assert [one async for one in audit_ledger(stack.deps, AuditCounts())] == []


async def test_what_a_killed_worker_held_is_announced_again_when_the_stream_is_gone_with_it(
    settings: Settings,
) -> None:
    async with running_stack(settings) as stack:
        subscriptions = await unpaid_subscriptions(stack, 5)
    async with running_stack(settings, billing_workers=0, keep=True) as stack:
        await pay_all(stack, subscriptions)
        worker = await doomed_worker(stack.deps.settings, "before-commit")
        assert await worker.wait() == -9
        await stack.deps.streams.redis.delete(f"{settings.stream_prefix}:billing")
    async with running_stack(settings, keep=True) as stack:
        await stack.idle()
        assert await total_active(stack) == len(subscriptions)


async def test_an_event_that_kills_every_worker_is_given_up_and_the_others_are_applied(
    settings: Settings,
) -> None:
    async with running_stack(settings) as stack:
        subscriptions = await unpaid_subscriptions(stack, 5)
    async with running_stack(settings, billing_workers=0, keep=True) as stack:
        await pay_all(stack, subscriptions)
        notice = await stack.deps.store["events"].find_one(
            {"subscription_id": subscriptions[1], "type": "payment_success"}
        )
        assert notice is not None
        deaths = 0
        # A supervisor starts the worker again, whatever it died of.
        async with asyncio.timeout(GIVEN_UP_S_MAX):
            while True:
                worker = await doomed_worker(stack.deps.settings, notice["_id"])
                if await ended_or_given_up(stack, worker, notice["_id"]):
                    break
                deaths += 1
        assert deaths == DELIVERY.deliveries_max
        await stack.idle()
        worker.terminate()
        await worker.wait()

        assert await total_active(stack) == len(subscriptions) - 1
        answer = await stack.data("{ deadLetters { edges { node { id lastError dead } } } }")
        assert [edge["node"] for edge in answer["deadLetters"]["edges"]] == [
            {"id": notice["_id"], "lastError": "delivered 4 times without an answer", "dead": True}
        ]


async def ended_or_given_up(stack: Stack, worker: asyncio.subprocess.Process, event_id: str) -> bool:
    """Wait until a worker has died, or the event is dead; return whether it is the latter."""
    dead = {"_id": event_id, "dead": True}
    given_up = False

    async def either() -> bool:
        nonlocal given_up
        given_up = await stack.deps.store["events"].find_one(dead) is not None
        return given_up or worker.returncode is not None

    await until(either, seconds=GIVEN_UP_S_MAX)
    return given_up
