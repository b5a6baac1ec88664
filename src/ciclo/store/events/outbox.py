"""Events before they are processed: recording notices, finding what to publish, holding, giving up.

MongoDB is the record, and the one authority on delivery; a stream entry only announces. An event's document
says who handles it and until when (`held_by`, `held_until`), how often it was handed over (`starts`), how
often since its handler last answered (`unanswered`: the sign of an event that kills its worker), and how
often it failed by its own fault (`tries`). Whatever is neither processed, held nor dead is published again,
with growing pauses.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from pymongo import ReturnDocument
from pymongo.errors import BulkWriteError

from ciclo import tracing
from ciclo.backoff import Backoff
from ciclo.domain.events.event import Event
from ciclo.domain.ids import EventId
from ciclo.store.events.leases import ANSWERED, among_unprocessed, not_held
from ciclo.store.events.records import (
    KNOWN,
    Records,
    Unreadable,
    is_known,
    new_document,
    read_each,
    to_event,
)
from ciclo.store.ledger.commit import REPUBLISH_AFTER
from ciclo.store.mongo.client import Document, Store, StoreUnavailable
from ciclo.store.mongo.transient_errors import pause_ms

REPUBLISH_BACKOFF: Final = Backoff(first=REPUBLISH_AFTER.total_seconds(), max=60.0)
"""Between two announcements of an event that nobody handles."""

BLAME_BACKOFF: Final = Backoff(first=0.5, max=5.0)
"""How long an event rests that failed by its own fault."""

KNOWN_TRIES_MAX: Final = 20
KNOWN_WAIT_S: Final = 0.02

_DUPLICATE_KEY: Final = 11_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedNotice:
    """What became of one notice: its event's id, and whether it was known, with the same body or another."""

    event_id: EventId
    duplicate: bool = False
    same_body: bool = True


async def record_notices(
    store: Store,
    notices: Sequence[tuple[Event, str]],
    *,
    now: datetime,
    traces: Mapping[EventId, str] = MappingProxyType({}),
) -> list[RecordedNotice]:
    """Insert many notices, each with its body's hash, durably and at once; tell for each what became of it.

    *traces* are the contexts that their requests belong to.

    Raises:
        PyMongoError, StoreUnavailable: MongoDB could not take them; some may be stored, and a repeat
            will find them.
    """
    documents = [
        new_document(
            event, recorded_at=now, next_publish_at=now + REPUBLISH_AFTER, trace=traces.get(event.id)
        )
        | {"body_sha256": digest}
        for event, digest in notices
    ]
    taken = await _insert(store, documents)
    if not taken:
        return [RecordedNotice(event_id=event.id) for event, _ in notices]
    by_key = await _known(store, {documents[place]["dedupe_key"] for place in taken})
    results = []
    for place, (event, digest) in enumerate(notices):
        if place not in taken:
            results.append(RecordedNotice(event_id=event.id))
            continue
        first = by_key[event.dedupe_key]
        same_body = first.get("body_sha256") == digest
        results.append(RecordedNotice(event_id=first["_id"], duplicate=True, same_body=same_body))
    return results


async def _insert(store: Store, documents: list[Document]) -> set[int]:
    """Insert what is new and return the places of what is not."""
    try:
        await store["events"].insert_many(documents, ordered=False)
    except BulkWriteError as error:
        details = error.details
        refusals = details.get("writeErrors", ())
        # A write concern error means that durability is unknown: never say accepted then.
        if details.get("writeConcernErrors") or any(
            refusal["code"] != _DUPLICATE_KEY for refusal in refusals
        ):
            raise
        return {refusal["index"] for refusal in refusals}
    return set()


async def _known(store: Store, keys: set[str]) -> dict[str, Document]:
    """Return the stored notices of *keys*, once the majority has them: a repeat is no less durable.

    Raises:
        StoreUnavailable: the first delivery, at another process, is not durable yet.
    """
    for _ in range(KNOWN_TRIES_MAX):
        query = {"dedupe_key": {"$in": list(keys)}}
        found = await store["events"].find(query, {"dedupe_key": 1, "body_sha256": 1}).to_list(None)
        if len(found) == len(keys):
            return {document["dedupe_key"]: document for document in found}
        await asyncio.sleep(KNOWN_WAIT_S)
    raise StoreUnavailable("a notice is still being stored")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unprocessed:
    """Events that wait, those that can't be read, the records of all; and how many a newer release wrote."""

    events: list[Event]
    unreadable: list[Unreadable]
    records: Records
    unknown: int


async def find_unprocessed(store: Store, event_ids: Sequence[EventId]) -> Unprocessed:
    """Return those of *event_ids*, in this order, that are neither processed nor dead, and known to us."""
    found = await store["events"].find(among_unprocessed(event_ids)).to_list(None)
    records = {EventId(document["_id"]): document for document in found if is_known(document)}
    events, unreadable = read_each(
        (records[event_id] for event_id in event_ids if event_id in records), to_event
    )
    return Unprocessed(
        events=events, unreadable=unreadable, records=records, unknown=len(found) - len(records)
    )


