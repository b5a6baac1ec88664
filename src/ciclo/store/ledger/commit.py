"""The one way in which billing state is written: events, their effects and what follows, in one transaction.

All or nothing. Every subscription is guarded by its version, every event by being unprocessed, every
balance by its own version: whoever came second writes nothing and starts again from what is there.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from ciclo import tracing
from ciclo.domain.batch import AppliedEvent
from ciclo.domain.entitlements.allowance import gives_otherwise
from ciclo.domain.events.event import WorkOrder
from ciclo.domain.ids import CustomerId, EventId, SubscriptionId
from ciclo.domain.invoice import CreditNote, Invoice
from ciclo.domain.mails.rules import MailRules
from ciclo.store.accounts import LoadedAccounts
from ciclo.store.codec import encode
from ciclo.store.entitlements.allowances import SETS, allowance_statements
from ciclo.store.entitlements.messages import Occasion, entitlement_messages
from ciclo.store.events.records import Records, new_document
from ciclo.store.events.reviews import close_ended
from ciclo.store.ledger.beside import NOTHING, Beside, write_first, write_last
from ciclo.store.ledger.chain import (
    Head,
    checkpoint_digest,
    digest,
    effects_digest,
    link,
    order_digest,
)
from ciclo.store.ledger.changes import Changes
from ciclo.store.ledger.checkpoints import checkpoint_documents, needs_checkpoint
from ciclo.store.ledger.numbering import CREDIT_NOTE_SERIES, INVOICE_SERIES, reserve_numbers
from ciclo.store.ledger.redemptions import release_redemptions
from ciclo.store.links.checkout_links import release_link_uses
from ciclo.store.mails.news import write_news
from ciclo.store.mongo.bulk_write import insert, update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.transaction import Session, run_transaction
from ciclo.store.reports.counts import count_changes, count_statements
from ciclo.store.webhooks.message_documents import message_documents

REPUBLISH_AFTER: Final = timedelta(seconds=3)
"""How long the relay leaves a new event alone: it is published right after the commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Entries to write together. `recorded`: the records of their events, where those are stored already."""

    entries: Sequence[AppliedEvent]
    loaded: LoadedAccounts
    recorded: Records | None
    policy_id: str
    rules: int
    """The version of the rules that decided."""
    now: datetime
    """The wall clock, for bookkeeping only."""
    beside: Beside = NOTHING
    """What is written with them."""
    told_on: date | None = None
    """The seller's date, if somebody is told of it: messages are written too."""
    mailed_by: MailRules | None = None
    """By which rules customers are mailed of it, if they are."""

    def follow_ups(self) -> list[tuple[WorkOrder, str | None]]:
        """Return the orders that the batch leaves to be done, in turn, with the contexts of their events."""
        return [
            (order, (self.recorded or {}).get(entry.event.id, {}).get(tracing.FIELD))
            for entry in self.entries
            for order in entry.decision.follow_ups
        ]


async def commit_batch(store: Store, batch: Batch) -> list[Document]:
    """Write *batch*, surely or not at all; return the messages that were written with it.

    Raises:
        Contention: an event was processed, or a subscription or balance changed, since the load.
        ReviewTaken, ApprovalTaken: the review or the approval that it closes is closed already.
        CouponExhausted: the coupon was redeemed as often as it may be.
        DuplicateKey: a unique key is taken (an invoice of that period, a live subscription to that plan).
        PyMongoError: MongoDB could not do it before the deadline; try again.
    """
    changes = Changes(batch.entries, batch.loaded.addressees)
    follow_ups = {
        order.id: new_document(
            order, recorded_at=batch.now, next_publish_at=batch.now + REPUBLISH_AFTER, trace=trace
        )
        for order, trace in batch.follow_ups()
    }

    allowances = await allowance_statements(store, changes.of_subscriptions())

    async def body(session: Session) -> list[Document]:
        await write_first(store, batch.beside, session)
        checkpoints = await checkpoint_documents(store, _changed_rules(batch), session)
        numbers = await _numbers(store, changes, session)
        sealed = _sealed(batch, changes, follow_ups, numbers=numbers, checkpoints=checkpoints)
        await _write_events(store, batch, sealed, session)
        await close_ended(store, batch.entries, now=batch.now, session=session)
        subscriptions = changes.subscriptions(batch.loaded.heads, sealed.heads)
        await update(store, "subscriptions", subscriptions, session, missing=Contention)
        await _write_documents(store, changes, numbers, session)
        await _write_balances(store, batch, changes, session)
        await insert(store, "events", list(follow_ups.values()), session)
        await insert(store, "movements", changes.movements(), session)
        await insert(store, "checkpoints", [one for made in checkpoints.values() for one in made], session)
        # What may be used is changed by what is paid, in the same instant.
        await update(store, SETS, allowances, session)
        await update(store, "plan_counts", count_statements(count_changes(batch.entries)), session)
        messages = await _messages(store, batch, changes, numbers=numbers, session=session)
        await insert(store, "messages", messages, session)
        addressees = batch.loaded.addressees
        await write_news(store, batch.entries, session, by=batch.mailed_by, to=addressees, now=batch.now)
        await release_redemptions(store, batch.entries, session)
        await release_link_uses(store, batch.entries, session)
        await write_last(store, batch.beside, session)
        return messages

    return await run_transaction(store, body)


