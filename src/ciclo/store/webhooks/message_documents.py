"""Messages as documents: what a commit tells, written once and to the byte."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import orjson

from ciclo import tracing
from ciclo.domain.batch import AppliedEvent
from ciclo.domain.customer import Addressee
from ciclo.domain.ids import CustomerId, MessageId, WebhookEndpointId
from ciclo.domain.invoice import CreditNote, Invoice
from ciclo.domain.webhooks.message import API_VERSION, Message, MessageType, messages_of
from ciclo.domain.webhooks.snapshot import Snapshot, customer_snapshot, iso_instant, snapshot
from ciclo.store.mongo.client import Document

ANNOUNCED_AFTER: Final = timedelta(seconds=3)
"""How long the relay leaves a new message alone: it is announced right after the commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedMessage:
    """A message as it is stored. `body` is what every endpoint gets, to the byte, for ever.

    `recorded_at` is wall time. One with an `endpoint_id` is for that endpoint alone.
    """

    id: MessageId
    type: MessageType
    object_id: str
    sequence: int
    place: int
    occurred_at: datetime
    recorded_at: datetime
    event_id: str | None
    endpoint_id: WebhookEndpointId | None
    body: str
    trace: str | None = None
    """The context of what it tells of; None where nothing was traced."""


def message_documents(
    entries: Sequence[AppliedEvent],
    *,
    numbers: Mapping[str, str],
    addressees: Mapping[CustomerId, Addressee],
    recorded_at: datetime,
) -> list[Document]:
    """Return what a commit of *entries* tells; *numbers* are those that it gives to what is issued."""
    return [
        _document(message, numbers, addressees, recorded_at)
        for entry in entries
        for message in messages_of(entry)
    ]


def _document(
    message: Message,
    numbers: Mapping[str, str],
    addressees: Mapping[CustomerId, Addressee],
    recorded_at: datetime,
) -> Document:
    subject = message.subject
    if isinstance(subject, Invoice | CreditNote) and subject.number is None:
        subject = replace(subject, number=numbers[subject.id])
    customer = customer_snapshot(message.customer_id, addressees.get(message.customer_id))
    return new_message_document(
        RecordedMessage(
            id=message.id,
            type=message.type,
            object_id=subject.id,
            sequence=message.sequence,
            place=message.place,
            occurred_at=message.occurred_at,
            recorded_at=recorded_at,
            event_id=message.event_id,
            endpoint_id=None,
            body=body_of(
                message.type,
                snapshot(subject),
                at=message.occurred_at,
                sequence=message.sequence,
                customer=customer,
            ),
        )
    )


def body_of(
    type_: MessageType,
    data: Snapshot,
    *,
    at: datetime,
    sequence: int,
    customer: Snapshot | None,
    test: bool = False,
) -> str:
    """Return a message's body as JSON: its type, when it happened, its place, the object as it was then."""
    envelope: Snapshot = {
        "type": type_.value,
        "apiVersion": API_VERSION,
        "timestamp": iso_instant(at),
        "sequence": sequence,
        "customer": customer,
        "data": data,
    }
    return orjson.dumps(envelope | ({"test": True} if test else {})).decode()


def new_message_document(message: RecordedMessage) -> Document:
    """Return the document of a message that nobody has fanned out yet."""
    context = tracing.current()
    return ({tracing.FIELD: context} if context else {}) | {
        "_id": message.id,
        "type": message.type.value,
        "object_id": message.object_id,
        "sequence": message.sequence,
        "place": message.place,
        "occurred_at": message.occurred_at,
        "recorded_at": message.recorded_at,
        "event_id": message.event_id,
        "endpoint_id": message.endpoint_id,
        "body": message.body,
        "fanned_out": False,
        "next_publish_at": message.recorded_at + ANNOUNCED_AFTER,
        "pubs": 0,
    }