async def close_for_review(
    store: Store, event_ids: Sequence[EventId], *, outcome: str, review: str, now: datetime
) -> None:
    """Close events that can't be applied to anything, and mark them for a person."""
    if event_ids:
        await store["events"].update_many(
            {"_id": {"$in": list(event_ids)}, "processed": False},
            {"$set": {"processed": True, "processed_at": now, "outcome": outcome, "review": review}},
        )


@dataclass(frozen=True, slots=True)
class UnpublishedEvent:
    """An unprocessed event that is due to be published."""

    event_id: EventId
    type: str
    trace: str | None = None


async def find_unpublished(store: Store, *, now: datetime, events_max: int) -> list[UnpublishedEvent]:
    """Return unprocessed events whose time to be published has come, those that wait longest first.

    Those that somebody holds are passed over: they are published when their lease has run out.
    """
    query = {"processed": False, "dead": False, "next_publish_at": {"$lte": now}} | not_held(now)
    fields = {"type": 1, tracing.FIELD: 1}
    cursor = store["events"].find(query, fields).sort("next_publish_at", 1).limit(events_max)
    return [
        UnpublishedEvent(document["_id"], document["type"], document.get(tracing.FIELD))
        async for document in cursor
    ]


async def postpone_publication(store: Store, event_ids: Sequence[EventId], *, now: datetime) -> None:
    """Put the next publication of *event_ids* off, each time twice as long, up to a minute."""
    await store["events"].update_many(
        {"_id": {"$in": list(event_ids)}, "processed": False},
        [
            {"$set": {"pubs": {"$add": ["$pubs", 1]}}},
            {"$set": {"next_publish_at": {"$add": [now, pause_ms(REPUBLISH_BACKOFF, "$pubs")]}}},
        ],
    )


async def count_failure(
    store: Store, event_id: EventId, *, error: str, tries_max: int, now: datetime
) -> bool:
    """Count a failure that is the event's own fault; return whether it is dead now."""
    document: Document | None = await store["events"].find_one_and_update(
        {"_id": event_id, "processed": False, "dead": False},
        [
            {"$set": {"tries": {"$add": ["$tries", 1]}, "last_error": {"$literal": error}, **ANSWERED}},
            {
                "$set": {
                    "dead": {"$gte": ["$tries", tries_max]},
                    "died_at": {"$cond": [{"$gte": ["$tries", tries_max]}, now, None]},
                    "next_publish_at": {"$add": [now, pause_ms(BLAME_BACKOFF, "$tries")]},
                }
            },
        ],
        projection={"dead": 1},
        return_document=ReturnDocument.AFTER,
    )
    return bool(document and document["dead"])


async def make_dead_letter(store: Store, event_id: EventId, *, error: str, now: datetime) -> bool:
    """Give up on an event that nobody holds: whoever takes it dies of it. Return whether it was buried."""
    buried = await store["events"].update_one(
        among_unprocessed([event_id]) | not_held(now),
        {"$set": {"dead": True, "died_at": now, "last_error": error, **ANSWERED}},
    )
    return buried.modified_count == 1


async def is_drained(store: Store) -> bool:
    """Return whether nothing waits to be processed."""
    pending = {"processed": False, "dead": False}
    return await store["events"].find_one(pending, {"_id": 1}, hint="outbox") is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How much is unprocessed, since when, how much is dead, and how much only a newer release knows."""

    unprocessed: int
    dead: int
    unknown: int
    oldest_age: timedelta | None
    overdue: timedelta = timedelta()
    """How long ago the relay should have announced the one that waits longest for it."""


COUNT_MAX: Final = 100_000
"""Backlogs are counted up to here: a health check must not scan millions."""


async def read_backlog(store: Store, *, now: datetime) -> Backlog:
    """Return the state of the outbox."""
    pending = {"processed": False, "dead": False}
    events = store["events"]
    unprocessed = await events.count_documents(pending, hint="outbox", limit=COUNT_MAX)
    dead = await events.count_documents({"dead": True}, hint="dead", limit=COUNT_MAX)
    fields = {"recorded_at": 1, "next_publish_at": 1}
    by_announcement = [("next_publish_at", 1)]
    oldest = await events.find_one(pending, fields, sort=by_announcement, hint="outbox")
    waiting = await events.find_one(pending | not_held(now), fields, sort=by_announcement, hint="outbox")
    return Backlog(
        unprocessed=unprocessed,
        dead=dead,
        unknown=await _count_unknown(store, pending),
        oldest_age=now - oldest["recorded_at"] if oldest else None,
        overdue=max(timedelta(), now - waiting["next_publish_at"]) if waiting else timedelta(),
    )


UNKNOWN_AMONG_MAX: Final = 10_000
"""Unprocessed events that are looked through for those that only a newer release knows."""


async def _count_unknown(store: Store, pending: Document) -> int:
    stages: list[Document] = [
        {"$match": pending},
        {"$limit": UNKNOWN_AMONG_MAX},
        {"$match": {"$nor": [KNOWN]}},
        {"$count": "unknown"},
    ]
    rows = await store["events"].aggregate(stages, hint="outbox").to_list(None)
    return int(rows[0]["unknown"]) if rows else 0
