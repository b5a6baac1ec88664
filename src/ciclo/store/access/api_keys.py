"""API keys: a register of what services are known by. Of a key only its digest is kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.mongo.bulk_write import insert, update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.paging import Page, PageKey, SortOrder, count_documents, fetch_page
from ciclo.store.mongo.transaction import Session, run_transaction

NEWEST_FIRST: Final = SortOrder(field="created_at")
ADDRESSES_KEPT_MAX: Final = 100
"""Addresses of a key that are remembered, the newest; use from one that is forgotten counts as new."""

_KEYS: Final = "api_keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A service's key. Instants are by the wall clock.

    `hint` is its beginning and its last four characters, `scopes` are names of permissions,
    `allowed_addresses` networks (none: any), `addresses` those that it was used from; `last_used_at` is known
    to the minute.
    """

    id: str
    name: str
    hint: str
    scopes: tuple[str, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime | None = None
    allowed_addresses: tuple[str, ...] = ()
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    addresses: tuple[str, ...] = ()


async def add_key(
    store: Store, key: ApiKey, digest: str, operation: Operation, *, answer: Answer | None = None
) -> None:
    """Store a new key under its *digest*, with the *operation* that made it.

    Raises:
        DuplicateKey: the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        await insert(store, _KEYS, [_document(key) | {"digest": digest}], session)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


async def revoke_key(
    store: Store, key: ApiKey, operation: Operation, *, at: datetime, answer: Answer | None = None
) -> None:
    """Take a key back for good.

    Raises:
        Contention: somebody else was faster.
        DuplicateKey: the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        statement = {"q": {"_id": key.id, "revoked_at": None}, "u": {"$set": {"revoked_at": at}}}
        await update(store, _KEYS, [statement], session, missing=Contention)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


async def note_use(store: Store, key: ApiKey, *, at: datetime, until: datetime) -> None:
    """Note that a key was used *at*, unless that is known of an instant after *until* already."""
    unknown = {"_id": key.id, "$or": [{"last_used_at": None}, {"last_used_at": {"$lt": until}}]}
    await store[_KEYS].update_one(unknown, {"$set": {"last_used_at": at}})


async def add_address(store: Store, key: ApiKey, address: str, operation: Operation) -> None:
    """Remember an address that a key was used from for the first time.

    Raises:
        Contention: it is remembered already.
    """

    async def body(session: Session) -> None:
        remembered = {"$push": {"addresses": {"$each": [address], "$slice": -ADDRESSES_KEPT_MAX}}}
        statement = {"q": {"_id": key.id, "addresses": {"$ne": address}}, "u": remembered}
        await update(store, _KEYS, [statement], session, missing=Contention)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


async def find_key(store: Store, key_id: str) -> ApiKey | None:
    """Return a key by its id."""
    document = await store[_KEYS].find_one({"_id": key_id})
    return _key(document) if document else None


async def find_key_by_digest(store: Store, digest: str) -> ApiKey | None:
    """Return the key that has *digest*, revoked or not."""
    document = await store[_KEYS].find_one({"digest": digest})
    return _key(document) if document else None


async def list_keys(store: Store, *, after: PageKey | None, size: int) -> Page[ApiKey]:
    """Return a page of all keys, the newest first."""
    return await fetch_page(store, _KEYS, {}, order=NEWEST_FIRST, after=after, size=size, read=_key)


async def count_keys(store: Store) -> int:
    """Return how many keys were ever made."""
    return await count_documents(store, _KEYS, {})


_TUPLES: Final = ("scopes", "allowed_addresses", "addresses")


def _document(key: ApiKey) -> Document:
    document: Document = {name: getattr(key, name) for name in ApiKey.__slots__}
    document |= {name: list(document[name]) for name in _TUPLES}
    return {"_id": document.pop("id")} | document


def _key(document: Document) -> ApiKey:
    fields: dict[str, Any] = {name: document[name] for name in ApiKey.__slots__ if name in document}
    fields |= {name: tuple(document[name]) for name in _TUPLES}
    return ApiKey(id=document["_id"], **fields)
