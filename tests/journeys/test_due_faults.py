"""One customer can't stop the clock for the others: what fails alone is held back, shown, and tried again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from ciclo.actions.applying import apply_command
from ciclo.actions.caller import Caller
from ciclo.actions.clock import SandboxClock, wall_now
from ciclo.actions.due import run_due
from ciclo.actions.subscriptions import requested
from ciclo.domain.events import ChangeTiming, PlanChanged
from ciclo.domain.plan import terms_of
from ciclo.settings import Settings
from ciclo.store.due_faults import DueFault, find_due_faults, hold_back
from ciclo.store.plans import find_plan
from ciclo.viewer import Viewer, ViewerKind
from tests.journeys.asking import a_plan, details, mutate, subscribe
from tests.stack import Stack, running_stack, settings_for, until
from workers.scheduler import sweep

FAULTS: Final = "{ dueFaults { subscriptionId error tries since nextTryAt } }"
OTHERS: Final = 4


@pytest.fixture
def settings(mongo_url: str, redis_url: str, database_name: str, stream_prefix: str) -> Settings:
    return settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)


@pytest.fixture
async def spoilt(settings: Settings) -> AsyncIterator[Stack]:
    """A stack whose documents a test may break: no audit follows."""
    async with running_stack(settings) as running:
        yield running


async def schedule_unseen(stack: Stack, subscription: str, plan: str) -> None:
    """Schedule a change as versions did that did not look at the customer's other subscriptions."""
    found = await find_plan(stack.deps.store, plan)
    assert found is not None
    payload = PlanChanged(terms=terms_of(found, quantity=1), timing=ChangeTiming.PERIOD_END)
    at = await stack.deps.clock.now()
    operator = Caller(viewer=Viewer(kind=ViewerKind.ADMIN, subject="operator"))
    await apply_command(stack.deps, requested(payload, subscription_id=subscription, caller=operator, at=at))


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


async def test_a_change_to_a_plan_that_the_customer_has_is_dropped_on_its_day_and_others_go_on(
    stack: Stack,
) -> None:
    a, _, on_a, on_b = await two_plans(stack)
    other = await subscribe(stack, a, "y@example.com", card="tok_visa")

    await stack.advance(by="P2M")

    assert len((await details(stack, other))["invoices"]) == 3
    found = await details(stack, on_a)
    assert (found["plan"]["name"], found["pendingChange"], len(found["invoices"])) == ("Basic Plan", None, 3)
    assert "plan_change_dropped" in await types_of(stack, on_a)
    assert len((await details(stack, on_b))["invoices"]) == 3
    assert (await stack.data(FAULTS))["dueFaults"] == []


async def test_a_notice_that_pays_the_next_period_ahead_of_the_clock_drops_the_change_too(
    stack: Stack,
) -> None:
    _, _, on_a, _ = await two_plans(stack)
    boundary = datetime.fromisoformat((await details(stack, on_a))["currentPeriod"]["end"])
    clock = stack.deps.clock
    assert isinstance(clock, SandboxClock)
    # Nobody has swept yet: the notice comes before the scheduler does.
    day_after = boundary.replace(tzinfo=UTC) + timedelta(days=1, hours=12)
    await clock.set(day_after, frozen=False)

    async def is_known_to_the_api() -> bool:
        return bool((await stack.data("{ clock { now } }"))["clock"]["now"] >= day_after.isoformat())

    await until(is_known_to_the_api)
    notice = {
        "subscription_id": on_a,
        "event": "payment_success",
        "amount": 29.99,
        "date": boundary.date().isoformat(),
    }
    answer = await stack.notify(notice, webhook_id="ahead")
    assert answer.status_code == 202, answer.text
    await stack.idle()

    found = await details(stack, on_a)
    assert [one["status"] for one in found["invoices"]] == ["PAID", "PAID"]
    assert (found["plan"]["name"], found["pendingChange"]) == ("Basic Plan", None)
    assert "plan_change_dropped" in await types_of(stack, on_a)


@pytest.mark.parametrize("timing", ["IMMEDIATE", "PERIOD_END"])
async def test_a_change_to_a_plan_that_the_customer_has_is_refused_when_it_is_asked_for(
    stack: Stack, timing: str
) -> None:
    a, b = await a_plan(stack, trialDays=0), await a_plan(stack, trialDays=0, name="Other Plan")
    on_a = await subscribe(stack, a, "x@example.com", card="tok_visa")
    await subscribe(stack, b, "x@example.com")

    refused = await mutate(stack, "changePlan", subscriptionId=on_a, planId=b, timing=timing)

    assert refused == ["ALREADY_SUBSCRIBED"]
    assert (await details(stack, on_a))["pendingChange"] is None


