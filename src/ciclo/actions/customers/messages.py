"""Telling sellers' systems of customers: one message a change, written in its transaction."""

from collections.abc import Sequence

from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.processing.publish_events import publish_messages
from ciclo.domain.customer import Customer
from ciclo.domain.ids import MessageId
from ciclo.domain.webhooks.customer import customer_object
from ciclo.domain.webhooks.message import MessageType
from ciclo.domain.webhooks.snapshot import Snapshot
from ciclo.store.mongo.client import Document
from ciclo.store.webhooks.message_documents import RecordedMessage, body_of, new_message_document


async def message_of_update(deps: Deps, after: Customer) -> list[Document]:
    """Return the message of a customer as a change leaves them; none if there is nobody to tell."""
    now = deps.wall()
    age_ms_max = deps.settings.webhook_audience_ms
    if not await deps.audience.is_there(deps.store, now=now, age_ms_max=age_ms_max):
        return []
    type_, at = MessageType.CUSTOMER_UPDATED, await deps.clock.now()
    shown: Snapshot = {"id": after.id, "email": after.email, "name": after.name}
    message = RecordedMessage(
        id=MessageId(generate_id("msg", now)),
        type=type_,
        object_id=after.id,
        sequence=after.version,
        place=0,
        occurred_at=at,
        recorded_at=now,
        event_id=None,
        endpoint_id=None,
        body=body_of(type_, customer_object(after), at=at, sequence=after.version, customer=shown),
    )
    return [new_message_document(message)]


async def publish_update(deps: Deps, messages: Sequence[Document]) -> None:
    """Announce messages that were committed."""
    await publish_messages(deps, [(message["_id"], message["type"]) for message in messages])
