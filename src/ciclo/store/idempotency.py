"""Idempotency keys: the first request's result under a key, kept for a day."""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.mongo.bulk_write import DuplicateKey, insert
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transaction import Session, run_transaction

KEPT_FOR: Final = timedelta(hours=24)
ANSWERS: Final = "idempotency"


@dataclass(frozen=True, kw_only=True)
class IdempotentRequest:
    """A request under a key: who asks for what, and a fingerprint that tells another request from it."""

    subject: str
    operation: str
    key: str
    fingerprint: str

    @cached_property
    def id(self) -> str:
        """Return the id of its answer: one caller's keys never meet another's.

        Where the separator is in neither part the three are joined by it, as every record of before is, so
        that these are still found, by releases that run side by side too. Where it is, JSON tells the parts
        apart; records of such callers from before are not found, and age out within KEPT_FOR.
        """
        joined = f"{self.subject}|{self.operation}|{self.key}"
        if "|" in self.subject + self.key:
            joined = json.dumps([self.subject, self.operation, self.key])
        return hashlib.sha256(joined.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the first request under a key came to: the id of its result.

    A use of a feature leaves nothing that could be found by an id: its answer itself stands there, as JSON.
    """

    id: str
    fingerprint: str
    result_id: str
    expires_at: datetime


def answer_of(request: IdempotentRequest, *, result_id: str, now: datetime) -> Answer:
    """Return the answer to *request*; *now* is the wall clock's."""
    return Answer(
        id=request.id, fingerprint=request.fingerprint, result_id=result_id, expires_at=now + KEPT_FOR
    )


async def add_answer(store: Store, answer: Answer | None, session: Session) -> None:
    """Record *answer* in the transaction that does the work; None: the request bears no key.

    Raises:
        DuplicateKey: another request under the key was faster (`is_answered`); the transaction is over.
    """
    if answer is not None:
        await insert(store, ANSWERS, [_document(answer)], session)


def read_answers(documents: Iterable[Document], *, now: datetime) -> dict[str, Answer]:
    """Return those of answers' documents that count still, of the last day, by their ids."""
    return {document["_id"]: _answer(document) for document in documents if document["expires_at"] > now}


async def add_answers(
    store: Store, answers: Sequence[Answer], session: Session, *, expired: Collection[str] = ()
) -> None:
    """Record *answers* in the transaction that does their work; those *expired* make room, by their ids.

    Raises:
        DuplicateKey: another request under one of the keys was faster; the transaction is over.
    """
    if expired:
        await store[ANSWERS].delete_many({"_id": {"$in": list(expired)}}, session=session)
    await insert(store, ANSWERS, [_document(answer) for answer in answers], session)


async def store_answer(store: Store, answer: Answer | None, operation: Operation) -> None:
    """Record *answer* and *operation* after work that is harmless to do twice.

    Raises:
        DuplicateKey: another request under the key was faster.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


def is_answered(duplicate: DuplicateKey) -> bool:
    """Return whether work was refused because another request under its key was faster."""
    return duplicate.collection == ANSWERS


async def find_answer(store: Store, request: IdempotentRequest, *, now: datetime) -> Answer | None:
    """Return what was answered under this key, if it was used within the last day."""
    document = await store[ANSWERS].find_one({"_id": request.id})
    if document is None:
        return None
    if document["expires_at"] <= now:
        # The server itself removes it within a minute or so, and its place is wanted now.
        await store[ANSWERS].delete_one({"_id": request.id, "expires_at": {"$lte": now}})
        return None
    return _answer(document)


def _document(answer: Answer) -> Document:
    return {
        "_id": answer.id,
        "fingerprint": answer.fingerprint,
        "result_id": answer.result_id,
        "expires_at": answer.expires_at,
    }


def _answer(document: Document) -> Answer:
    return Answer(
        id=document["_id"],
        fingerprint=document["fingerprint"],
        result_id=document["result_id"],
        expires_at=document["expires_at"],
    )
