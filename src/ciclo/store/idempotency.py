"""Idempotency keys: the first request's result under a key, kept for a day."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ciclo.store.client import Document, Store

KEPT_FOR: Final = timedelta(hours=24)
COLLECTION: Final = "idempotency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request under a key: who asks for what, and a fingerprint that tells another request from it."""

    subject: str
    operation: str
    key: str
    fingerprint: str

    @property
    def id(self) -> str:
        """Return the document's id: one caller's keys never meet another's."""
        return hashlib.sha256(f"{self.subject}|{self.operation}|{self.key}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Answered:
    """What the first request came to."""

    fingerprint: str
    result_id: str


def answer_document(request: Request, *, result_id: str, now: datetime) -> tuple[str, Document]:
    """Return the record of an answered request, to be written in the transaction that answers it."""
    return COLLECTION, {
        "_id": request.id,
        "fingerprint": request.fingerprint,
        "result_id": result_id,
        "expires_at": now + KEPT_FOR,
    }


async def find_answer(store: Store, request: Request, *, now: datetime) -> Answered | None:
    """Return what was answered under this key, if it was used within the last day."""
    # The server itself removes expired documents about once a minute only.
    await store[COLLECTION].delete_one({"_id": request.id, "expires_at": {"$lte": now}})
    document = await store[COLLECTION].find_one({"_id": request.id})
    if document is None:
        return None
    return Answered(document["fingerprint"], document["result_id"])
