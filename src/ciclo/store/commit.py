"""The one way in which billing state is written: events, their effects and what follows, in one transaction.

All or nothing. Every subscription is guarded by its version, every event by being unprocessed, every
balance by its own version: whoever came second writes nothing and starts again from what is there.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from ciclo.domain.account import Account
from ciclo.domain.books import Entry
from ciclo.domain.events import WorkOrder
from ciclo.domain.ids import CustomerId, SubscriptionId
from ciclo.domain.invoice import CreditNote, Invoice
from ciclo.domain.payment import Payment
from ciclo.domain.subscription import Subscription
from ciclo.store.accounts import Loaded
from ciclo.store.client import Document, Store
from ciclo.store.codec import encode, encode_part
from ciclo.store.counts import count_changes, count_statements
from ciclo.store.events import new_document
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.numbering import CREDIT_NOTE_SERIES, INVOICE_SERIES, reserve
from ciclo.store.transaction import Session, run_transaction
from ciclo.store.write import insert, update

REPUBLISH_AFTER: Final = timedelta(seconds=3)
"""How long the relay leaves a new event alone: it is published right after the commit."""


class Contention(Exception):
    """Somebody else changed the same documents first. Nothing was written; load again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Entries to write together. `recorded`: their events are stored already and wait to be processed."""

    entries: Sequence[Entry]
    loaded: Loaded
    recorded: bool
    policy_id: str
    now: datetime
    """The wall clock, for bookkeeping only."""
    answer: Answer | None = None
    """The answer to the request's idempotency key, if it bears one."""

    def follow_ups(self) -> list[WorkOrder]:
        """Return the orders that the batch leaves to be done, in turn."""
        return [event for entry in self.entries for event in entry.decision.follow_ups]


async def commit(store: Store, batch: Batch) -> None:
    """Write *batch*, surely or not at all.

    Raises:
        Contention: an event was processed, or a subscription or balance changed, since the load.
        Duplicate: a unique key is taken (an invoice of that period, a live subscription to that plan).
        PyMongoError: MongoDB could not do it before the deadline; try again.
    """
    changes = _Changes(batch)

    async def body(session: Session) -> None:
        await add_answer(store, batch.answer, session)
        numbers = await _numbers(store, changes, session)
        await _write_events(store, batch, session)
        await update(store, "subscriptions", changes.subscriptions(), session, missing=Contention)
        await _write_documents(store, changes, numbers, session)
        await _write_balances(store, changes, session)
        follow_ups = [
            new_document(event, recorded_at=batch.now, next_publish_at=batch.now + REPUBLISH_AFTER)
            for event in batch.follow_ups()
        ]
        await insert(store, "events", follow_ups, session)
        await insert(store, "movements", changes.movements(), session)
        await update(store, "plan_counts", count_statements(count_changes(batch.entries)), session)

    await run_transaction(store, body)


class _Changes:
    """What a batch changes, found by comparing each account's last state with the one that was loaded."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.before: dict[SubscriptionId, Account] = {}
        self.after: dict[SubscriptionId, Account] = {}
        for entry in batch.entries:
            self.before.setdefault(entry.event.subscription_id, entry.before)
            self.after[entry.event.subscription_id] = entry.decision.account
        self.new_invoices = [
            invoice
            for id_, after in self.after.items()
            for invoice in after.invoices.values()
            if invoice.id not in self.before[id_].invoices
        ]
        self.new_invoices.sort(key=lambda invoice: (invoice.issued_at, invoice.id))
        self.credit_notes: list[CreditNote] = [
            note for after in self.after.values() for note in after.credit_notes
        ]

    def subscriptions(self) -> list[Document]:
        """Return the guarded updates of all subscriptions; each has at least a new version."""
        return [
            {
                "q": {"_id": id_, "version": self.before[id_].subscription.version},
                "u": _difference(self.before[id_].subscription, after.subscription),
            }
            for id_, after in self.after.items()
        ]

    def changed_invoices(self) -> list[Document]:
        """Return the updates of the invoices that were there and changed."""
        return [
            {"q": {"_id": invoice.id}, "u": _difference(was, invoice)}
            for id_, after in self.after.items()
            for invoice in after.invoices.values()
            if (was := self.before[id_].invoices.get(invoice.id)) is not None and was is not invoice
        ]

    def payments(self) -> tuple[list[Document], list[Document]]:
        """Return the new payments, and the updates of those that changed."""
        new, changed = [], []
        for id_, after in self.after.items():
            before = self.before[id_].payments
            for payment in after.payments.values():
                was = before.get(payment.id)
                if was is None:
                    new.append(encode(payment))
                elif was is not payment:
                    changed.append({"q": {"_id": payment.id}, "u": _difference(was, payment)})
        return new, changed

    def movements(self) -> list[Document]:
        """Return how MRR moved, one document an event at most."""
        return [
            {"_id": entry.event.id, **encode(entry.decision.movement)}
            for entry in self.batch.entries
            if entry.decision.movement is not None
        ]

    def credit_entries(self) -> list[Document]:
        """Return the lines of the customers' balances."""
        return [
            {
                "_id": entry.event.id,
                "customer_id": entry.before.subscription.customer_id,
                "subscription_id": entry.event.subscription_id,
                "currency": entry.before.subscription.terms.currency,
                "amount": entry.credit_change,
                "occurred_at": entry.event.occurred_at,
            }
            for entry in self.batch.entries
            if entry.credit_change
        ]


