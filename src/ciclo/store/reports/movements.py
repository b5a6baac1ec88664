"""Movements: reading those of many customers, whole customers at a time."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Final

from ciclo.domain.ids import CustomerId
from ciclo.domain.metrics import Movement, MovementCause
from ciclo.domain.period import Period
from ciclo.store.codec import read_date
from ciclo.store.mongo.client import Document, Store

CUSTOMERS_MAX: Final = 500
"""Customers that are in memory at a time: some milliseconds of work, between which others get their turn."""

_CAUSES: Final = {cause.value: cause for cause in MovementCause}


async def movements_of_movers(
    store: Store, currency: str, window: Period
) -> AsyncIterator[list[list[Movement]]]:
    """Yield the movements, all of them, of each customer who has one dated in *window*.

    A batch is a list of customers, who are lists of movements.
    """
    batch: list[CustomerId] = []
    dated: Document = {"currency": currency, "on": _days(window)}
    movers = [{"$match": dated}, {"$group": {"_id": "$customer_id"}}]
    async for row in store["movements"].aggregate(movers, hint="currency_on_customer"):
        batch.append(row["_id"])
        if len(batch) == CUSTOMERS_MAX:
            yield await _of_customers(store, currency, batch)
            batch = []
    if batch:
        yield await _of_customers(store, currency, batch)


async def first_movement_on(store: Store, currency: str) -> date | None:
    """Return the earliest day that a movement in *currency* is dated, None if there is none."""
    first = await store["movements"].find_one({"currency": currency}, {"on": 1}, sort=[("on", 1)])
    return read_date(first["on"]) if first else None


async def count_movements(store: Store, currency: str, window: Period) -> int:
    """Return how many movements are dated in *window*, from the index alone."""
    query = {"currency": currency, "on": _days(window)}
    reply = await store.database.command(
        {"count": "movements", "query": query, "hint": "currency_on_customer"}
    )
    return int(reply["n"])


async def _of_customers(store: Store, currency: str, ids: list[CustomerId]) -> list[list[Movement]]:
    found = store["movements"].find({"currency": currency, "customer_id": {"$in": ids}})
    customers: dict[CustomerId, list[Movement]] = {id_: [] for id_ in ids}
    for document in await found.hint("currency_customer").to_list(None):
        customers[document["customer_id"]].append(to_movement(document))
    return list(customers.values())


def _days(window: Period) -> Document:
    return {"$gte": window.start.isoformat(), "$lt": window.end.isoformat()}


def to_movement(document: Document) -> Movement:
    """Return a movement, field by field: the codec takes three times as long, and there may be millions."""
    return Movement(
        event_id=document["event_id"],
        subscription_id=document["subscription_id"],
        seq=document["seq"],
        customer_id=document["customer_id"],
        plan_id=document["plan_id"],
        previous_plan_id=document["previous_plan_id"],
        currency=document["currency"],
        on=read_date(document["on"]),
        before=document["before"],
        after=document["after"],
        cause=_CAUSES[document["cause"]],
    )
