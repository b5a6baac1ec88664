"""Dead letters: events that kept failing by their own fault, and what people did about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ciclo.domain.events.event import WORK_ORDERS, Event, WorkOrder
from ciclo.domain.ids import EventId
from ciclo.store.access.operations import Operation, append_operations
from ciclo.store.events.leases import ANSWERED
from ciclo.store.events.records import (
    KNOWN,
    EventRecord,
    new_document,
    read_each,
    to_order,
    to_record,
)
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.ledger.commit import REPUBLISH_AFTER
from ciclo.store.mongo.bulk_write import insert, update
from ciclo.store.mongo.client import Store
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.paging import Page, PageKey, SortOrder, count_documents, fetch_page
from ciclo.store.mongo.transaction import Session, run_transaction

NEWEST_FIRST: Final = SortOrder(field=None)
DISCARDED: Final = "DISCARDED"


async def list_dead(store: Store, *, after: PageKey | None, size: int) -> Page[EventRecord]:
    """Return a page of dead events, the newest first."""
    return await fetch_page(
        store, "events", {"dead": True, **KNOWN}, order=NEWEST_FIRST, after=after, size=size, read=to_record
    )


async def count_dead(store: Store) -> int:
    """Return how many events are dead."""
    return await count_documents(store, "events", {"dead": True})


async def find_dead(store: Store, ids: Sequence[EventId]) -> list[EventRecord]:
    """Return those of *ids* that are dead."""
    found = await store["events"].find({"_id": {"$in": list(ids)}, "dead": True, **KNOWN}).to_list(None)
    return [to_record(document) for document in found]


async def find_dead_orders(store: Store, ids: Sequence[EventId]) -> list[WorkOrder]:
    """Return those of *ids* that are dead work orders; one that can't be read is left out."""
    query = {"_id": {"$in": list(ids)}, "dead": True, "type": {"$in": list(WORK_ORDERS)}}
    orders, _ = read_each(await store["events"].find(query).to_list(None), to_order)
    return orders


async def find_records(store: Store, ids: Sequence[EventId]) -> list[EventRecord]:
    """Return *ids*, dead or not, in this order."""
    found = await store["events"].find({"_id": {"$in": list(ids)}, **KNOWN}).to_list(None)
    return sorted((to_record(document) for document in found), key=lambda one: ids.index(one.id))


async def reopen_dead_letters(
    store: Store,
    ids: Sequence[EventId],
    *,
    by: str,
    now: datetime,
    operations: Sequence[Operation] = (),
    answer: Answer | None = None,
) -> None:
    """Put those of *ids* that are dead back to work, and note who asked, in the *operations* log too.

    Raises:
        DuplicateKey: the request was answered already.
    """
    reopened = {
        "$set": {"dead": False, "tries": 0, "pubs": 0, "next_publish_at": now, **ANSWERED},
        "$push": {"interventions": {"what": "replayed", "by": by, "at": now}},
    }
    statements = [{"q": {"_id": id_, "dead": True}, "u": reopened} for id_ in ids]

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        await update(store, "events", statements, session)
        await append_operations(store, operations, session)

    await run_transaction(store, body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Who closes dead events and why, the facts it leaves, the operations to log, the key's answer."""

    by: str
    reason: str | None
    facts: Sequence[Event]
    operations: Sequence[Operation] = ()
    answer: Answer | None = None


async def close_dead_letters(
    store: Store, ids: Sequence[EventId], closing: Closing, *, now: datetime
) -> None:
    """Close dead events without applying them, note who decided it, and record the facts that it leaves.

    Raises:
        Contention: one of them is not dead any more; nothing was written.
        DuplicateKey: the request was answered already.
    """
    intervention = {"what": "discarded", "by": closing.by, "reason": closing.reason, "at": now}
    closed = {
        "$set": {"dead": False, "processed": True, "processed_at": now, "outcome": DISCARDED},
        "$push": {"interventions": intervention},
    }
    statements = [{"q": {"_id": id_, "dead": True}, "u": closed} for id_ in ids]
    documents = [
        new_document(fact, recorded_at=now, next_publish_at=now + REPUBLISH_AFTER) for fact in closing.facts
    ]

    async def body(session: Session) -> None:
        await add_answer(store, closing.answer, session)
        await update(store, "events", statements, session, missing=Contention)
        await insert(store, "events", documents, session)
        await append_operations(store, closing.operations, session)

    await run_transaction(store, body)
