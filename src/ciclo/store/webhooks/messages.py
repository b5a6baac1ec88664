"""Messages that are stored: fanned out to endpoints once, and read for as long as they are kept.

A message's document is its outbox: until it is fanned out it is announced again, with growing pauses.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Final

from ciclo import tracing
from ciclo.backoff import Backoff
from ciclo.domain.ids import WebhookEndpointId
from ciclo.domain.webhooks.message import MessageType
from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.mongo.bulk_write import insert
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transaction import Session, run_transaction
from ciclo.store.mongo.transient_errors import pause_ms
from ciclo.store.webhooks.message_documents import ANNOUNCED_AFTER, RecordedMessage, new_message_document
from ciclo.store.webhooks.unreadable import read_safely

ANNOUNCE_BACKOFF: Final = Backoff(first=ANNOUNCED_AFTER.total_seconds(), max=60.0)
"""Between two announcements of a message that nobody fans out."""


async def add_message(
    store: Store, message: RecordedMessage, operation: Operation, *, answer: Answer | None = None
) -> None:
    """Store a message that no commit of billing tells, with the *operation* that asked for it.

    Raises:
        DuplicateKey: the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        await insert(store, "messages", [new_message_document(message)], session)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


async def find_waiting(store: Store, message_ids: Sequence[str]) -> list[RecordedMessage]:
    """Return those of *message_ids* that are not fanned out yet, without their bodies.

    What only a newer release can read is left to its workers, and announced again.
    """
    query = {"_id": {"$in": list(message_ids)}, "fanned_out": False}
    found = await store["messages"].find(query, {"body": 0}).to_list(None)
    return [message for document in found if (message := read_safely(document, _read)) is not None]


async def mark_fanned_out(store: Store, message_ids: Sequence[str], *, untold: bool = False) -> None:
    """Note that every endpoint that is told of these messages has its deliveries; *untold*: there is none."""
    if not message_ids:
        return
    done: Document = {"fanned_out": True} | ({"untold": True} if untold else {})
    await store["messages"].update_many(
        {"_id": {"$in": list(message_ids)}, "fanned_out": False}, {"$set": done}
    )


async def find_unannounced(store: Store, *, now: datetime, messages_max: int) -> list[tuple[str, str]]:
    """Return ids and types of messages that wait to be announced again, the longest first."""
    query = {"fanned_out": False, "next_publish_at": {"$lte": now}}
    cursor = store["messages"].find(query, {"type": 1}).sort("next_publish_at", 1).limit(messages_max)
    return [(document["_id"], document["type"]) async for document in cursor]


async def postpone_announcement(store: Store, message_ids: Sequence[str], *, now: datetime) -> None:
    """Put the next announcement of *message_ids* off, each time twice as long, up to a minute."""
    await store["messages"].update_many(
        {"_id": {"$in": list(message_ids)}, "fanned_out": False},
        [
            {"$set": {"pubs": {"$add": ["$pubs", 1]}}},
            {"$set": {"next_publish_at": {"$add": [now, pause_ms(ANNOUNCE_BACKOFF, "$pubs")]}}},
        ],
    )


async def find_messages(store: Store, message_ids: Iterable[str]) -> dict[str, RecordedMessage]:
    """Return messages by id; those that are past their time are not there."""
    found = await store["messages"].find({"_id": {"$in": list(message_ids)}}).to_list(None)
    messages = [read_safely(document, _read) for document in found]
    return {message.id: message for message in messages if message is not None}


def waiting_places(object_ids: Sequence[str], *, since: datetime) -> Document:
    """Return the query of messages about these objects, recorded since then, that are not fanned out yet."""
    return {"fanned_out": False, "object_id": {"$in": list(object_ids)}, "recorded_at": {"$gt": since}}


async def read_messages(
    store: Store, endpoint_id: WebhookEndpointId, *, start: datetime, end: datetime
) -> AsyncIterator[RecordedMessage]:
    """Yield what was recorded from *start* to before *end*, but what is for other endpoints alone."""
    query: Document = {
        "recorded_at": {"$gte": start, "$lt": end},
        "endpoint_id": {"$in": [None, endpoint_id]},
    }
    async for document in store["messages"].find(query, {"body": 0}).sort("recorded_at", 1):
        message = read_safely(document, _read)
        if message is not None:
            yield message


def _read(document: Document) -> RecordedMessage:
    return RecordedMessage(
        id=document["_id"],
        type=MessageType(document["type"]),
        object_id=document["object_id"],
        sequence=document["sequence"],
        place=document["place"],
        occurred_at=document["occurred_at"],
        recorded_at=document["recorded_at"],
        event_id=document["event_id"],
        endpoint_id=document["endpoint_id"],
        body=document.get("body", ""),
        trace=document.get(tracing.FIELD),
    )