async def _messages(
    store: Store, batch: Batch, changes: Changes, *, numbers: Mapping[str, str], session: Session
) -> list[Document]:
    """Return what is told of *batch*: nothing, and at no cost, if there is nobody to tell."""
    if batch.told_on is None:
        return []
    addressees = batch.loaded.addressees
    told = message_documents(batch.entries, numbers=numbers, addressees=addressees, recorded_at=batch.now)
    return told + await entitlement_messages(
        store,
        _occasions(batch, changes),
        addressees=addressees,
        on=batch.told_on,
        now=batch.now,
        session=session,
    )


def _occasions(batch: Batch, changes: Changes) -> dict[CustomerId, Occasion]:
    """Return the last event of each customer whose entitlements may be others than before."""
    changed = {after.id for before, after in changes.of_subscriptions() if gives_otherwise(before, after)}
    return {
        entry.decision.account.subscription.customer_id: Occasion(
            id=entry.event.id, at=entry.event.occurred_at, event_id=entry.event.id
        )
        for entry in batch.entries
        if entry.event.subscription_id in changed
    }


async def _numbers(store: Store, changes: Changes, session: Session) -> dict[str, str]:
    """Give numbers to what is issued: first in the transaction, so that a second one waits at the counter."""
    invoices: Sequence[Invoice | CreditNote] = changes.new_invoices
    numbers = await reserve_numbers(store, INVOICE_SERIES, [invoice.id for invoice in invoices], session)
    return numbers | await reserve_numbers(
        store, CREDIT_NOTE_SERIES, [credit_note.id for credit_note in changes.credit_notes], session
    )


def _changed_rules(batch: Batch) -> dict[SubscriptionId, tuple[EventId, int]]:
    """Return the first event, and its place, of each subscription that needs a checkpoint before it."""
    firsts: dict[SubscriptionId, tuple[EventId, int]] = {}
    for entry in batch.entries:
        firsts.setdefault(
            entry.event.subscription_id, (entry.event.id, entry.before.subscription.version + 1)
        )
    heads = batch.loaded.heads
    return {
        id_: (event_id, seq)
        for id_, (event_id, seq) in firsts.items()
        if needs_checkpoint(heads.get(id_), version=seq - 1, rules=batch.rules)
    }


@dataclass(frozen=True, slots=True)
class _Sealed:
    """The events' records as they will be, what of them is new, and where the chains then end."""

    records: list[Document]
    results: list[Document]
    heads: dict[SubscriptionId, Head]


