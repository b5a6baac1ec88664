"""Movements: reading those of many customers, whole customers at a time."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import date
from typing import Final

from ciclo.domain.ids import CustomerId
from ciclo.domain.metrics import Movement, MovementCause
from ciclo.domain.period import Period
from ciclo.store.codec import read_date
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transaction import Session

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
    aliases = await find_aliases(store)
    merged: dict[CustomerId, list[CustomerId]] = defaultdict(list)
    for id_, kept in aliases.items():
        merged[kept].append(id_)
    seen: set[CustomerId] = set()
    dated: Document = {"currency": currency, "on": _days(window)}
    movers = [{"$match": dated}, {"$group": {"_id": "$customer_id"}}]
    async for row in store["movements"].aggregate(movers, hint="currency_on_customer"):
        customer_id = aliases.get(row["_id"], row["_id"])
        if customer_id in merged:
            if customer_id in seen:
                continue
            seen.add(customer_id)
        batch.append(customer_id)
        if len(batch) == CUSTOMERS_MAX:
            yield await _of_customers(store, currency, batch, merged=merged)
            batch = []
    if batch:
        yield await _of_customers(store, currency, batch, merged=merged)


async def find_aliases(store: Store) -> dict[CustomerId, CustomerId]:
    """Return whom each merged customer is a part of: movements of before a merge bear the earlier id."""
    found = store["customers"].find({"merged_into": {"$type": "string"}}, {"merged_into": 1})
    return {document["_id"]: document["merged_into"] async for document in found}


async def find_merged_movers(store: Store, currency: str) -> list[date]:
    """Return the first day on which each merged customer moved in *currency*, who ever did."""
    field = f"first_moved_on.{currency}"
    query = {"merged_into": {"$type": "string"}, field: {"$type": "string"}}
    found = store["customers"].find(query, {field: 1})
    return [read_date(document["first_moved_on"][currency]) async for document in found]


async def first_movements_of(
    store: Store, customer_ids: Collection[CustomerId], currencies: Collection[str], session: Session
) -> dict[str, str]:
    """Return the first day of some customers' movements, by currency, where there are any."""
    firsts: dict[str, str] = {}
    for currency in currencies:
        query = {"currency": currency, "customer_id": {"$in": list(customer_ids)}}
        days = store["movements"].find(query, {"on": 1}, session=session, hint="currency_customer")
        if first := min([document["on"] async for document in days], default=None):
            firsts[currency] = first
    return firsts


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


async def _of_customers(
    store: Store, currency: str, ids: list[CustomerId], *, merged: Mapping[CustomerId, Sequence[CustomerId]]
) -> list[list[Movement]]:
    earlier = {id_: kept for kept in ids for id_ in merged.get(kept, ())}
    found = store["movements"].find({"currency": currency, "customer_id": {"$in": [*ids, *earlier]}})
    customers: dict[CustomerId, list[Movement]] = {id_: [] for id_ in ids}
    for document in await found.hint("currency_customer").to_list(None):
        customer_id: CustomerId = document["customer_id"]
        customers[earlier.get(customer_id, customer_id)].append(to_movement(document))
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
