"""A delivery worker dies between an answer and its record, or of one message again and again."""

import asyncio
import sys
from typing import Final

from ciclo.settings.settings import Settings
from tests.chaos.processes import ROOT, environment, process
from tests.deliveries.asking import an_endpoint, deliveries, everything_delivered
from tests.deliveries.receiver import receiving
from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack, running_stack, until

GIVEN_UP_S_MAX: Final = 120.0


async def doomed_deliverer(settings: Settings, moment: str) -> asyncio.subprocess.Process:
    script = str(ROOT / "tests/chaos/doomed_deliverer.py")
    return await process(sys.executable, script, moment, env=environment(settings))


async def test_an_answer_that_was_not_written_down_is_asked_for_again_under_the_same_id(
    settings: Settings,
) -> None:
    told = settings.model_copy(update={"webhook_audience_ms": 0})
    async with receiving() as receiver, running_stack(told) as stack:
        endpoint, _ = await an_endpoint(stack, receiver.url, types=["SUBSCRIPTION_CREATED"])
        await subscribe(stack, await a_plan(stack), "ana@example.com")
        worker = await doomed_deliverer(stack.deps.settings, "before-write")
        assert await worker.wait() == -9
        [posted] = receiver.told
        [logged] = await deliveries(stack, endpoint)
        assert (logged["state"], logged["attempts"]) == ("PENDING", [])

        async with running_stack(told, keep=True, delivery_workers=1) as other:
            await everything_delivered(other)
        assert [(one.id, one.raw) for one in receiver.told] == [(posted.id, posted.raw)] * 2


async def test_a_message_that_ends_every_worker_is_given_up_and_the_others_are_delivered(
    settings: Settings,
) -> None:
    told = settings.model_copy(update={"webhook_audience_ms": 0, "deliveries_max": 4})
    async with receiving() as receiver, running_stack(told) as stack:
        await an_endpoint(stack, receiver.url + "/one", types=["SUBSCRIPTION_CREATED"])
        await an_endpoint(stack, receiver.url + "/two", types=["SUBSCRIPTION_CREATED"])
        plan = await a_plan(stack)
        subscriptions = [await subscribe(stack, plan, f"{n}@example.com") for n in range(4)]
        poison = await stack.deps.store["messages"].find_one({"object_id": subscriptions[1]})
        assert poison is not None
        deaths = 0
        async with asyncio.timeout(GIVEN_UP_S_MAX):
            while True:
                worker = await doomed_deliverer(stack.deps.settings, poison["_id"])
                if await ended_or_over(stack, worker):
                    break
                deaths += 1
        worker.terminate()
        await worker.wait()
        log = await stack.deps.store["webhook_deliveries"].find({}).to_list(None)
        failed = [one for one in log if one["state"] == "FAILED"]
        assert {one["message_id"] for one in failed} == {poison["_id"]}
        assert {one["attempts"][-1]["failure"] for one in failed} == {"NO_ANSWER"}
        assert len(log) - len(failed) == 6
        # Two deliveries of the poison, each given up after four deaths, some of them of both.
        assert 4 <= deaths <= 8


async def ended_or_over(stack: Stack, worker: asyncio.subprocess.Process) -> bool:
    """Wait until a worker has died, or nothing is to be delivered; return whether it is the latter."""
    over = False

    async def either() -> bool:
        nonlocal over
        store = stack.deps.store
        waiting = await store["messages"].find_one({"fanned_out": False})
        pending = await store["webhook_deliveries"].find_one({"state": "PENDING"})
        over = waiting is None and pending is None
        return over or worker.returncode is not None

    await until(either, seconds=GIVEN_UP_S_MAX)
    return over
