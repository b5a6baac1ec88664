"""Lists of events for operators: an event's id sorts by the instant at which it happened."""

from typing import Final

from ciclo.domain.events.event_type import EventType
from ciclo.store.events.records import KNOWN, EventRecord, to_record
from ciclo.store.events.reviews import CLOSED, OPEN
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.paging import Page, PageKey, SortOrder, fetch_page

NEWEST_FIRST: Final = SortOrder(field=None)


async def list_events(
    store: Store, query: Document, *, order: SortOrder = NEWEST_FIRST, after: PageKey | None, size: int
) -> Page[EventRecord]:
    """Return a page of events that match *query* (made by `event_query`), the newest first by default."""
    return await fetch_page(store, "events", query, order=order, after=after, size=size, read=to_record)


async def find_event(store: Store, event_id: str) -> EventRecord | None:
    """Return an event by id."""
    document = await store["events"].find_one({"_id": event_id, **KNOWN})
    return to_record(document) if document else None


async def is_empty(store: Store) -> bool:
    """Return whether nothing has happened yet."""
    return await store["events"].find_one({}, {"_id": 1}) is None


def event_query(
    *,
    event_type: EventType | None = None,
    processed: bool | None = None,
    subscription_id: str | None = None,
    needs_review: bool | None = None,
    reviewed: bool | None = None,
) -> Document:
    """Return the query of a list of events; those that only a newer release knows are left out."""
    query: Document = dict(KNOWN)
    if event_type is not None:
        query["type"] = event_type.value
    if processed is not None:
        query["processed"] = processed
    if subscription_id is not None:
        query["subscription_id"] = subscription_id
    if needs_review is not None:
        query |= OPEN if needs_review else {"$nor": [OPEN]}
    if reviewed is not None:
        query["$and"] = [CLOSED if reviewed else {"$nor": [CLOSED]}]
    return query
