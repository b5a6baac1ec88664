"""Delivery: the record says who handles an event, how often it was handed over, and when it is given up."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from ciclo.actions.clock import read_wall_clock
from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.delivery import DeliveryOptions, Fault, Hung, NotNow, deliver
from ciclo.domain.ids import EventId
from ciclo.store.events.dead_letters import find_dead, reopen_dead_letters
from ciclo.store.events.leases import find_deliverable, take_lease
from ciclo.store.events.outbox import find_unpublished
from ciclo.streams.consumer import Delivered
from tests.stack import until
from tests.store.delivering import OPTIONS, Handler, stored, waiting_events


async def unanswered(deps: Deps, event_ids: Sequence[EventId]) -> list[int]:
    return [(await stored(deps.store, one)).get("unanswered", 0) for one in event_ids]


async def test_what_waits_is_handled_together_and_what_is_done_is_passed_over(deps: Deps) -> None:
    event_ids = await waiting_events(deps.store, 5)
    handler = Handler(deps)

    assert await handler.deliver(event_ids[:3]) == Delivered()
    assert await handler.deliver([*event_ids, *event_ids, EventId("evt_of_nobody")]) == Delivered()

    assert handler.calls == [event_ids[:3], event_ids[3:]]


async def test_what_another_worker_holds_is_left_alone_until_its_lease_ends(deps: Deps) -> None:
    event_ids = await waiting_events(deps.store, 2)
    now = read_wall_clock()
    await take_lease(deps.store, event_ids[:1], holder="another", now=now, until=now + timedelta(minutes=1))
    handler = Handler(deps)

    await handler.deliver(event_ids)
    assert handler.calls == [event_ids[1:]]

    await deps.store["events"].update_one({"_id": event_ids[0]}, {"$set": {"held_until": now}})
    await handler.deliver(event_ids)
    assert handler.calls == [event_ids[1:], event_ids[:1]]


async def test_of_workers_that_take_the_same_events_at_a_time_one_gets_each(deps: Deps) -> None:
    event_ids = await waiting_events(deps.store, 50)
    workers = [Handler(deps) for _ in range(4)]

    await asyncio.gather(*(worker.deliver(event_ids) for worker in workers))

    handled = [one for worker in workers for call in worker.calls for one in call]
    assert sorted(handled) == sorted(event_ids)


async def test_an_event_in_work_is_held_and_not_announced_however_long_it_takes(deps: Deps) -> None:
    [event_id] = await waiting_events(deps.store, 1)
    lease = timedelta(milliseconds=300)

    async def outlive_three_leases(_event_ids: object) -> None:
        first = (await stored(deps.store, event_id))["held_until"]

        async def is_renewed() -> bool:
            now = read_wall_clock()
            assert await find_unpublished(deps.store, now=now, events_max=10) == []
            assert await find_deliverable(deps.store, [event_id], now=now) == []
            return bool((await stored(deps.store, event_id))["held_until"] > first + 3 * lease)

        await until(is_renewed)

    handler = Handler(deps, during=outlive_three_leases)
    await handler.deliver([event_id], lease=lease)

    assert handler.calls == [[event_id]]


async def test_failures_that_a_handler_names_are_counted_one_by_one(deps: Deps) -> None:
    event_ids = await waiting_events(deps.store, 4)
    handler = Handler(deps, faulty={event_ids[1]})

    assert await handler.deliver(event_ids) == Delivered(failed=1)
    assert await handler.deliver(event_ids) == Delivered(dead={event_ids[1]: "its own fault"})
    assert await handler.deliver(event_ids) == Delivered()

    assert handler.calls == [event_ids, [event_ids[1]]]
    [letter] = await find_dead(deps.store, event_ids)
    assert (letter.id, letter.tries, letter.last_error) == (event_ids[1], 2, "its own fault")


async def test_a_batch_that_fails_as_a_whole_is_halved_until_the_fault_stands_alone(deps: Deps) -> None:
    event_ids = await waiting_events(deps.store, 20)
    handler = Handler(deps, poison={event_ids[3]})

    assert await handler.deliver(event_ids) == Delivered(failed=1)

    assert [len(call) for call in handler.calls] == [20, 10, 5, 2, 3, 1, 2, 1, 1, 5, 10]
    left = await stored(deps.store, event_ids[3])
    assert (left["tries"], left["last_error"]) == (1, "LookupError: can't apply it")
    assert await deps.store["events"].count_documents({"processed": True}) == 19


async def test_failures_of_the_surroundings_are_tried_again_and_are_nobodys_fault(deps: Deps) -> None:
    event_ids = await waiting_events(deps.store, 2)
    handler = Handler(deps, passing_failures=2)

    assert await handler.deliver(event_ids) == Delivered(retried=4)

    assert handler.calls == [event_ids] * 3
    assert [(await stored(deps.store, one))["tries"] for one in event_ids] == [0, 0]


async def test_an_outage_is_an_answer_so_that_it_buries_nobody(deps: Deps) -> None:
    event_ids = await waiting_events(deps.store, 2)
    handler = Handler(deps, passing_failures=1_000)

    for _ in range(10):
        with pytest.raises(NotNow, match="no primary"):
            await handler.deliver(event_ids)
        assert await unanswered(deps, event_ids) == [0, 0]

    handler.passing_failures = 0
    assert await handler.deliver(event_ids) == Delivered()
    assert handler.calls[-1] == event_ids


async def test_a_stop_between_two_tries_gives_the_events_back(deps: Deps) -> None:
    event_ids = await waiting_events(deps.store, 2)
    stop = asyncio.Event()

    async def stop_it(_event_ids: object) -> None:
        stop.set()

    handler = Handler(deps, passing_failures=1, during=stop_it)
    with pytest.raises(NotNow, match="stopping"):
        await handler.deliver(event_ids, stop=stop)

    assert len(await find_deliverable(deps.store, event_ids, now=read_wall_clock())) == 2
    assert await unanswered(deps, event_ids) == [0, 0]


async def crashes(deps: Deps, event_ids: Sequence[EventId]) -> None:
    """Leave events as a worker does that dies while it handles them; its lease is over."""
    now = read_wall_clock()
    await take_lease(deps.store, event_ids, holder="the dead", now=now, until=now)


async def test_after_a_crash_events_come_together_and_after_a_second_one_by_one(deps: Deps) -> None:
    event_ids = await waiting_events(deps.store, 3)
    await crashes(deps, event_ids)
    handler = Handler(deps, passing_failures=3)
    with pytest.raises(NotNow):
        await handler.deliver(event_ids)
    assert handler.calls == [event_ids] * 3

    handler = Handler(deps)
    for _ in range(2):
        await crashes(deps, event_ids)
    await handler.deliver(event_ids)

    assert handler.calls == [[one] for one in event_ids]


async def test_an_event_that_kills_its_worker_is_buried_alone(deps: Deps) -> None:
    event_ids = await waiting_events(deps.store, 6)
    killer = event_ids[2]
    deaths = 0

    class Killed(BaseException):
        """The process ends: nothing of it runs any more."""

    async def kill(handled: Sequence[EventId]) -> None:
        if killer in handled:
            raise Killed

    handler = Handler(deps, during=kill)
    # A worker that ends that way leaves its lease to run out.
    for _ in range(10):
        try:
            delivered = await handler.deliver(event_ids, lease=timedelta())
        except Killed:
            deaths += 1
        else:
            break

    assert deaths == 4
    assert delivered == Delivered(dead={killer: "delivered 4 times without an answer"})
    assert sorted(handler.calls) == sorted(
        [event_ids, event_ids, [killer], [killer], *([one] for one in event_ids if one != killer)]
    )
    assert [letter.id for letter in await find_dead(deps.store, event_ids)] == [killer]


async def test_an_event_that_never_ends_is_buried_and_the_others_are_handled(deps: Deps) -> None:
    event_ids = await waiting_events(deps.store, 3)

    async def hang(handled: Sequence[EventId]) -> None:
        if event_ids[1] in handled:
            await asyncio.Event().wait()

    handler = Handler(deps, during=hang)
    for _ in range(4):
        with pytest.raises(Hung):
            await handler.deliver(event_ids, lease=timedelta(), handle_ms_max=200)

    assert list((await handler.deliver(event_ids)).dead) == [event_ids[1]]
    assert await deps.store["events"].count_documents({"processed": True}) == 2


async def test_what_was_buried_is_handled_again_when_somebody_asks_for_it(deps: Deps) -> None:
    event_ids = await waiting_events(deps.store, 1, unanswered=4)
    handler = Handler(deps)
    assert list((await handler.deliver(event_ids)).dead) == event_ids

    await reopen_dead_letters(deps.store, event_ids, by="ops", now=read_wall_clock())
    await handler.deliver(event_ids)

    assert handler.calls == [event_ids]
    assert (await stored(deps.store, event_ids[0]))["processed"]


@pytest.mark.usefixtures("failpoints_alone")
async def test_a_failure_that_the_record_did_not_take_is_told_it_again(deps: Deps) -> None:
    event_ids = await waiting_events(deps.store, 1)
    handler = Handler(deps, faulty=set(event_ids))
    admin = deps.store.client.admin
    fault = {"failCommands": ["findAndModify"], "errorCode": 50}
    await admin.command("configureFailPoint", "failCommand", mode={"times": 2}, data=fault)

    assert await handler.deliver(event_ids) == Delivered(failed=1)

    assert (await stored(deps.store, event_ids[0]))["tries"] == 1


async def test_an_error_that_looks_like_an_expression_is_kept_as_it_is(deps: Deps) -> None:
    [event_id] = await waiting_events(deps.store, 1)

    async def refuse(_deps: Deps, event_ids: Sequence[EventId]) -> Sequence[Fault]:
        return [(one, "$data.amount") for one in event_ids]

    await deliver(deps, [event_id], refuse, options=OPTIONS, stop=asyncio.Event())

    assert (await stored(deps.store, event_id))["last_error"] == "$data.amount"


def test_an_event_must_come_alone_before_it_is_given_up() -> None:
    with pytest.raises(ValueError, match="deliveries_max"):
        DeliveryOptions(deliveries_max=2)
