"""Work orders for the collection worker: taking one, what it needs to see, closing it with its answer.

An order is carried out by whoever holds its lease. The lease is kept in the record, where the relay
and every worker see it: a stream entry may come twice, a provider is asked by one at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ciclo.domain.customer import Customer
from ciclo.domain.events import Event, EventType, answer_key, charge_key
from ciclo.domain.ids import CustomerId, EventId, InvoiceId, PaymentId, SubscriptionId
from ciclo.domain.invoice import Invoice
from ciclo.domain.payment import Payment
from ciclo.domain.subscription import Subscription
from ciclo.store.client import Document, Store
from ciclo.store.commit import REPUBLISH_AFTER, Contention
from ciclo.store.customers import find_customers
from ciclo.store.events import KNOWN, new_document
from ciclo.store.invoices import find_invoices
from ciclo.store.payments import find_payments
from ciclo.store.subscriptions import find_subscriptions
from ciclo.store.transaction import Session, run_transaction
from ciclo.store.write import insert, update

STARTS: Final = "starts"
"""How often an order was taken: from the second time on, a provider may have been asked already."""


async def take_orders(
    store: Store, order_ids: Sequence[EventId], *, holder: str, now: datetime, until: datetime
) -> list[Document]:
    """Take those of *order_ids* that wait and that nobody holds; return their documents.

    They are *holder*'s until the instant *until*, which `renew_orders` moves; then anybody's again. The
    relay leaves them alone as long. One that only a newer release knows is left to its workers.
    """
    free = {"$or": [{"held_until": None}, {"held_until": {"$lte": now}}]}
    waiting = {"_id": {"$in": list(order_ids)}, "processed": False, "dead": False}
    await store["events"].update_many(
        {"$and": [waiting, free, KNOWN]},
        {"$set": {"held_by": holder, "held_until": until, "next_publish_at": until}, "$inc": {STARTS: 1}},
    )
    return await store["events"].find(waiting | {"held_by": holder}).to_list(None)


async def renew_orders(store: Store, order_ids: Sequence[EventId], *, holder: str, until: datetime) -> None:
    """Hold orders that are in work still until a later instant."""
    await store["events"].update_many(
        {"_id": {"$in": list(order_ids)}, "processed": False, "held_by": holder},
        {"$set": {"held_until": until, "next_publish_at": until}},
    )


async def release_orders(store: Store, order_ids: Sequence[EventId], *, holder: str, now: datetime) -> None:
    """Give back what was not closed: whoever is told of it next may take it."""
    await store["events"].update_many(
        {"_id": {"$in": list(order_ids)}, "processed": False, "held_by": holder},
        {"$set": {"held_by": None, "held_until": now}},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The documents that a batch of orders is about."""

    subscriptions: dict[SubscriptionId, Subscription]
    customers: dict[CustomerId, Customer]
    invoices: dict[InvoiceId, Invoice]
    payments: dict[PaymentId, Payment]


async def load_files(store: Store, orders: Sequence[Event]) -> Files:
    """Return what *orders* are about, with one query a collection."""
    subscriptions = await find_subscriptions(store, {order.subscription_id for order in orders})
    named: dict[str, set[str]] = {
        name: {getattr(order.payload, name) for order in orders if hasattr(order.payload, name)}
        for name in ("invoice_id", "payment_id")
    }
    return Files(
        subscriptions=subscriptions,
        customers=await find_customers(store, {one.customer_id for one in subscriptions.values()}),
        invoices=await find_invoices(store, named["invoice_id"]),
        payments=await find_payments(store, named["payment_id"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An order that is done, what it came to, and the facts that it brought."""

    order_id: EventId
    outcome: str
    facts: Sequence[Event] = ()


async def close_orders(store: Store, answered: Sequence[Answered], *, now: datetime) -> None:
    """Mark orders done and record their facts, all or nothing.

    Raises:
        Contention: one of them was closed meanwhile; nothing was written.
    """
    if not answered:
        return
    statements = [
        {
            "q": {"_id": one.order_id, "processed": False},
            "u": {"$set": {"processed": True, "processed_at": now, "outcome": one.outcome}},
        }
        for one in answered
    ]
    facts = [
        new_document(fact, recorded_at=now, next_publish_at=now + REPUBLISH_AFTER)
        for one in answered
        for fact in one.facts
    ]

    async def body(session: Session) -> None:
        await update(store, "events", statements, session, missing=Contention)
        await insert(store, "events", facts, session)

    await run_transaction(store, body)


async def put_off(store: Store, order_id: EventId, *, until: datetime, why: str) -> None:
    """Let an order rest until an instant; the relay then publishes it again.

    Nobody holds it meanwhile: a renewal of what is still in work would end its rest.
    """
    await store["events"].update_one(
        {"_id": order_id, "processed": False},
        {
            "$set": {"next_publish_at": until, "last_error": why, "held_by": None, "held_until": None},
            "$inc": {"pubs": 1},
        },
    )


async def was_declined(store: Store, payment: Payment) -> bool:
    """Return whether the provider's own answer to the latest charge of *payment* was that it failed."""
    order = await store["events"].find_one(
        {"dedupe_key": charge_key(payment.id, payment.attempts)}, {"_id": 1}
    )
    if order is None:
        return False
    answer = await store["events"].find_one({"dedupe_key": answer_key(order["_id"])}, {"type": 1})
    return answer is not None and answer["type"] == EventType.PAYMENT_FAILED
