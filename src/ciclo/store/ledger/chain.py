"""The chain of digests: each applied event seals what it said, what it wrote, and all that went before it.

So a history can be checked that today's rules would decide otherwise. There is no key in it: whoever can
write to the database can forge all of a chain, but not one event or document of it without the rest.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import orjson

from ciclo.domain.metrics import Movement
from ciclo.store.ledger.bare import bare
from ciclo.store.mongo.client import Document

HEAD: Final = "head"
"""The field of a subscription's document that holds the head of its chain; the domain knows nothing of it."""

FIRST_RULES: Final = 1
"""What an event was decided by that was recorded before records said so."""

DIGEST_CHARS: Final = 32
"""128 bits of SHA-256: nobody finds another document with the same."""

_LINKED: Final = (
    "_id",
    "subscription_id",
    "type",
    "payload_version",
    "data",
    "occurred_at",
    "source",
    "actor",
    "dedupe_key",
    "seq",
    "outcome",
    "review",
    "rules",
    "policy_id",
    "credit_before",
    "documents",
    "checkpoint",
    "grants_before",
)
"""What a link seals of an event's record. One that lacks a field counts as having None, so a field may be
added here that is None, or lacking, in all older records."""

_ORDER: Final = ("_id", "subscription_id", "type", "payload_version", "data", "occurred_at", "dedupe_key")
"""What never changes in the record of an event that another one brought about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a subscription's chain ends: the last link, its event's place, and the rules that decided it."""

    chain: str
    seq: int
    rules: int


def read_head(subscription: Document) -> Head | None:
    """Return the head that a subscription's document holds; None if its chain has not begun."""
    head = subscription.get(HEAD)
    return Head(chain=head["chain"], seq=head["seq"], rules=head["rules"]) if head else None


def head_document(head: Head) -> Document:
    """Return what a subscription's document holds of its chain's head."""
    return {"chain": head.chain, "seq": head.seq, "rules": head.rules}


def digest(value: object) -> str:
    """Return the digest of a document of the domain; a newer field that holds its default changes nothing."""
    return _hash(bare(value))[:DIGEST_CHARS]


def effects_digest(movement: Movement | None, credit_change: int) -> str:
    """Return the digest of what an event added under its own id: how MRR moved, and the balance's line."""
    return _hash([bare(movement) if movement else None, credit_change])[:DIGEST_CHARS]


def order_digest(record: Document) -> str:
    """Return the digest of an event that another one brought about, as it was recorded."""
    return _hash([record.get(name) for name in _ORDER])[:DIGEST_CHARS]


def checkpoint_digest(documents: Iterable[Document]) -> str:
    """Return the digest of the documents of one checkpoint, whatever their order."""
    return _hash(sorted(documents, key=lambda checkpoint: str(checkpoint["_id"])))[:DIGEST_CHARS]


def link(previous: str, record: Document) -> str:
    """Return what follows *previous* in the chain for an applied event's *record*; "" begins a chain."""
    return _hash([previous, *(record.get(name) for name in _LINKED)])


def _hash(value: object) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()