Stored = TypeVar("Stored", Subscription, Invoice, Payment)

_NAMES: Final[dict[type, tuple[str, ...]]] = {
    kind: tuple(one.name for one in fields(kind) if one.name != "id")
    for kind in (Subscription, Invoice, Payment)
}


def _difference(before: Stored, after: Stored) -> Document:
    """Return the update that makes the document of *before* that of *after*.

    It sets only what changed, because a replacement makes MongoDB work on every index of the collection.
    Values are immutable, so a field that still holds the same object is as it was.
    """
    changed = {
        name: encode_part(value)
        for name in _NAMES[type(after)]
        if (value := getattr(after, name)) is not getattr(before, name)
    }
    return {"$set": changed}


async def _numbers(store: Store, changes: _Changes, session: Session) -> dict[str, str]:
    """Give numbers to what is issued: first in the transaction, so that a second one waits at the counter."""
    invoices: Sequence[Invoice | CreditNote] = changes.new_invoices
    numbers = await reserve(store, INVOICE_SERIES, [one.id for one in invoices], session)
    return numbers | await reserve(
        store, CREDIT_NOTE_SERIES, [one.id for one in changes.credit_notes], session
    )


async def _write_events(store: Store, batch: Batch, session: Session) -> None:
    results = [(entry, _result(entry, batch)) for entry in batch.entries]
    if batch.recorded:
        statements = [
            {"q": {"_id": entry.event.id, "processed": False}, "u": {"$set": result}}
            for entry, result in results
        ]
        await update(store, "events", statements, session, missing=Contention)
        return
    documents = [
        new_document(entry.event, recorded_at=batch.now, next_publish_at=batch.now) | result
        for entry, result in results
    ]
    await insert(store, "events", documents, session)


def _result(entry: Entry, batch: Batch) -> Document:
    """Return what an event's record says of its processing: enough to replay it."""
    return {
        "processed": True,
        "processed_at": batch.now,
        "seq": entry.decision.account.subscription.version,
        "outcome": entry.decision.outcome.value,
        "review": entry.decision.review.value if entry.decision.review else None,
        "policy_id": batch.policy_id,
        "credit_before": entry.credit_before,
    }


async def _write_documents(
    store: Store, changes: _Changes, numbers: dict[str, str], session: Session
) -> None:
    invoices = [encode(replace(one, number=numbers[one.id])) for one in changes.new_invoices]
    await insert(store, "invoices", invoices, session)
    await update(store, "invoices", changes.changed_invoices(), session, missing=Contention)
    new_payments, changed_payments = changes.payments()
    await insert(store, "payments", new_payments, session)
    await update(store, "payments", changed_payments, session, missing=Contention)
    notes = [encode(replace(one, number=numbers[one.id])) for one in changes.credit_notes]
    await insert(store, "credit_notes", notes, session)


async def _write_balances(store: Store, changes: _Changes, session: Session) -> None:
    entries = changes.credit_entries()
    amounts: dict[CustomerId, Counter[str]] = defaultdict(Counter)
    for entry in entries:
        amounts[entry["customer_id"]][f"credit.{entry['currency']}"] += entry["amount"]
    statements = [
        {
            "q": {"_id": customer_id, "credit_version": changes.batch.loaded.credit_versions[customer_id]},
            "u": {"$inc": {**change, "credit_version": 1}},
        }
        for customer_id, change in amounts.items()
    ]
    await update(store, "customers", statements, session, missing=Contention)
    await insert(store, "credit_entries", entries, session)
