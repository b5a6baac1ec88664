"""One run: a stack under load, faults one after the other from a seeded plan, and the judgement."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

import httpx
from pymongo.errors import PyMongoError

from tests.chaos.long.client import CALLER_S_MAX, Client
from tests.chaos.long.faults import FAULTS, Fault, Scene
from tests.chaos.long.judge import LISTENED, RECOVERY_S_MAX, Case, judge
from tests.chaos.long.load import PRICE, SUBSCRIBE, Load
from tests.chaos.long.record import Record, Recovery
from tests.chaos.long.stack import ChaosStack, Options, a_chaos_stack
from tests.deliveries.receiver import receiving

WARM_S: Final = 5.0
CALM_S: Final = 2.0
"""Between a recovery and the next fault."""

POLL_S: Final = 0.05
PLAN: Final = """mutation($input: CreatePlanInput!) {
  createPlan(input: $input) { plan { id } userErrors { code } } }"""

LISTEN: Final = """mutation($input: CreateWebhookEndpointInput!) {
  createWebhookEndpoint(input: $input) { endpoint { id } userErrors { code } } }"""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run does: the same seed brings the same faults in the same order, and the same wishes."""

    seed: int
    seconds: float
    rate: float
    quick: bool = False
    """Only the faults of the short form, each once."""
    options: Options = Options()  # noqa: RUF009 - frozen

    def faults(self) -> Iterator[Fault]:
        """Yield the faults: all of them in a drawn order, and again in another one."""
        random = Random(self.seed)
        chosen = [fault for fault in FAULTS if fault.is_quick or not self.quick]
        while True:
            yield from random.sample(chosen, len(chosen))
            if self.quick:
                return


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of a run."""

    record: Record
    findings: list[str]
    processes: int
    told: int
    """Messages that the seller's own system was told."""


async def run(plan: Plan, *, tell: Callable[[str], None]) -> Result:
    """Run *plan*; *tell* hears a line about each fault."""
    record = Record()
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
    async with a_chaos_stack(plan.options) as stack, receiving() as receiver:
        async with httpx.AsyncClient(base_url=stack.url, timeout=CALLER_S_MAX, limits=limits) as http:
            client = Client(http=http, record=record, random=Random(plan.seed + 1))
            watching = asyncio.create_task(record.watch_machine(lambda: _pids(stack)))
            await _listen(client, receiver.url)
            await _under_load(plan, stack, client, tell)
            watching.cancel()
        tell("judging ...")
        case = Case(
            deps=stack.deps,
            provider=stack.provider,
            receiver=receiver,
            record=record,
            members=stack.members,
        )
        findings = await judge(case)
        told = len(set(receiver.ids()))
        return Result(record=record, findings=findings, processes=len(stack.members), told=told)


def _pids(stack: ChaosStack) -> list[int]:
    return [api.pid for api in stack.apis if api.is_alive]


async def _under_load(plan: Plan, stack: ChaosStack, client: Client, tell: Callable[[str], None]) -> None:
    plan_id = await _a_plan(client)
    load = Load(client, stack.provider, Random(plan.seed + 2), plan_id, plan.rate)
    scene = Scene(stack=stack, client=client, random=Random(plan.seed + 3))
    probe = await _probe(client, plan_id)
    stop = asyncio.Event()
    working = asyncio.create_task(load.run(stop))
    await asyncio.sleep(WARM_S)
    ends_at = time.monotonic() + plan.seconds
    for fault in plan.faults():
        if time.monotonic() > ends_at or working.done():
            break
        recovery = await _suffer(fault, scene, probe)
        client.record.recoveries.append(recovery)
        tell(_line(recovery))
        await asyncio.sleep(CALM_S)
    stop.set()
    await working


async def _suffer(fault: Fault, scene: Scene, probe: str) -> Recovery:
    """Let a fault happen, and see how long a fresh notice takes afterwards."""
    record = scene.client.record
    began_at = time.monotonic()
    with record.during(fault.name):
        await fault.act(scene)
    over_at = time.monotonic()
    webhook_id = f"probe-{len(record.recoveries)}"
    body = {"subscription_id": probe, "event": "payment_success", "amount": PRICE, "date": "2026-11-29"}
    acknowledged = await scene.client.notify(body, webhook_id=webhook_id)
    acknowledged_s = time.monotonic() - over_at
    applied = acknowledged and await _applied(scene.stack, record.notices[webhook_id])
    return Recovery(
        fault=fault.name,
        endured_s=over_at - began_at,
        acknowledged_s=acknowledged_s if acknowledged else None,
        applied_s=time.monotonic() - over_at if applied else None,
        goal_s=fault.goal_s,
    )


async def _applied(stack: ChaosStack, event_id: str) -> bool:
    """Wait until an event is applied; return whether it was, in all the time."""
    ends_at = time.monotonic() + RECOVERY_S_MAX
    while time.monotonic() < ends_at:
        try:
            if await stack.deps.store["events"].find_one({"_id": event_id, "processed": True}):
                return True
        except PyMongoError:
            pass  # it is away, which is what this waits for the end of
        await asyncio.sleep(POLL_S)
    return False


async def _a_plan(client: Client) -> str:
    given = {
        "name": "Chaos",
        "price": {"amount": str(PRICE), "currency": "BRL"},
        "billingCycle": "MONTHLY",
        "trialDays": 0,
    }
    payload = await client.mutate("createPlan", PLAN, given)
    assert payload is not None
    plan_id: str = payload["plan"]["id"]
    return plan_id


async def _listen(client: Client, url: str) -> None:
    """Let the seller's own system hear of some of what happens."""
    payload = await client.mutate("createWebhookEndpoint", LISTEN, {"url": url, "types": LISTENED})
    assert payload is not None
    assert payload["userErrors"] == []


async def _probe(client: Client, plan_id: str) -> str:
    """Return a subscription whose notices tell how long things take."""
    email = "probe@example.com"
    client.record.tried.add(email)
    payload = await client.mutate(
        "createSubscription", SUBSCRIBE, {"planId": plan_id, "customerEmail": email}
    )
    assert payload is not None
    subscription_id: str = payload["subscription"]["id"]
    client.record.subscriptions[email] = subscription_id
    return subscription_id


def _line(one: Recovery) -> str:
    applied = "never" if one.applied_s is None else f"{one.applied_s:.1f} s"
    return f"{one.fault}: {one.endured_s:.1f} s long, a fresh notice applied {applied} after it"
