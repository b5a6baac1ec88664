"""Webhook endpoints, and whether anybody is to be told of anything."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Final

from ciclo.domain.ids import WebhookEndpointId
from ciclo.domain.mails.mail import Mail
from ciclo.domain.webhooks.endpoint import ENDPOINTS_MAX, DisableReason, WebhookEndpoint
from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.codec import decode, encode, encode_part
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.mails.mails import write_mails
from ciclo.store.mongo.bulk_write import insert, update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.transaction import Session, run_transaction
from ciclo.store.webhooks.message_documents import RecordedMessage, new_message_document
from ciclo.store.webhooks.unreadable import read_safely

_ENDPOINTS: Final = "webhook_endpoints"
_KEPT: Final[Document] = {"deleted_at": None}

LISTENER_KEPT_FOR: Final = timedelta(seconds=30)
"""A listener that is not heard of for so long is gone."""


class TooManyEndpoints(Exception):
    """There are ENDPOINTS_MAX of them already."""


async def is_anybody_told(store: Store, *, now: datetime) -> bool:
    """Return whether there is an endpoint, disabled or not, or a listener."""
    if await store[_ENDPOINTS].find_one(_KEPT, {"_id": 1}) is not None:
        return True
    return await store["webhook_listeners"].find_one({"until": {"$gt": now}}, {"_id": 1}) is not None


async def keep_listener(store: Store, listener_id: str, *, until: datetime) -> None:
    """Note that somebody listens to messages as they come, until then."""
    await store["webhook_listeners"].update_one({"_id": listener_id}, {"$set": {"until": until}}, upsert=True)


async def forget_listener(store: Store, listener_id: str) -> None:
    """Note that a listener is gone."""
    await store["webhook_listeners"].delete_one({"_id": listener_id})


async def list_endpoints(store: Store) -> list[WebhookEndpoint]:
    """Return every endpoint, the oldest first; one that can't be read is told in the log and left out."""
    found = await store[_ENDPOINTS].find(_KEPT).sort("_id", 1).limit(ENDPOINTS_MAX).to_list(None)
    return [endpoint for document in found if (endpoint := read_safely(document, _read)) is not None]


async def find_endpoint(store: Store, endpoint_id: str) -> WebhookEndpoint | None:
    """Return an endpoint that is not deleted."""
    document = await store[_ENDPOINTS].find_one({"_id": endpoint_id} | _KEPT)
    return _read(document) if document else None


async def add_endpoint(
    store: Store, endpoint: WebhookEndpoint, operation: Operation, *, answer: Answer | None = None
) -> None:
    """Store a new endpoint, with the *operation* that made it.

    Raises:
        TooManyEndpoints: there is no place for another one.
        DuplicateKey: the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        # Two that race both write the head of the operations log: one of them starts again, and counts anew.
        if await store[_ENDPOINTS].count_documents(_KEPT, session=session) >= ENDPOINTS_MAX:
            raise TooManyEndpoints
        await insert(store, _ENDPOINTS, [encode(endpoint)], session)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


async def replace_endpoint(
    store: Store,
    before: WebhookEndpoint,
    after: WebhookEndpoint,
    operation: Operation | None,
    *,
    answer: Answer | None = None,
    told: RecordedMessage | None = None,
    mails: Sequence[Mail] = (),
) -> None:
    """Store what an endpoint has become, with the *operation* that made it so, or what tells the others.

    *mails* tell people of it.

    Raises:
        Contention: somebody else changed it first.
        DuplicateKey: the request was answered already.
    """
    changed = {
        one.name: encode_part(getattr(after, one.name))
        for one in fields(WebhookEndpoint)
        if getattr(after, one.name) != getattr(before, one.name)
    }
    statement: Document = {
        "q": {"_id": before.id, "version": before.version} | _KEPT,
        "u": {"$set": changed, "$inc": {"version": 1}} if changed else {"$inc": {"version": 1}},
    }

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        await update(store, _ENDPOINTS, [statement], session, missing=Contention)
        await insert(store, "messages", [new_message_document(told)] if told else [], session)
        await write_mails(store, mails, session)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


async def note_failure(store: Store, endpoint_id: WebhookEndpointId, *, at: datetime) -> None:
    """Note that an endpoint fails since *at*, unless it has for longer."""
    await store[_ENDPOINTS].update_one(
        {"_id": endpoint_id, "failing_since": None}, {"$set": {"failing_since": at}}
    )


async def note_success(store: Store, endpoint_id: WebhookEndpointId) -> None:
    """Note that an endpoint does not fail."""
    await store[_ENDPOINTS].update_one({"_id": endpoint_id}, {"$set": {"failing_since": None}})


async def count_disabled(store: Store) -> int:
    """Return how many endpoints were disabled because of their failures."""
    reasons = [DisableReason.FAILING.value, DisableReason.GONE.value]
    return await store[_ENDPOINTS].count_documents(_KEPT | {"disable_reason": {"$in": reasons}})


def _read(document: Document) -> WebhookEndpoint:
    return decode(document, WebhookEndpoint)
