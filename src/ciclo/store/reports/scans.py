"""Scans: whole collections of a range of dates, oldest first, by one index and in constant memory."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Final

import pymongo

from ciclo.domain.customer import Customer
from ciclo.domain.ids import ENTROPY_BYTES, new_id
from ciclo.domain.invoice import Invoice
from ciclo.domain.metrics import Movement
from ciclo.domain.payment import Payment
from ciclo.domain.period import Period
from ciclo.domain.subscription import Subscription
from ciclo.store.codec import decode
from ciclo.store.events.records import EventRecord, is_known, to_record
from ciclo.store.mongo.client import Document, Store

BATCH_MAX: Final = 1_000
"""Documents that are in memory at a time: some milliseconds of work, between which others get their turn."""

BATCH_S_MAX: Final = 60.0
"""How long one batch may take: its documents may lie all over a disk, other operations read a page."""

_OLDEST: Final = bytes(ENTROPY_BYTES)
"""The entropy of the least id that an instant can have."""


async def scan_payments(store: Store, *, start: datetime, end: datetime) -> AsyncIterator[list[Payment]]:
    """Yield the payments that were created in [start, end)."""
    async for batch in _by_instant(store, "payments", "created_at", start=start, end=end):
        yield [decode(document, Payment) for document in batch]


async def scan_invoices(store: Store, *, start: datetime, end: datetime) -> AsyncIterator[list[Invoice]]:
    """Yield the invoices that were issued in [start, end)."""
    async for batch in _by_instant(store, "invoices", "issued_at", start=start, end=end):
        yield [decode(document, Invoice) for document in batch]


async def scan_subscriptions(
    store: Store, *, start: datetime, end: datetime
) -> AsyncIterator[list[Subscription]]:
    """Yield the subscriptions that were created in [start, end)."""
    async for batch in _by_instant(store, "subscriptions", "created_at", start=start, end=end):
        yield [decode(document, Subscription) for document in batch]


async def scan_customers(store: Store, *, start: datetime, end: datetime) -> AsyncIterator[list[Customer]]:
    """Yield the customers who were written down in [start, end)."""
    async for batch in _by_instant(store, "customers", "created_at", start=start, end=end):
        yield [decode(document, Customer) for document in batch]


async def scan_movements(store: Store, window: Period) -> AsyncIterator[list[Movement]]:
    """Yield the movements that are dated in *window*: by currency, then day, then customer."""
    days = {"$gte": window.start.isoformat(), "$lt": window.end.isoformat()}
    for currency in sorted(await store["movements"].distinct("currency")):
        query, sort = {"currency": currency, "on": days}, [("on", 1), ("customer_id", 1)]
        async for batch in _scan(store, "movements", query, sort=sort, index="currency_on_customer"):
            yield [decode(document, Movement) for document in batch]


async def scan_events(store: Store, *, start: datetime, end: datetime) -> AsyncIterator[list[EventRecord]]:
    """Yield the events whose ids carry an instant of [start, end): when they became known or due.

    Those that only a newer release knows are left out.
    """
    ids = {"$gte": _first_event_id(start), "$lt": _first_event_id(end)}
    async for batch in _scan(store, "events", {"_id": ids}, sort=[("_id", 1)], index="_id_"):
        yield [to_record(document) for document in batch if is_known(document)]


async def find_emails(store: Store, customer_ids: Iterable[str]) -> dict[str, str]:
    """Return the addresses of many customers by id."""
    query = {"_id": {"$in": list(set(customer_ids))}}
    return {
        customer["_id"]: customer["email"] async for customer in store["customers"].find(query, {"email": 1})
    }


async def _by_instant(
    store: Store, collection: str, field: str, *, start: datetime, end: datetime
) -> AsyncIterator[list[Document]]:
    query, sort = {field: {"$gte": start, "$lt": end}}, [(field, 1), ("_id", 1)]
    async for batch in _scan(store, collection, query, sort=sort, index="newest"):
        yield batch


async def _scan(
    store: Store, collection: str, query: Document, *, sort: list[tuple[str, int]], index: str
) -> AsyncIterator[list[Document]]:
    """Yield what matches *query* in the order of *index*; a cursor of the server keeps the place."""
    cursor = store[collection].find(query).sort(sort).hint(index).batch_size(BATCH_MAX)
    try:
        while True:
            # Not around the yield: the time of whoever takes the batch is not the database's.
            with pymongo.timeout(BATCH_S_MAX):
                batch = await cursor.to_list(BATCH_MAX)
            if not batch:
                return
            yield batch
    finally:
        await cursor.close()


def _first_event_id(instant: datetime) -> str:
    return new_id("evt", at=instant, entropy=_OLDEST)
