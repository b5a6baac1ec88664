"""The lease of work orders, in their record."""

from datetime import UTC, datetime, timedelta

from ciclo.actions.deps import Deps
from ciclo.domain.events import PaymentSucceeded
from ciclo.store.events import new_document
from ciclo.store.orders import put_off, renew_orders, take_orders
from tests.builders import event

AT = datetime(2026, 1, 1, tzinfo=UTC)
SOON, LATER = AT + timedelta(seconds=5), AT + timedelta(minutes=5)


async def test_an_order_that_rests_is_not_woken_by_the_renewal_of_those_in_work(deps: Deps) -> None:
    orders = [event(PaymentSucceeded(amount=1, currency="BRL"), at=AT, key=f"key {n}") for n in range(2)]
    documents = [new_document(one, recorded_at=AT, next_publish_at=AT) for one in orders]
    await deps.store["events"].insert_many(documents)
    ids = [one.id for one in orders]
    await take_orders(deps.store, ids, holder="me", now=AT, until=SOON)

    await put_off(deps.store, ids[0], until=LATER, why="the provider is away")
    await renew_orders(deps.store, ids, holder="me", until=SOON)

    stored = {one["_id"]: one async for one in deps.store["events"].find({})}
    assert [stored[one]["next_publish_at"] for one in ids] == [LATER, SOON]
    assert await take_orders(deps.store, ids, holder="another", now=AT, until=SOON) == [
        stored[ids[0]] | {"held_by": "another", "held_until": SOON, "next_publish_at": SOON, "starts": 2}
    ]
