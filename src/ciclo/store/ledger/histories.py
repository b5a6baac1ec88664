"""The whole ledger, a few subscriptions at a time, for those who replay it."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from ciclo.domain.account import Account
from ciclo.domain.events.commands import SubscriptionCreated
from ciclo.domain.events.event import WORK_ORDERS, Event, answer_key
from ciclo.domain.events.event_type import EventType
from ciclo.domain.ids import (
    CreditNoteId,
    CustomerId,
    EventId,
    InvoiceId,
    PaymentId,
    RefundId,
    SubscriptionId,
)
from ciclo.domain.invoice import CreditNote, Invoice
from ciclo.domain.metrics import Movement
from ciclo.domain.payment import Payment
from ciclo.domain.payments.grant import Grant
from ciclo.domain.subscription import Subscription
from ciclo.store.codec import decode
from ciclo.store.customer_merge import find_merged_into
from ciclo.store.events.records import to_event
from ciclo.store.ledger.chain import FIRST_RULES, Head, read_head
from ciclo.store.mongo.client import Document, Store

BATCH_MAX: Final = 200
"""Subscriptions that are in memory at a time, with all that belongs to them."""

Value = TypeVar("Value")


class UnreadableDocument(Exception):
    """A document is not of its form any more: it was altered by something that is not Ciclo."""

    def __init__(self, document: str) -> None:
        super().__init__(f"{document} can't be read: it is not of its form")
        self.document = document


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPosting:
    """An applied event as it is recorded: what is needed to apply it again, and to check its link."""

    id: EventId
    seq: int
    rules: int
    policy_id: str
    credit_before: int
    grants_before: tuple[Grant, ...]
    outcome: str
    review: str | None
    record: Document

    @property
    def event(self) -> Event:
        """Return the event itself.

        Raises:
            Unreadable: the record does not hold one.
        """
        return _event(self.record)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedOrder:
    """A work order as it is recorded, and whether there is an answer to it. `recorded_at` is wall time."""

    id: EventId
    type: EventType
    recorded_at: datetime
    processed: bool
    outcome: str | None
    is_answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionHistory:
    """Everything that is stored of one subscription. `created` is None if its first event is missing."""

    subscription: Subscription
    created: Event | None
    posted: list[RecordedPosting]
    invoices: dict[InvoiceId, Invoice]
    payments: dict[PaymentId, Payment]
    credit_notes: dict[CreditNoteId, CreditNote]
    movements: dict[EventId, Movement]
    credit_entries: dict[EventId, int]
    orders: list[RecordedOrder]
    refunds_asked: dict[RefundId, datetime]
    """When each refund was asked for, by the wall clock."""
    records: dict[EventId, Document]
    """The records of all events, applied or not."""
    head: Head | None
    checkpoints: dict[EventId, list[Document]]
    """The documents of every checkpoint, by the event that it stands before."""


def checkpoint_account(documents: Iterable[Document]) -> Account:
    """Return the account that a checkpoint holds.

    Raises:
        Unreadable: one of *documents* does not hold what it should, or the subscription's is missing.
    """
    documents = list(documents)
    by_kind: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        by_kind[document["kind"]].append(document["document"])
    if len(by_kind["subscriptions"]) != 1:
        raise UnreadableDocument(documents[0]["_id"])
    return Account(
        subscription=_read(by_kind["subscriptions"][0], Subscription),
        invoices={one["_id"]: _read(one, Invoice) for one in by_kind["invoices"]},
        payments={one["_id"]: _read(one, Payment) for one in by_kind["payments"]},
        credit_notes=tuple(_read(one, CreditNote) for one in by_kind["credit_notes"]),
    )


async def scan_histories(store: Store) -> AsyncIterator[list[SubscriptionHistory]]:
    """Yield all subscriptions with what belongs to them, in batches, in the order of their ids.

    Raises:
        Unreadable: a document does not hold what it should.
    """
    after = ""
    while batch := await histories_after(store, after, size=BATCH_MAX):
        after = batch[-1].subscription.id
        yield batch


async def histories_after(store: Store, after: str, *, size: int) -> list[SubscriptionHistory]:
    """Return the histories of up to *size* subscriptions whose ids follow *after*.

    Raises:
        Unreadable: a document does not hold what it should.
    """
    query = {"_id": {"$gt": after}}
    documents = await store["subscriptions"].find(query).sort("_id", 1).limit(size).to_list(None)
    return await _histories(store, documents)


async def find_history(store: Store, subscription_id: SubscriptionId) -> SubscriptionHistory:
    """Return what is stored of one subscription, which is there.

    Raises:
        Unreadable: a document does not hold what it should.
    """
    document = await store["subscriptions"].find_one({"_id": subscription_id})
    if document is None:
        raise UnreadableDocument(subscription_id)
    [history] = await _histories(store, [document])
    return history


async def _histories(store: Store, documents: list[Document]) -> list[SubscriptionHistory]:
    heads = {one["_id"]: read_head(one) for one in documents}
    subscriptions = [_read(one, Subscription) for one in documents]
    ids = [subscription.id for subscription in subscriptions]
    events = await _grouped(store, "events", ids)
    checkpoints = await _grouped(store, "checkpoints", ids)
    invoices = await _grouped(store, "invoices", ids)
    payments = await _grouped(store, "payments", ids)
    # What these three have an index for; reading them by subscription would read all of them each time.
    customers = {"customer_id": {"$in": await _owners(store, subscriptions)}}
    currencies = {"currency": {"$in": [subscription.terms.currency for subscription in subscriptions]}}
    billed = [document["_id"] for documents in invoices.values() for document in documents]
    movements = await _grouped(store, "movements", ids, **currencies, **customers)
    entries = await _grouped(store, "credit_entries", ids, **customers)
    notes = await _grouped(store, "credit_notes", ids, invoice_id={"$in": billed})
    return [
        SubscriptionHistory(
            subscription=subscription,
            created=_created(events[subscription.id]),
            posted=_posted(events[subscription.id]),
            invoices={document["_id"]: _read(document, Invoice) for document in invoices[subscription.id]},
            payments={document["_id"]: _read(document, Payment) for document in payments[subscription.id]},
            credit_notes={
                document["_id"]: _read(document, CreditNote) for document in notes[subscription.id]
            },
            movements={document["_id"]: _read(document, Movement) for document in movements[subscription.id]},
            credit_entries={document["_id"]: document["amount"] for document in entries[subscription.id]},
            orders=_orders(events[subscription.id]),
            refunds_asked={
                RefundId(document["data"]["refund_id"]): document["recorded_at"]
                for document in events[subscription.id]
                if document["type"] == EventType.REFUND_CREATED
            },
            records={document["_id"]: document for document in events[subscription.id]},
            head=heads[subscription.id],
            checkpoints=_by_event(checkpoints[subscription.id]),
        )
        for subscription in subscriptions
    ]


async def _owners(store: Store, subscriptions: Iterable[Subscription]) -> list[CustomerId]:
    """Return whose *subscriptions* are, and were: what is of before a merge bears the earlier id."""
    owners = {subscription.customer_id for subscription in subscriptions}
    return [*owners, *await find_merged_into(store, owners)]


async def _grouped(
    store: Store, collection: str, ids: list[SubscriptionId], **narrower: Document
) -> dict[SubscriptionId, list[Document]]:
    grouped: dict[SubscriptionId, list[Document]] = defaultdict(list)
    async for document in store[collection].find({"subscription_id": {"$in": ids}, **narrower}):
        grouped[document["subscription_id"]].append(document)
    return grouped


def _created(documents: Iterable[Document]) -> Event | None:
    for document in documents:
        if document["type"] == "subscription_created":
            event = _event(document)
            return event if isinstance(event.payload, SubscriptionCreated) else None
    return None


def _posted(documents: Iterable[Document]) -> list[RecordedPosting]:
    posted = [
        RecordedPosting(
            id=document["_id"],
            seq=document["seq"],
            rules=document.get("rules", FIRST_RULES),
            policy_id=document["policy_id"],
            credit_before=document["credit_before"],
            grants_before=tuple(decode(one, Grant) for one in document.get("grants_before") or ()),
            outcome=document["outcome"],
            review=document["review"],
            record=document,
        )
        for document in documents
        if document["seq"] is not None
    ]
    return sorted(posted, key=lambda event: event.seq)


def _by_event(checkpoints: Iterable[Document]) -> dict[EventId, list[Document]]:
    by_event: dict[EventId, list[Document]] = defaultdict(list)
    for document in checkpoints:
        by_event[document["event_id"]].append(document)
    return by_event


def _orders(documents: Iterable[Document]) -> list[RecordedOrder]:
    keys = {document["dedupe_key"] for document in documents}
    return [
        RecordedOrder(
            id=document["_id"],
            type=EventType(document["type"]),
            recorded_at=document["recorded_at"],
            processed=document["processed"],
            outcome=document["outcome"],
            is_answered=answer_key(document["_id"]) in keys,
        )
        for document in documents
        if document["type"] in WORK_ORDERS
    ]


def _read(document: Document, kind: type[Value]) -> Value:
    try:
        return decode(document, kind)
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableDocument(document["_id"]) from error


def _event(document: Document) -> Event:
    try:
        return to_event(document)
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableDocument(document["_id"]) from error
