"""Dead letters: events that kept failing by their own fault, and what people did about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from ciclo.domain.ids import EventId
from ciclo.store.client import Store
from ciclo.store.events import EventRecord, to_record
from ciclo.store.paging import Key, Order, Page, page

NEWEST_FIRST: Final = Order(field=None)
DISCARDED: Final = "DISCARDED"


async def list_dead(store: Store, *, after: Key | None, size: int) -> Page[EventRecord]:
    """Return a page of dead events, the newest first."""
    return await page(
        store, "events", {"dead": True}, order=NEWEST_FIRST, after=after, size=size, read=to_record
    )


async def find_dead(store: Store, ids: Sequence[EventId]) -> list[EventRecord]:
    """Return those of *ids* that are dead."""
    found = await store["events"].find({"_id": {"$in": list(ids)}, "dead": True}).to_list(None)
    return [to_record(document) for document in found]


async def revive(store: Store, ids: Sequence[EventId], *, by: str, now: datetime) -> int:
    """Put dead events back to work, and note who asked; return how many were dead."""
    result = await store["events"].update_many(
        {"_id": {"$in": list(ids)}, "dead": True},
        {
            "$set": {"dead": False, "tries": 0, "pubs": 0, "next_publish_at": now},
            "$push": {"interventions": {"what": "replayed", "by": by, "at": now}},
        },
    )
    return result.modified_count


async def discard(store: Store, ids: Sequence[EventId], *, by: str, reason: str | None, now: datetime) -> int:
    """Close dead events without applying them, and note who decided it; return how many were dead."""
    result = await store["events"].update_many(
        {"_id": {"$in": list(ids)}, "dead": True},
        {
            "$set": {"dead": False, "processed": True, "processed_at": now, "outcome": DISCARDED},
            "$push": {"interventions": {"what": "discarded", "by": by, "reason": reason, "at": now}},
        },
    )
    return result.modified_count
