"""The operations log: what operators did beside billing, each act sealed in one chain of digests.

Billing has its own record: an event names its actor, and its subscription's chain seals it. All else that
an operator does (a plan, a key, an export) is one operation, written in the transaction of what it changes.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from pymongo import ReturnDocument

from ciclo.redaction import redact_value
from ciclo.store.codec import encode
from ciclo.store.mongo.bulk_write import insert
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transaction import Session, run_transaction
from ciclo.viewer import Actor

HEAD: Final = "operations"
"""The counter that holds the last operation's place and link: here operators wait for each other."""

_OPERATIONS: Final = "operations"
_SCAN_SIZE: Final = 1_000

_WITHHELD: Final = frozenset({"tax_id", "tax_ids", "cpf", "cnpj", "digest", "seller_tax_id"})
"""Members that no operation tells: what people are known by to the state, and digests of secrets."""

WITHHELD: Final = "[withheld]"

_SEALED: Final = ("_id", "seq", "at", "actor", "via", "address", "action", "target", "request_id", "body")
"""What a link seals. `body` is the digest of before and after, so that these can be erased some day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One act to be logged. `action` is named like the API's mutation, `target` is the id of its object.

    `before` and `after` are values of the domain, or mappings; of two that are given, what differs is kept.
    `at` is the wall clock's.
    """

    id: str
    at: datetime
    actor: Actor
    action: str
    target: str
    before: object = None
    after: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRecord:
    """An operation as it is kept: its place in the log, and what of it is sealed by which link."""

    id: str
    seq: int | None
    """None: an event of billing, which has a place in its subscription's history instead."""
    at: datetime
    actor: str
    via: str
    address: str
    request_id: str
    action: str
    target: str
    before: Any
    after: Any
    link: str


async def append_operation(store: Store, operation: Operation | None, session: Session) -> None:
    """Log *operation* in the transaction of what it changes; None: nobody's act."""
    await append_operations(store, () if operation is None else (operation,), session)


async def append_operations(store: Store, operations: Sequence[Operation], session: Session) -> None:
    """Log *operations*, in their order, in the transaction of what they change."""
    if not operations:
        return
    head = await store["counters"].find_one_and_update(
        {"_id": HEAD},
        {"$inc": {"last": len(operations)}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
        session=session,
    )
    link, documents = head.get("link", ""), []
    for seq, operation in enumerate(operations, start=head["last"] - len(operations) + 1):
        document = _document(operation, seq=seq)
        document["link"] = link = link_operation(link, document)
        documents.append(document)
    await store["counters"].update_one({"_id": HEAD}, {"$set": {"link": link}}, session=session)
    await insert(store, _OPERATIONS, documents, session)


async def log_operation(store: Store, operation: Operation) -> None:
    """Log an act that changes nothing here, such as a reading of many people's data."""

    async def body(session: Session) -> None:
        await append_operation(store, operation, session)

    await run_transaction(store, body)


def link_operation(previous: str, document: Document) -> str:
    """Return what follows *previous* in the chain for an operation's document; "" begins the chain."""
    return _hash([previous, *(document[name] for name in _SEALED)])


def body_digest(document: Document) -> str:
    """Return the digest of what an operation's document says of before and after."""
    return _hash([document["before"], document["after"]])


def _document(operation: Operation, *, seq: int) -> Document:
    before, after = to_plain(operation.before), to_plain(operation.after)
    if before is not None and after is not None:
        same = {name for name in before.keys() & after.keys() if before[name] == after[name]}
        before = {name: value for name, value in before.items() if name not in same}
        after = {name: value for name, value in after.items() if name not in same}
    document: Document = {
        "_id": operation.id,
        "seq": seq,
        "at": operation.at,
        "actor": operation.actor.name,
        "via": operation.actor.via.value,
        "address": operation.actor.address,
        "request_id": operation.actor.request_id,
        "action": operation.action,
        "target": operation.target,
        "before": before,
        "after": after,
    }
    document["body"] = body_digest(document)
    return document


def to_plain(value: object) -> dict[str, Any] | None:
    """Return *value* as it may be told: by plain JSON, without secrets and tax ids."""
    if value is None:
        return None
    told = redact_value(_withheld(encode(value)))
    assert isinstance(told, dict)  # a domain value, or a mapping
    return told


def _withheld(value: Any) -> Any:  # noqa: ANN401 - any part of a document
    if isinstance(value, Mapping):
        return {
            str(name): WITHHELD if name in _WITHHELD and part is not None else _withheld(part)
            for name, part in value.items()
        }
    if isinstance(value, list | tuple):
        return [_withheld(part) for part in value]
    return value.isoformat() if isinstance(value, datetime) else value


async def scan_operations(store: Store) -> AsyncIterator[Document]:
    """Yield the documents of the whole log in its order."""
    async for document in store[_OPERATIONS].find({}).sort("seq", 1).batch_size(_SCAN_SIZE):
        yield document


async def read_operations_head(store: Store) -> tuple[int, str]:
    """Return the place and the link of the last operation; 0 and "" before the first."""
    head = await store["counters"].find_one({"_id": HEAD}) or {}
    return head.get("last", 0), head.get("link", "")


_FIELDS: Final = tuple(OperationRecord.__dataclass_fields__)


def to_operation(document: Document) -> OperationRecord:
    """Return the operation that a document holds."""
    fields: dict[str, Any] = {name: document.get(name) for name in _FIELDS}
    return OperationRecord(**fields | {"id": document["_id"]})


def _hash(value: object) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()
