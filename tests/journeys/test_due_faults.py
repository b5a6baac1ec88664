"""One customer can't stop the clock for the others: what fails alone is held back, shown, and tried again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

from ciclo.actions.clock import SandboxClock, read_wall_clock
from ciclo.actions.processing.due_work import run_due_work
from ciclo.domain.ids import SubscriptionId
from ciclo.store.events.due_faults import hold_back
from tests.journeys.asking import a_plan, subscribe
from tests.journeys.spoiling import faults, in_a_month, invoices_of, many, put, stored, unset
from tests.stack import Stack, until
from workers.scheduler import run_sweeps

FAULTS: Final = "{ dueFaults { subscriptionId error tries since nextTryAt } }"
OTHERS: Final = 4


# What a document may hold that no rule expects

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

    await run_due_work(spoilt.deps, now=await in_a_month(spoilt))

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

    await run_due_work(spoilt.deps, now=now)

    [shown] = (await spoilt.data(FAULTS))["dueFaults"]
    assert (shown["subscriptionId"], shown["tries"]) == (subscription, 1)
    assert "Expected `int`, got `str` - at `$.terms.unit_price`" in shown["error"]
    metrics = (await spoilt.http.get("/metrics")).text
    assert "ciclo_due_held_back 1.0" in metrics
    # The billing clock, which metrics go by, has not come to that day yet.
    assert "ciclo_due_oldest_seconds 0.0" in metrics
    # Within its pause nobody looks at it; afterwards it is tried again.
    assert await run_due_work(spoilt.deps, now=now) == 0
    await store["due_faults"].update_one({}, put("retry_at", read_wall_clock()))
    assert await run_due_work(spoilt.deps, now=now) == 1
    assert (await faults(spoilt))[subscription].tries == 2

    await store["subscriptions"].update_one({"_id": subscription}, put("terms.unit_price", 2999))
    await store["due_faults"].update_one({}, put("retry_at", read_wall_clock()))
    await run_due_work(spoilt.deps, now=now)

    assert await invoices_of(spoilt, subscription) == 2
    assert await faults(spoilt) == {}


async def test_pauses_grow_from_half_a_minute_to_an_hour(spoilt: Stack) -> None:
    began = at = datetime(2026, 1, 1, tzinfo=UTC)
    pauses: list[int] = []
    for tries in range(1, 10):
        held = await hold_back(spoilt.deps.store, SubscriptionId("sub_1"), error="$broken", now=at)
        assert held is not None
        assert (held.tries, held.first_at, held.error) == (tries, began, "$broken")
        # Another scheduler that met the same failure adds nothing to it.
        assert await hold_back(spoilt.deps.store, SubscriptionId("sub_1"), error="$broken", now=at) is None
        pauses.append(int((held.retry_at - at).total_seconds()))
        at = held.retry_at

    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


async def test_more_poisons_than_a_sweep_has_places_starve_nobody(spoilt: Stack) -> None:
    broken, [other] = await many(spoilt, 12, name="b"), await many(spoilt, 1)
    long_due = put("due_at", datetime(2020, 1, 1, tzinfo=UTC)) | unset("terms")
    await spoilt.deps.store["subscriptions"].update_many({"_id": {"$in": broken}}, long_due)
    now = await in_a_month(spoilt)

    sweeps = [await run_due_work(spoilt.deps, now=now, subscriptions_max=5) for _ in range(3)]

    assert sweeps == [5, 5, 3]
    assert await invoices_of(spoilt, other) == 2
    assert (await faults(spoilt)).keys() == set(broken)


async def test_two_schedulers_and_a_poison_do_every_other_s_work_once(spoilt: Stack) -> None:
    subscriptions = await many(spoilt, 12)
    poison = subscriptions.pop(5)
    await spoilt.deps.store["subscriptions"].update_one({"_id": poison}, unset("terms"))
    now = await in_a_month(spoilt)

    await asyncio.gather(*(run_due_work(spoilt.deps, now=now) for _ in range(2)))

    assert [await invoices_of(spoilt, one) for one in subscriptions] == [2] * len(subscriptions)
    assert (await faults(spoilt)).keys() == {poison}


async def test_what_changes_while_schedulers_read_it_is_not_held_back(spoilt: Stack) -> None:
    """A subscription's documents are read one after the other, and whoever is faster may write between."""
    plan = await a_plan(spoilt, trialDays=0)
    async with sweeping(spoilt, schedulers=3):
        for number in range(8):
            late = await subscribe(spoilt, plan, f"late{number}@example.com", card="tok_charge_declined")

            await spoilt.advance(by="P1M")

            assert await faults(spoilt) == {}
            assert (await stored(spoilt, late))["status"] == "CANCELLED"


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
async def sweeping(stack: Stack, *, schedulers: int = 1) -> AsyncIterator[Callable[[], bool]]:
    """Run schedulers beside the block, which may ask whether all of them still run."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(run_sweeps(stack.deps, stop)) for _ in range(schedulers)]
    try:
        yield lambda: not any(task.done() for task in tasks)
    finally:
        stop.set()
        await asyncio.gather(*tasks)
