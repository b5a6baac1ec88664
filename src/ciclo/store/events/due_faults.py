"""Subscriptions whose due work fails by their own fault: held back, with growing pauses, until it is mended.

Whatever one customer's documents hold, it must not stand in the way of the others' renewals.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from ciclo.backoff import Backoff
from ciclo.domain.ids import SubscriptionId
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transient_errors import pause_ms

BACKOFF: Final = Backoff(first=30.0, max=3_600.0)
"""How long a subscription is left alone after its failures."""

HELD_MAX: Final = 10_000
"""How many are kept out of sweeps at a time; so many are a fault of ours, not of one customer."""

ERROR_CHARS_MAX: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFault:
    """A subscription that is held back. `tries` failed since `first_at`; instants are wall time."""

    subscription_id: SubscriptionId
    tries: int
    error: str
    first_at: datetime
    retry_at: datetime


async def hold_back(
    store: Store, subscription_id: SubscriptionId, *, error: str, now: datetime
) -> DueFault | None:
    """Count a failure, and leave the subscription alone until its pause is over.

    Returns None if its pause is running already: several schedulers that met one failure count it once.
    """
    tries = {"$add": [{"$ifNull": ["$tries", 0]}, 1]}
    counted = {
        "tries": tries,
        "error": {"$literal": error[:ERROR_CHARS_MAX]},
        "first_at": {"$ifNull": ["$first_at", now]},
    }
    retry_at = {"$add": [now, pause_ms(BACKOFF, "$tries")]}
    try:
        document: Document = await store["due_faults"].find_one_and_update(
            {"_id": subscription_id, "retry_at": {"$not": {"$gt": now}}},
            [{"$set": counted}, {"$set": {"retry_at": retry_at}}],
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
    except DuplicateKeyError:
        return None
    return _read(document)


async def find_due_faults(store: Store, *, faults_max: int = HELD_MAX) -> list[DueFault]:
    """Return what is held back, the longest first."""
    cursor = store["due_faults"].find({}).sort([("first_at", 1), ("_id", 1)]).limit(faults_max)
    return [_read(document) async for document in cursor]


async def count_due_faults(store: Store) -> int:
    """Return how many subscriptions are held back."""
    return await store["due_faults"].count_documents({}, limit=HELD_MAX)


async def forget_due_fault(store: Store, subscription_id: SubscriptionId) -> None:
    """Forget the fault of a subscription whose work is done."""
    await store["due_faults"].delete_one({"_id": subscription_id})


def _read(document: Document) -> DueFault:
    return DueFault(
        subscription_id=document["_id"],
        tries=document["tries"],
        error=document["error"],
        first_at=document["first_at"],
        retry_at=document["retry_at"],
    )
