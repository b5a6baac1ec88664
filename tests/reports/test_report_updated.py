"""`reportUpdated`: the last state always comes, and never more often than once a second."""

import asyncio
import time

from graphql_schema.live_updates import REPORT_EVERY_S
from tests.journeys.asking import a_plan, subscribe
from tests.journeys.test_live import listen, paid, received, socket
from tests.stack import Stack, token

NUMBER = 12
JITTER_S = 0.2
"""How much earlier than a second two messages may seem to come: the first one was slow on its way."""


async def test_however_much_changes_the_report_comes_once_a_second(stack: Stack) -> None:
    plan_id = await a_plan(stack, trialDays=0)
    subscriptions = [await subscribe(stack, plan_id, f"c{one}@example.com") for one in range(NUMBER)]
    async with socket(stack, token()) as ws:
        await listen(ws, "subscription { reportUpdated { totalActive } }")
        reports = [(await received(ws))["reportUpdated"]["totalActive"]]
        came = [time.monotonic()]
        paying = asyncio.create_task(pay_slowly(stack, subscriptions))
        while reports[-1] != NUMBER:
            reports.append((await received(ws))["reportUpdated"]["totalActive"])
            came.append(time.monotonic())
        await paying

    assert (reports[0], reports[-1]) == (0, NUMBER)
    assert reports == sorted(reports)
    # At most one a second, though each payment changed it.
    assert len(reports) - 1 <= (came[-1] - came[0] + JITTER_S) / REPORT_EVERY_S


async def pay_slowly(stack: Stack, subscriptions: list[str]) -> None:
    """Pay one after the other, so that changes come all the time."""
    for one in subscriptions:
        await paid(stack, one)
        await asyncio.sleep(0.1)
