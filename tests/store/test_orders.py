"""Work orders in their record: what rests, and what is in work."""

from datetime import UTC, datetime, timedelta

from ciclo.actions.dependencies import Deps
from ciclo.store.events.leases import renew_lease, take_lease
from ciclo.store.events.orders import find_held, postpone_order
from ciclo.store.events.outbox import UnpublishedEvent, find_unpublished
from tests.store.delivering import stored, waiting_orders

AT = datetime(2026, 1, 1, tzinfo=UTC)
SOON, LATER = AT + timedelta(seconds=5), AT + timedelta(minutes=5)


async def test_an_order_that_rests_is_not_woken_by_the_renewal_of_those_in_work(deps: Deps) -> None:
    ids = await waiting_orders(deps.store, 2)
    await take_lease(deps.store, ids, holder="me", now=AT, until=SOON)

    await postpone_order(deps.store, ids[0], until=LATER, why="the provider is away")
    await renew_lease(deps.store, ids, holder="me", until=SOON)

    for at, announced in ((AT, []), (SOON, [ids[1]])):
        found = await find_unpublished(deps.store, now=at, events_max=10)
        assert [one.event_id for one in found] == announced
    held, unreadable = await find_held(deps.store, ids)
    assert [one.event.id for one in held] == [ids[1]]
    assert unreadable == []


async def test_an_order_that_rested_is_announced_and_may_be_taken_by_anybody(deps: Deps) -> None:
    [order_id] = await waiting_orders(deps.store, 1)
    await take_lease(deps.store, [order_id], holder="me", now=AT, until=SOON)
    await postpone_order(deps.store, order_id, until=LATER, why="the provider is away")

    announced = await find_unpublished(deps.store, now=LATER, events_max=10)
    taken = await take_lease(deps.store, [order_id], holder="another", now=LATER, until=LATER)

    document = await stored(deps.store, order_id)
    assert announced == [UnpublishedEvent(order_id, "registration_requested")]
    assert taken == [order_id]
    assert (document["held_by"], document["starts"], document["unanswered"]) == ("another", 2, 1)
