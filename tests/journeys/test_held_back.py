"""What is held back costs nobody anything: no place in a sweep, no wait, no alarm that never ends."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from bson.datetime_ms import DatetimeMS
from structlog.typing import EventDict

from ciclo.actions.clock import SandboxClock, read_wall_clock
from ciclo.actions.processing.due_work import SUBSCRIPTIONS_MAX, next_due_instant, run_due_work
from ciclo.domain.ids import SubscriptionId
from ciclo.store.events.due_faults import hold_back
from tests.journeys.asking import mutate
from tests.journeys.broken_accounts import RENEWAL, copied, sound_accounts, store_all
from tests.journeys.spoiling import faults, in_a_month, invoices_of, many, put, stored, unset
from tests.stack import Stack, until

LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)
POISONS: Final = SUBSCRIPTIONS_MAX + 500


async def pauses_are_over(stack: Stack) -> None:
    await stack.deps.store["due_faults"].update_many({}, put("retry_at", read_wall_clock()))


async def test_what_failed_before_takes_no_place_of_a_sweep_when_its_pause_is_over(spoilt: Stack) -> None:
    broken, [other] = await many(spoilt, 12, name="b"), await many(spoilt, 1)
    await spoilt.deps.store["subscriptions"].update_many(
        {"_id": {"$in": broken}}, put("due_at", LONG_AGO) | unset("terms")
    )
    now = await in_a_month(spoilt)
    for one in broken:
        await hold_back(
            spoilt.deps.store, SubscriptionId(one), error="broken", now=read_wall_clock() - timedelta(hours=1)
        )

    await run_due_work(spoilt.deps, now=now, subscriptions_max=5)

    assert await invoices_of(spoilt, other) == 2
    assert {one.tries for one in (await faults(spoilt)).values()} == {2}


async def test_a_fault_is_forgotten_when_its_subscription_is_not_due_any_more(spoilt: Stack) -> None:
    [subscription] = await many(spoilt, 1)
    subscriptions = spoilt.deps.store["subscriptions"]
    period = (await stored(spoilt, subscription))["period"]
    await subscriptions.update_one({"_id": subscription}, put("period", {"start": period["start"]}))
    now = await in_a_month(spoilt)
    await run_due_work(spoilt.deps, now=now)
    assert subscription in await faults(spoilt)

    await subscriptions.update_one({"_id": subscription}, put("period", period))
    assert (
        await mutate(spoilt, "cancelSubscription", subscriptionId=subscription, cancelImmediately=True) == []
    )
    await pauses_are_over(spoilt)
    await run_due_work(spoilt.deps, now=now)

    assert await faults(spoilt) == {}


async def test_a_poison_is_told_as_an_error_once_and_afterwards_as_a_warning(
    spoilt: Stack, told: list[EventDict]
) -> None:
    [poison] = await many(spoilt, 1)
    await spoilt.deps.store["subscriptions"].update_one({"_id": poison}, unset("terms"))
    now = await in_a_month(spoilt)

    for _ in range(3):
        await run_due_work(spoilt.deps, now=now)
        await pauses_are_over(spoilt)

    lines = [line for line in told if line["event"] == "due_held_back"]
    assert [(line["log_level"], line["tries"]) for line in lines] == [
        ("error", 1),
        ("warning", 2),
        ("warning", 3),
    ]
    assert {line["subscription_id"] for line in lines} == {poison}


async def test_schedulers_that_meet_one_failure_count_it_once(spoilt: Stack) -> None:
    [poison] = await many(spoilt, 1)
    await spoilt.deps.store["subscriptions"].update_one({"_id": poison}, unset("terms"))
    now = await in_a_month(spoilt)

    await asyncio.gather(*(run_due_work(spoilt.deps, now=now) for _ in range(4)))

    assert (await faults(spoilt))[SubscriptionId(poison)].tries == 1


async def test_keys_that_are_taken_hold_up_nobody_else(spoilt: Stack) -> None:
    broken, [other] = await many(spoilt, 40, name="b"), await many(spoilt, 1)
    for one in broken:
        end = (await stored(spoilt, one))["period"]["end"]
        event = {"_id": f"evt_{one}", "dedupe_key": f"period_ended:{one}:{end}"}
        await spoilt.deps.store["events"].insert_one(event | {"processed": True, "dead": False})
    now = await in_a_month(spoilt)

    await run_due_work(spoilt.deps, now=now)

    assert await invoices_of(spoilt, other) == 2
    assert (await faults(spoilt)).keys() == set(broken)


async def test_fifteen_hundred_poisons_that_are_due_the_longest_starve_nobody(spoilt: Stack) -> None:
    sound = sound_accounts()["renewing"]
    poisons = [copied(sound, f"p{number}") for number in range(POISONS)]
    for account in poisons:
        [subscription] = account["subscriptions"]
        del subscription["terms"]
        subscription["due_at"] = LONG_AGO
    other = copied(sound, "other")
    await store_all(spoilt.deps, [*poisons, other])
    [wanted] = other["subscriptions"]

    assert await run_due_work(spoilt.deps, now=RENEWAL) == SUBSCRIPTIONS_MAX
    await run_due_work(spoilt.deps, now=RENEWAL)

    assert (await stored(spoilt, wanted["_id"]))["version"] == wanted["version"] + 1
    assert len(await faults(spoilt)) == POISONS


@pytest.mark.parametrize("years", ["before all", "after all"])
async def test_an_instant_that_python_has_no_year_for_ends_neither_health_nor_metrics_nor_the_clock(
    spoilt: Stack, years: str
) -> None:
    absurd, other = copied(sound_accounts()["renewing"], "a"), copied(sound_accounts()["renewing"], "b")
    absurd["subscriptions"][0]["due_at"] = DatetimeMS(-(2**55) if years == "before all" else 2**55)
    await store_all(spoilt.deps, [absurd])

    for path in ("/readyz", "/metrics"):
        assert (await spoilt.http.get(path)).status_code == 200, path
    await next_due_instant(spoilt.deps)
    await store_all(spoilt.deps, [other])
    await run_due_work(spoilt.deps, now=RENEWAL)
    assert (await stored(spoilt, other["subscriptions"][0]["_id"]))["due_at"] > RENEWAL
    assert (await spoilt.http.get("/readyz")).status_code == 200


async def test_the_alarm_counts_from_the_oldest_day_that_is_not_done(spoilt: Stack) -> None:
    poison = copied(sound_accounts()["renewing"], "p")
    del poison["subscriptions"][0]["terms"]
    poison["subscriptions"][0]["due_at"] = RENEWAL - timedelta(seconds=90)
    await store_all(spoilt.deps, [poison])
    clock = spoilt.deps.clock
    assert isinstance(clock, SandboxClock)
    await clock.set(RENEWAL, frozen=True)
    await run_due_work(spoilt.deps, now=RENEWAL)

    async def is_told() -> bool:
        metrics = (await spoilt.http.get("/metrics")).text
        return {"ciclo_due_oldest_seconds 90.0", "ciclo_due_held_back 1.0"} <= set(metrics.splitlines())

    # The API goes by the clock's new setting within a tenth of a second.
    await until(is_told)
    assert (await spoilt.http.get("/readyz")).json()["due"] == "ok"