async def test_a_plan_that_is_scheduled_can_be_neither_taken_nor_scheduled_again(stack: Stack) -> None:
    plans = [await a_plan(stack, trialDays=0, name=f"Plan {number}") for number in range(3)]
    first = await subscribe(stack, plans[0], "x@example.com", card="tok_visa")
    second = await subscribe(stack, plans[1], "x@example.com", card="tok_visa")
    later = {"planId": plans[2], "timing": "PERIOD_END"}
    assert await mutate(stack, "changePlan", subscriptionId=first, **later) == []

    assert await mutate(stack, "changePlan", subscriptionId=second, **later) == ["ALREADY_SUBSCRIBED"]
    taken = await mutate(stack, "createSubscription", planId=plans[2], customerEmail="x@example.com")
    assert taken == ["ALREADY_SUBSCRIBED"]
    # Somebody else may, and so may they once the change is taken back.
    assert await mutate(stack, "createSubscription", planId=plans[2], customerEmail="y@example.com") == []
    assert await mutate(stack, "changePlan", subscriptionId=first, planId=plans[0]) == []
    assert await mutate(stack, "changePlan", subscriptionId=second, **later) == []


async def test_a_change_and_a_creation_that_race_end_with_one_subscription_to_the_plan(stack: Stack) -> None:
    a, b = await a_plan(stack, trialDays=0), await a_plan(stack, trialDays=0, name="Other Plan")
    on_a = await subscribe(stack, a, "x@example.com", card="tok_visa")
    change = {"subscriptionId": on_a, "planId": b, "timing": "PERIOD_END"}
    taken = {"planId": b, "customerEmail": "x@example.com", "paymentMethod": {"cardToken": "tok_visa"}}
    await asyncio.gather(mutate(stack, "changePlan", **change), mutate(stack, "createSubscription", **taken))

    await stack.advance(by="P1M")

    customer = {"customer_id": (await stored(stack, on_a))["customer_id"], "ended_at": None}
    plans = [one["terms"]["plan_id"] async for one in stack.deps.store["subscriptions"].find(customer)]
    assert plans.count(b) == 1


# What a document may hold that no rule expects


def unset(*names: str) -> dict[str, Any]:
    return {"$unset": dict.fromkeys(names, "")}


def put(name: str, value: object) -> dict[str, Any]:
    return {"$set": {name: value}}


BROKEN: Final[dict[str, dict[str, Any]]] = {
    "no terms": unset("terms"),
    "no period": unset("period"),
    "a price in words": put("terms.unit_price", "twenty"),
    "a price beyond all numbers": put("terms.unit_price", 2**62),
    "a quantity below nothing": put("terms.quantity", -3),
    "a status that is none": put("status", "NOPE"),
    "a cycle that is none": put("terms.billing_cycle", "WEEKLY"),
    "an anchor that is no date": put("anchor", "yesterday"),
    "a period that is none": put("period", {"start": "2020-01-01"}),
    "a version in words": put("version", "three"),
    "a version that nobody wrote": put("version", 2.5),
    "a method that is none": put("method.kind", "CASH"),
    "a coverage that is not there": put("coverage.invoice_id", "inv_no"),
    "a customer who is not there": put("customer_id", "cus_no"),
    "a currency that is none": put("terms.currency", "XXX"),
    "a day that the rules do not know": put("due_at", datetime(2020, 1, 1, tzinfo=UTC)),
    "a pending change without a price": put("pending_change", {"plan_id": "plan_no"}),
}


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


async def test_whatever_one_customer_s_documents_hold_all_others_are_served_in_that_sweep(
    spoilt: Stack,
) -> None:
    broken = dict(zip(BROKEN, await many(spoilt, len(BROKEN), name="b"), strict=True))
    others = await many(spoilt, OTHERS)
    for kind, subscription in broken.items():
        await spoilt.deps.store["subscriptions"].update_one({"_id": subscription}, BROKEN[kind])
    # And one whose next event is there already, as if it came from another life
    [relived] = await many(spoilt, 1, name="r")
    end = (await stored(spoilt, relived))["period"]["end"]
    await spoilt.deps.store["events"].insert_one(
        {"_id": "evt_r", "dedupe_key": f"period_ended:{relived}:{end}", "processed": True, "dead": False}
    )

    await run_due(spoilt.deps, now=await in_a_month(spoilt))

    assert [await invoices_of(spoilt, one) for one in others] == [2] * OTHERS
    held = await faults(spoilt)
    assert not held.keys() & set(others)
    still_due = {"due_at": {"$type": "date", "$lte": await in_a_month(spoilt)}}
    left = {one["_id"] async for one in spoilt.deps.store["subscriptions"].find(still_due, {"_id": 1})}
    # Whatever is not done is held back and shown, by name.
    assert left == held.keys()
    assert relived in held
    assert {broken["no terms"], broken["a cycle that is none"]} <= held.keys()


