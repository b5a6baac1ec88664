"""Usage in MongoDB: one document for a customer's use of a feature in one window of time.

The window's start is in the document's id, so that counting begins anew without anybody who resets it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ciclo.domain.entitlements.provision import Provision
from ciclo.domain.entitlements.usage import (
    Entitlement,
    ReservationId,
    Usage,
    add_usage,
    entitlement_of,
)
from ciclo.domain.ids import CustomerId
from ciclo.store.codec import decode, encode
from ciclo.store.mongo.bulk_write import insert, update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.transaction import Session, within

USAGE: Final = "entitlement_usage"


@dataclass(frozen=True, slots=True)
class UsageKey:
    """Whose use, of which feature, in which window of time."""

    customer_id: CustomerId
    feature: str
    window: str

    @property
    def id(self) -> str:
        """Return the id of its document; a feature may hold the separator, so it is the last part."""
        return f"{self.customer_id}|{self.window}|{self.feature}"


def key_of(customer_id: CustomerId, provision: Provision) -> UsageKey:
    """Return where a customer's use of what *provision* is about is counted."""
    return UsageKey(customer_id, provision.feature.key, provision.window)


async def find_usage(
    store: Store, keys: Iterable[UsageKey], session: Session | None = None
) -> dict[str, Document]:
    """Return the documents of those of *keys* that were ever used, by their ids; `read_usage` reads one."""
    query: Document = {"_id": {"$in": [key.id for key in keys]}}
    return {document["_id"]: document async for document in store[USAGE].find(query, **within(session))}


def read_usage(document: Document | None) -> Usage:
    """Return the usage that a document holds: none where there is no document.

    Raises:
        KeyError, TypeError, ValueError: it does not hold one.
    """
    return decode(document, Usage) if document else Usage()


def entitlements_of(
    customer_id: CustomerId, provisions: Iterable[Provision], used: Mapping[str, Document], *, now: datetime
) -> list[Entitlement]:
    """Return what a customer may use now; *used* is what `find_usage` found, *now* wall time.

    Raises:
        KeyError, TypeError, ValueError: a document holds no usage.
    """
    return [
        entitlement_of(
            provision, read_usage(used.get(key_of(customer_id, provision).id)), quantity=1, now=now
        )
        for provision in provisions
    ]


async def find_reserved(store: Store, ids: Sequence[ReservationId]) -> dict[ReservationId, UsageKey]:
    """Return where each of *ids* is reserved; one that is not is left out."""
    if not ids:
        return {}
    query: Document = {"reservations.id": {"$in": list(ids), "$type": "string"}}
    keys: dict[ReservationId, UsageKey] = {}
    async for document in store[USAGE].find(query):
        key = UsageKey(document["customer_id"], document["feature"], document["window"])
        keys |= {one["id"]: key for one in document["reservations"]}
    return keys


async def write_usage(
    store: Store, changes: Mapping[UsageKey, tuple[Usage, Usage]], session: Session
) -> None:
    """Write what became of each usage, as it was read and as it is.

    Raises:
        Contention, DuplicateKey: somebody was faster; the transaction is over.
    """
    new = [
        {
            "_id": key.id,
            "customer_id": key.customer_id,
            "feature": key.feature,
            "window": key.window,
            **encode(after),
        }
        for key, (before, after) in changes.items()
        if before.version == 0
    ]
    changed = [
        {"q": {"_id": key.id, "version": before.version}, "u": {"$set": encode(after)}}
        for key, (before, after) in changes.items()
        if before.version > 0
    ]
    await insert(store, USAGE, new, session)
    await update(store, USAGE, changed, session, missing=Contention)


async def move_usage(store: Store, customer_id: CustomerId, *, to: CustomerId, session: Session) -> None:
    """Count what a customer uses as used by another one, with what they have reserved.

    Raises:
        Contention, DuplicateKey: somebody was faster; the transaction is over.
    """
    # Their documents' ids begin with theirs.
    theirs: Document = {"_id": {"$gte": f"{customer_id}|", "$lt": f"{customer_id}}}"}}
    found = await store[USAGE].find(theirs, session=session).to_list(None)
    added = {UsageKey(to, one["feature"], one["window"]): read_usage(one) for one in found}
    there = await find_usage(store, added, session)
    # First, since a reservation is in one document.
    await store[USAGE].delete_many(theirs, session=session)
    changes = {}
    for key, usage in added.items():
        before = read_usage(there.get(key.id))
        changes[key] = (before, add_usage(before, usage))
    await write_usage(store, changes, session)
