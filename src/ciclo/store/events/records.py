"""Events as documents: the record of all that happened, and the outbox of what is still to be done."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from ciclo import tracing
from ciclo.domain.events.event import Event, Payload, Source, WorkOrder
from ciclo.domain.events.event_type import EventType
from ciclo.domain.events.orders import Order
from ciclo.domain.ids import EventId, SubscriptionId
from ciclo.store.codec import decode_payload, encode
from ciclo.store.events.upcasts import FIRST_VERSION, UPCASTS, Upcasts, present_version
from ciclo.store.mongo.client import Document

Value = TypeVar("Value")

Records = Mapping[EventId, Document]
"""Events' documents as they are stored, by id: a commit seals what they say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """An event as it is kept, and what has become of it. Instants are by the wall clock but `occurred_at`."""

    id: EventId
    type: EventType
    subscription_id: SubscriptionId
    data: dict[str, Any]
    occurred_at: datetime
    recorded_at: datetime
    source: Source
    actor: str | None
    dedupe_key: str
    processed: bool
    processed_at: datetime | None
    seq: int | None
    outcome: str | None
    review: str | None
    dead: bool
    tries: int
    last_error: str | None
    resolution: dict[str, Any] | None = None
    """How its review was closed, see `store.events.reviews.Resolution`."""


def new_document(
    event: Event | WorkOrder, *, recorded_at: datetime, next_publish_at: datetime, trace: str | None = None
) -> Document:
    """Return the document of an event or order that is still to be processed.

    *trace* is the context that it belongs to, else that of the span that runs, if anything is traced.
    """
    context = trace or tracing.current()
    return ({tracing.FIELD: context} if context else {}) | {
        "_id": event.id,
        "type": event.type.value,
        "subscription_id": event.subscription_id,
        "payload_version": present_version(event.type),
        "data": encode(event.payload),
        "occurred_at": event.occurred_at,
        "recorded_at": recorded_at,
        "source": event.source.value,
        "actor": event.actor,
        "dedupe_key": event.dedupe_key,
        "processed": False,
        "processed_at": None,
        "seq": None,
        "outcome": None,
        "review": None,
        "dead": False,
        "tries": 0,
        "last_error": None,
        "pubs": 0,
        "next_publish_at": next_publish_at,
    }


def condition_of_known_types(upcasts: Upcasts = UPCASTS) -> Document:
    """Return the condition on records whose type, and whose version of it, this release knows.

    Others were written by a newer release, whose processes will apply them: nobody else touches them.
    """
    types_of: dict[int, list[str]] = defaultdict(list)
    for event_type in EventType:
        types_of[present_version(event_type, upcasts)].append(event_type.value)
    return {
        "$or": [
            # Not: at most, which a record without the field would not be.
            {"type": {"$in": types}, "payload_version": {"$not": {"$gt": version}}}
            for version, types in sorted(types_of.items())
        ]
    }


KNOWN: Final = condition_of_known_types()


_TYPES: Final = frozenset(event_type.value for event_type in EventType)


def is_known(document: Document, upcasts: Upcasts = UPCASTS) -> bool:
    """Return whether *document* meets KNOWN; one that is no record at all does, and fails when it is read."""
    name, version = document.get("type"), document.get("payload_version")
    if isinstance(name, str) and name not in _TYPES:
        return False
    if not isinstance(name, str) or not isinstance(version, int):
        return True
    return version <= present_version(EventType(name), upcasts)


def _payload(document: Document) -> Payload:
    version = document.get("payload_version", FIRST_VERSION)
    return decode_payload(document["type"], document["data"], version=version)


def to_event(document: Document) -> Event:
    """Return the event that a document holds.

    Raises:
        KeyError, TypeError, ValueError: it holds none; the fault is the document's own.
    """
    payload = _payload(document)
    if isinstance(payload, Order):
        raise TypeError(f"{payload.type} is an order to the collection worker: no rule applies it")
    return Event(
        id=document["_id"],
        subscription_id=document["subscription_id"],
        payload=payload,
        occurred_at=document["occurred_at"],
        source=Source(document["source"]),
        dedupe_key=document["dedupe_key"],
        actor=document.get("actor"),
    )


def to_order(document: Document) -> WorkOrder:
    """Return the work order that a document holds.

    Raises:
        KeyError, TypeError, ValueError: it holds none; the fault is the document's own.
    """
    payload = _payload(document)
    if not isinstance(payload, Order):
        raise TypeError(f"{payload.type} is no order to the collection worker")
    return WorkOrder(
        id=document["_id"],
        subscription_id=document["subscription_id"],
        payload=payload,
        occurred_at=document["occurred_at"],
        dedupe_key=document["dedupe_key"],
    )


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An event whose document can't be read, and why: the fault is its own."""

    event_id: EventId
    error: Exception


def read_each(
    documents: Iterable[Document], read: Callable[[Document], Value]
) -> tuple[list[Value], list[Unreadable]]:
    """Return what *read* makes of the documents of events, in their order, and those that it can't read."""
    values: list[Value] = []
    unreadable: list[Unreadable] = []
    for document in documents:
        try:
            values.append(read(document))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            unreadable.append(Unreadable(document["_id"], error))
    return values, unreadable


_RECORD_FIELDS: Final = tuple(EventRecord.__dataclass_fields__)


def to_record(document: Document) -> EventRecord:
    """Return an event's document as a value, its data as they are."""
    fields: dict[str, Any] = {name: document.get(name) for name in _RECORD_FIELDS}
    fields["id"] = document["_id"]
    fields["type"] = EventType(document["type"])
    fields["source"] = Source(document["source"])
    return EventRecord(**fields)