async def test_what_is_held_back_is_shown_counted_and_done_once_it_is_mended(spoilt: Stack) -> None:
    [subscription] = await many(spoilt, 1)
    now = await in_a_month(spoilt)
    store = spoilt.deps.store
    await store["subscriptions"].update_one({"_id": subscription}, put("terms.unit_price", "twenty"))

    await run_due(spoilt.deps, now=now)

    [shown] = (await spoilt.data(FAULTS))["dueFaults"]
    assert (shown["subscriptionId"], shown["tries"]) == (subscription, 1)
    assert "TypeError" in shown["error"] or "ValueError" in shown["error"]
    metrics = (await spoilt.http.get("/metrics")).text
    assert "ciclo_due_held_back 1.0" in metrics
    # Within its pause nobody looks at it; afterwards it is tried again.
    assert await run_due(spoilt.deps, now=now) == 0
    await store["due_faults"].update_one({}, put("retry_at", wall_now()))
    assert await run_due(spoilt.deps, now=now) == 1
    assert (await faults(spoilt))[subscription].tries == 2

    await store["subscriptions"].update_one({"_id": subscription}, put("terms.unit_price", 2999))
    await store["due_faults"].update_one({}, put("retry_at", wall_now()))
    await run_due(spoilt.deps, now=now)

    assert await invoices_of(spoilt, subscription) == 2
    assert await faults(spoilt) == {}


async def test_pauses_grow_from_half_a_minute_to_an_hour(spoilt: Stack) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    held = [await hold_back(spoilt.deps.store, "sub_1", error="$broken", now=at) for _ in range(9)]

    pauses = [int((one.retry_at - at).total_seconds()) for one in held]
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert (held[-1].tries, held[-1].first_at, held[-1].error) == (9, at, "$broken")


async def test_more_poisons_than_a_sweep_has_places_starve_nobody(spoilt: Stack) -> None:
    broken, [other] = await many(spoilt, 12, name="b"), await many(spoilt, 1)
    long_due = put("due_at", datetime(2020, 1, 1, tzinfo=UTC)) | unset("terms")
    await spoilt.deps.store["subscriptions"].update_many({"_id": {"$in": broken}}, long_due)
    now = await in_a_month(spoilt)

    sweeps = [await run_due(spoilt.deps, now=now, subscriptions_max=5) for _ in range(3)]

    assert sweeps == [5, 5, 3]
    assert await invoices_of(spoilt, other) == 2
    assert (await faults(spoilt)).keys() == set(broken)


async def test_two_schedulers_and_a_poison_do_every_other_s_work_once(spoilt: Stack) -> None:
    subscriptions = await many(spoilt, 12)
    poison = subscriptions.pop(5)
    await spoilt.deps.store["subscriptions"].update_one({"_id": poison}, unset("terms"))
    now = await in_a_month(spoilt)

    await asyncio.gather(*(run_due(spoilt.deps, now=now) for _ in range(2)))

    assert [await invoices_of(spoilt, one) for one in subscriptions] == [2] * len(subscriptions)
    assert (await faults(spoilt)).keys() == {poison}


async def test_the_scheduler_s_loop_and_the_time_machine_come_past_a_poison(spoilt: Stack) -> None:
    [poison, other] = await many(spoilt, 2)
    await spoilt.deps.store["subscriptions"].update_one({"_id": poison}, unset("terms"))

    await spoilt.advance(by="P1M")
    assert await invoices_of(spoilt, other) == 2

    async with sweeping(spoilt) as is_running:
        clock = spoilt.deps.clock
        assert isinstance(clock, SandboxClock)
        await clock.set(await in_a_month(spoilt), frozen=False)

        async def renewed() -> bool:
            return await invoices_of(spoilt, other) == 3

        await until(renewed)
        assert is_running()
    ready = (await spoilt.http.get("/readyz")).json()
    assert (ready["status"], ready["due"]) == ("ready", "late")


@asynccontextmanager
async def sweeping(stack: Stack) -> AsyncIterator[Callable[[], bool]]:
    """Run the scheduler beside the block, which may ask whether it still runs."""
    stop = asyncio.Event()
    task = asyncio.create_task(sweep(stack.deps, stop))
    try:
        yield lambda: not task.done()
    finally:
        stop.set()
        await task