def _sealed(
    batch: Batch,
    changes: Changes,
    follow_ups: Mapping[EventId, Document],
    *,
    numbers: Mapping[str, str],
    checkpoints: Mapping[EventId, Sequence[Document]],
) -> _Sealed:
    """Link every event to its subscription's chain; an account's last one bears its documents' digests."""
    heads = {id_: head for id_, head in batch.loaded.heads.items() if head is not None}
    last = {entry.event.subscription_id: entry.event.id for entry in batch.entries}
    records, results = [], []
    for entry in batch.entries:
        event = entry.event
        result = _result(entry, batch) | {"documents": _effects(entry, follow_ups)}
        if event.id in checkpoints:
            result["checkpoint"] = checkpoint_digest(checkpoints[event.id])
        if last[event.subscription_id] == event.id:
            written = changes.written(event.subscription_id, numbers)
            result["documents"] |= {document.id: digest(document) for document in written}
        if batch.recorded is None:
            record = new_document(event, recorded_at=batch.now, next_publish_at=batch.now) | result
        else:
            record = batch.recorded[event.id] | result
        previous = heads.get(event.subscription_id)
        result["chain"] = record["chain"] = link(previous.chain if previous else "", record)
        heads[event.subscription_id] = Head(chain=result["chain"], seq=result["seq"], rules=batch.rules)
        records.append(record)
        results.append(result)
    return _Sealed(records, results, heads)


async def _write_events(store: Store, batch: Batch, sealed: _Sealed, session: Session) -> None:
    if batch.recorded is None:
        await insert(store, "events", sealed.records, session)
        return
    statements = [
        {"q": {"_id": entry.event.id, "processed": False}, "u": {"$set": result}}
        for entry, result in zip(batch.entries, sealed.results, strict=True)
    ]
    await update(store, "events", statements, session, missing=Contention)


def _result(entry: AppliedEvent, batch: Batch) -> Document:
    """Return what an event's record says of its processing: enough to replay it, and to check it."""
    decision = entry.decision
    return {
        "processed": True,
        "processed_at": batch.now,
        "seq": decision.account.subscription.version,
        "outcome": decision.outcome.value,
        "review": decision.review.value if decision.review else None,
        "rules": batch.rules,
        "policy_id": batch.policy_id,
        "credit_before": entry.credit_before,
        "grants_before": [encode(grant) for grant in entry.grants_before] or None,
    }


def _effects(entry: AppliedEvent, follow_ups: Mapping[EventId, Document]) -> dict[str, str]:
    """Return the digests of what an event brings about by itself: orders, and what bears its own id."""
    decision = entry.decision
    effects = {str(order.id): order_digest(follow_ups[order.id]) for order in decision.follow_ups}
    if decision.movement is not None or entry.credit_change:
        effects[entry.event.id] = effects_digest(decision.movement, entry.credit_change)
    return effects


async def _write_documents(store: Store, changes: Changes, numbers: dict[str, str], session: Session) -> None:
    invoices = [
        encode(replace(new_invoice, number=numbers[new_invoice.id])) for new_invoice in changes.new_invoices
    ]
    await insert(store, "invoices", invoices, session)
    await update(store, "invoices", changes.changed_invoices(), session, missing=Contention)
    new_payments, changed_payments = changes.payments()
    await insert(store, "payments", new_payments, session)
    await update(store, "payments", changed_payments, session, missing=Contention)
    notes = [
        encode(replace(credit_note, number=numbers[credit_note.id])) for credit_note in changes.credit_notes
    ]
    await insert(store, "credit_notes", notes, session)


async def _write_balances(store: Store, batch: Batch, changes: Changes, session: Session) -> None:
    entries = changes.credit_entries()
    amounts: dict[CustomerId, Counter[str]] = defaultdict(Counter)
    for entry in entries:
        amounts[entry["customer_id"]][f"credit.{entry['currency']}"] += entry["amount"]
    for customer_id, _ in changes.grants():
        amounts[customer_id]["credit_version"] += 0
    statements = [
        {
            "q": {"_id": customer_id, "credit_version": batch.loaded.credit_versions[customer_id]},
            "u": {"$inc": {**change, "credit_version": 1}, **_grants(changes, customer_id)},
        }
        for customer_id, change in amounts.items()
    ]
    await update(store, "customers", statements, session, missing=Contention)
    await insert(store, "credit_entries", entries, session)


def _grants(changes: Changes, customer_id: CustomerId) -> Document:
    """Return what an update sets of a customer's grants, in each currency in which they changed."""
    changed = {
        f"grants.{currency}": [encode(grant) for grant in grants]
        for (owner, currency), grants in changes.grants().items()
        if owner == customer_id
    }
    return {"$set": changed} if changed else {}
