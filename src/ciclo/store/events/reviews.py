"""Reviews in the record of events: each is closed once, by a person or because its cause is gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ciclo.domain.batch import AppliedEvent
from ciclo.domain.ids import EventId, InvoiceId, SubscriptionId
from ciclo.domain.lifecycle.payments.reviews import EndedCause, ReviewDecision, find_ended
from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.codec import encode
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.mongo.bulk_write import update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transaction import Session, run_transaction

OPEN: Final[Document] = {"review": {"$type": "string"}, "resolution.at": None}
"""The condition on events that a person has to look at still."""

CLOSED: Final[Document] = {"review": {"$type": "string"}, "resolution.at": {"$type": "date"}}


COUNT_MAX: Final = 10_000
"""Open reviews are counted up to here."""


async def count_open_reviews(store: Store) -> int:
    """Return how many events a person has to look at still."""
    return int(await store["events"].count_documents(OPEN, hint="review_resolution", limit=COUNT_MAX))


async def read_resolutions(store: Store, ids: Sequence[str]) -> dict[str, Document]:
    """Return how the reviews of some events were closed, by the events' ids."""
    query = {"_id": {"$in": list(ids)}, "resolution": {"$type": "object"}}
    return {
        event["_id"]: event["resolution"] async for event in store["events"].find(query, {"resolution": 1})
    }


class ReviewTaken(Exception):
    """Somebody else closed the review first. Nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """How a review was closed: what was decided, by whom, when (wall time), and what it led to."""

    decision: ReviewDecision
    by: str
    at: datetime
    reason: str | None = None
    subscription_id: SubscriptionId | None = None
    invoice_id: InvoiceId | None = None
    event_id: EventId | None = None
    """The event that the decision is carried out by, or that ended the cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewClosing:
    """A person's decision about one review."""

    review_id: EventId
    resolution: Resolution
    operation: Operation | None = None


async def close_review(store: Store, closing: ReviewClosing, answer: Answer | None) -> None:
    """Close a review by a decision that changes no account.

    Raises:
        ReviewTaken: it is closed already.
        DuplicateKey: the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        await write_closing(store, closing, session)

    await run_transaction(store, body)


async def write_closing(store: Store, closing: ReviewClosing | None, session: Session) -> None:
    """Write a person's decision in the transaction that carries it out.

    Raises:
        ReviewTaken: the review is closed already.
    """
    if closing is not None:
        statement = {"q": {"_id": closing.review_id, **OPEN}, "u": _closed(closing.resolution)}
        await update(store, "events", [statement], session, missing=ReviewTaken)
        await append_operation(store, closing.operation, session)


async def close_ended(
    store: Store, entries: Sequence[AppliedEvent], *, now: datetime, session: Session
) -> None:
    """Close the reviews whose causes *entries* ended."""
    statements = [
        {"q": _about(cause, entry), "u": _closed(_by_itself(entry, now=now)), "multi": True}
        for entry in entries
        for cause in find_ended(entry.before, entry.decision.account)
    ]
    await update(store, "events", statements, session)


def _about(cause: EndedCause, entry: AppliedEvent) -> Document:
    """Return the query of the open reviews of *cause*, but for the one of the event that ended it."""
    query: Document = {
        **OPEN,
        "review": {"$type": "string", "$eq": cause.review.value},
        "_id": {"$ne": entry.event.id},
        "subscription_id": entry.event.subscription_id,
        "data.payment_id": cause.payment_id,
    }
    if cause.refund_id is not None:
        query["data.refund_id"] = cause.refund_id
    if cause.dispute_id is not None:
        query["data.dispute_id"] = cause.dispute_id
    return query


def _by_itself(entry: AppliedEvent, *, now: datetime) -> Resolution:
    return Resolution(
        decision=ReviewDecision.CAUSE_GONE,
        by=f"event:{entry.event.id}",
        at=now,
        subscription_id=entry.event.subscription_id,
        event_id=entry.event.id,
    )


def _closed(resolution: Resolution) -> Document:
    return {"$set": {"resolution": encode(resolution)}}
