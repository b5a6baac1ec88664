"""Messages about entitlements: what a transaction that changes customers' sets tells of each of them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

import structlog

from ciclo.domain.customer import Addressee
from ciclo.domain.entitlements.allowance import EntitlementSet
from ciclo.domain.entitlements.catalogue import Catalogue, provisions_of
from ciclo.domain.entitlements.provision import Provision
from ciclo.domain.entitlements.usage import Entitlement
from ciclo.domain.ids import CustomerId, MessageId, derived_id
from ciclo.domain.webhooks.entitlement_snapshot import entitlements_snapshot
from ciclo.domain.webhooks.message import MessageType
from ciclo.domain.webhooks.snapshot import customer_snapshot
from ciclo.store.codec import encode
from ciclo.store.entitlements.allowances import SETS, derive_allowances, read_set
from ciclo.store.entitlements.features import find_features
from ciclo.store.entitlements.usage import entitlements_of, find_usage, key_of
from ciclo.store.mongo.bulk_write import update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transaction import Session
from ciclo.store.webhooks.message_documents import RecordedMessage, body_of, new_message_document

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What changed a customer's set: an event, or an operator's act, which has no event."""

    id: str
    at: datetime
    event_id: str | None = None


async def entitlement_messages(
    store: Store,
    occasions: Mapping[CustomerId, Occasion],
    *,
    addressees: Mapping[CustomerId, Addressee],
    on: date,
    now: datetime,
    session: Session,
) -> list[Document]:
    """Return one message for each set that this transaction changed, as the transaction leaves it.

    A set that can't be read is told of nothing: nobody's billing waits for it, and the audit names it.

    Args:
        store: Where the sets are.
        occasions: What changed each, by customer.
        addressees: Whom messages name.
        on: The seller's date.
        now: Wall time.
        session: The transaction, which has written the sets.
    """
    if not occasions:
        return []
    catalogue = Catalogue(features=await find_features(store))
    provided: list[tuple[EntitlementSet, list[Provision]]] = []
    for document in await _find_whole(store, list(occasions), session):
        with _passed_over(document["_id"]):
            entitlements = read_set(document)
            provided.append((entitlements, provisions_of(entitlements, catalogue, on=on)))
    keys = [key_of(one.customer_id, provision) for one, provisions in provided for provision in provisions]
    used = await find_usage(store, keys, session)
    messages = []
    for entitlements, provisions in provided:
        customer_id = entitlements.customer_id
        with _passed_over(customer_id):
            items = entitlements_of(customer_id, provisions, used, now=now)
            addressee = addressees.get(customer_id)
            messages.append(_document(entitlements, items, occasions[customer_id], addressee, now=now))
    return messages


@contextmanager
def _passed_over(customer_id: str) -> Iterator[None]:
    """Pass a set over whose document, or whose usage's, can't be read."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        _log.error("entitlements_not_told", customer_id=customer_id, error=type(error).__name__)


def _document(
    entitlements: EntitlementSet,
    items: Sequence[Entitlement],
    occasion: Occasion,
    addressee: Addressee | None,
    *,
    now: datetime,
) -> Document:
    type_, customer_id = MessageType.ENTITLEMENTS_CHANGED, entitlements.customer_id
    facts = f"{occasion.id}:{type_}:{customer_id}"
    return new_message_document(
        RecordedMessage(
            id=MessageId(derived_id("msg", at=occasion.at, facts=facts)),
            type=type_,
            object_id=customer_id,
            sequence=entitlements.version,
            place=0,
            occurred_at=occasion.at,
            recorded_at=now,
            event_id=occasion.event_id,
            endpoint_id=None,
            body=body_of(
                type_,
                entitlements_snapshot(entitlements, items),
                at=occasion.at,
                sequence=entitlements.version,
                customer=customer_snapshot(customer_id, addressee),
            ),
        )
    )


async def _find_whole(store: Store, ids: Sequence[CustomerId], session: Session) -> list[Document]:
    """Return the sets' documents; one that nobody has read yet is derived, and kept, first."""
    found = await store[SETS].find({"_id": {"$in": ids}}, session=session).to_list(None)
    partial = [document["_id"] for document in found if not document.get("complete")]
    if not partial:
        return found
    derived = await derive_allowances(store, partial, session)
    whole = {
        id_: {"allowances": {key: encode(one) for key, one in allowances.items()}, "complete": True}
        for id_, allowances in derived.items()
    }
    await update(
        store, SETS, [{"q": {"_id": id_}, "u": {"$set": set_}} for id_, set_ in whole.items()], session
    )
    return [document | whole.get(document["_id"], {}) for document in found]
