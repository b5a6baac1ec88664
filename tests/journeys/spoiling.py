"""What journeys do to documents that the rules never would, and where they look afterwards."""

from datetime import datetime, timedelta
from typing import Any

from ciclo.actions.caller import Caller
from ciclo.actions.processing.commands import apply_command
from ciclo.actions.subscriptions import command_event
from ciclo.domain.events.commands import ChangeTiming, PlanChanged
from ciclo.domain.plan import terms_of
from ciclo.store.events.due_faults import DueFault, find_due_faults
from ciclo.store.plans import find_plan
from ciclo.viewer import Viewer, ViewerKind
from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack


async def schedule_unseen(stack: Stack, subscription: str, plan: str) -> None:
    """Schedule a change as versions did that did not look at the customer's other subscriptions."""
    found = await find_plan(stack.deps.store, plan)
    assert found is not None
    payload = PlanChanged(terms=terms_of(found, quantity=1), timing=ChangeTiming.PERIOD_END)
    at = await stack.deps.clock.now()
    operator = Caller(viewer=Viewer(kind=ViewerKind.ADMIN, subject="operator"))
    await apply_command(
        stack.deps, command_event(payload, subscription_id=subscription, caller=operator, at=at)
    )


async def two_plans(stack: Stack) -> tuple[str, str, str, str]:
    """Return plans A and B, X's subscription to A, which is to change to B, and X's subscription to B."""
    a, b = await a_plan(stack, trialDays=0), await a_plan(stack, trialDays=0, name="Other Plan")
    on_a = await subscribe(stack, a, "x@example.com", card="tok_visa")
    on_b = await subscribe(stack, b, "x@example.com", card="tok_visa")
    await schedule_unseen(stack, on_a, b)
    return a, b, on_a, on_b


async def types_of(stack: Stack, subscription: str) -> list[str]:
    cursor = stack.deps.store["events"].find({"subscription_id": subscription}, {"type": 1}).sort("seq", 1)
    return [document["type"] async for document in cursor]


def unset(*names: str) -> dict[str, Any]:
    return {"$unset": dict.fromkeys(names, "")}


def put(name: str, value: object) -> dict[str, Any]:
    return {"$set": {name: value}}


async def stored(stack: Stack, subscription: str) -> dict[str, Any]:
    found = await stack.deps.store["subscriptions"].find_one({"_id": subscription})
    assert found is not None
    document: dict[str, Any] = found
    return document


async def invoices_of(stack: Stack, subscription: str) -> int:
    number: int = await stack.deps.store["invoices"].count_documents({"subscription_id": subscription})
    return number


async def many(stack: Stack, number: int, *, name: str = "c") -> list[str]:
    """Return the subscriptions of some customers, each with its first invoice paid."""
    plan = await a_plan(stack, trialDays=0, name=f"Plan of {name}")
    return [
        await subscribe(stack, plan, f"{name}{place}@example.com", card="tok_visa") for place in range(number)
    ]


async def in_a_month(stack: Stack) -> datetime:
    return await stack.deps.clock.now() + timedelta(days=32)


async def faults(stack: Stack) -> dict[str, DueFault]:
    return {fault.subscription_id: fault for fault in await find_due_faults(stack.deps.store)}
