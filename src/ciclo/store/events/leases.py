"""Leases on events: who handles one and until when, and how many of its deliveries were never answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ciclo.domain.ids import EventId
from ciclo.store.events.records import (
    is_known,
)
from ciclo.store.mongo.client import Document, Store

STARTS: Final = "starts"
"""How often an event was taken. From the second time on, what it asks for may have been done already."""


@dataclass(frozen=True, slots=True)
class Deliverable:
    """An event that waits and that nobody holds, and how many deliveries of it were never answered.

    One that is not known was written by a newer release, whose workers will handle it.
    """

    event_id: EventId
    unanswered: int
    is_known: bool


async def find_deliverable(store: Store, event_ids: Sequence[EventId], *, now: datetime) -> list[Deliverable]:
    """Return those of *event_ids* that wait and that nobody holds, each once, in this order."""
    query = among_unprocessed(event_ids) | not_held(now)
    found = store["events"].find(query, {"unanswered": 1, "type": 1, "payload_version": 1})
    documents = {document["_id"]: document async for document in found}
    return [
        Deliverable(fromkey, documents[fromkey].get("unanswered", 0), is_known(documents[fromkey]))
        for fromkey in dict.fromkeys(event_ids)
        if fromkey in documents
    ]


async def take_lease(
    store: Store, event_ids: Sequence[EventId], *, holder: str, now: datetime, until: datetime
) -> list[EventId]:
    """Take those of *event_ids* that wait and that nobody holds; count their delivery, and return them.

    They are *holder*'s until the instant *until*, which `renew` moves; then anybody's again. The relay
    leaves them alone as long, by the lease itself: moving `next_publish_at` too would move each event within
    an index, twice as dear as all else of taking it.
    """
    taken = await store["events"].update_many(
        among_unprocessed(event_ids) | not_held(now),
        {
            "$set": {"held_by": holder, "held_until": until},
            "$inc": {STARTS: 1, "unanswered": 1},
        },
    )
    if taken.matched_count == len(event_ids):
        return list(event_ids)
    found = store["events"].find(among_unprocessed(event_ids) | {"held_by": holder}, {"_id": 1})
    held = {document["_id"] async for document in found}
    return [event_id for event_id in event_ids if event_id in held]


async def renew_lease(store: Store, event_ids: Sequence[EventId], *, holder: str, until: datetime) -> None:
    """Hold events that are in work still until a later instant."""
    await store["events"].update_many(
        {"_id": {"$in": list(event_ids)}, "processed": False, "held_by": holder},
        {"$set": {"held_until": until}},
    )


async def release_lease(store: Store, event_ids: Sequence[EventId], *, holder: str) -> None:
    """Give back what was not handled: "not now" is an answer, and whoever is told of it next may take it."""
    await store["events"].update_many(
        {"_id": {"$in": list(event_ids)}, "processed": False, "held_by": holder}, {"$set": ANSWERED}
    )


ANSWERED: Final[Document] = {"held_by": None, "held_until": None, "unanswered": 0}
"""What the document of an event says that was answered and is to be handled again, now or later."""


def among_unprocessed(event_ids: Sequence[EventId]) -> Document:
    """Return the condition on those of *event_ids* that are neither processed nor dead."""
    return {"_id": {"$in": list(event_ids)}, "processed": False, "dead": False}


def not_held(now: datetime) -> Document:
    """Return the condition on events of which no lease runs at *now*."""
    return {"$or": [{"held_until": None}, {"held_until": {"$lte": now}}]}
