"""Work orders for the collection worker: what one needs to see, closing it with its answer, letting it rest.

An order is carried out by whoever holds it in its record (`outbox`): a stream entry may come twice, a
provider is asked by one at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ciclo import tracing
from ciclo.domain.customer import Customer
from ciclo.domain.events.event import Event, WorkOrder, answer_key, charge_key
from ciclo.domain.events.event_type import EventType
from ciclo.domain.ids import CustomerId, EventId, InvoiceId, PaymentId, SubscriptionId
from ciclo.domain.invoice import Invoice
from ciclo.domain.payment import Payment
from ciclo.domain.subscription import Subscription
from ciclo.store.customers import find_customers
from ciclo.store.events.leases import ANSWERED, STARTS
from ciclo.store.events.records import Unreadable, new_document, read_each, to_order
from ciclo.store.invoices import find_invoices
from ciclo.store.ledger.commit import REPUBLISH_AFTER
from ciclo.store.mongo.bulk_write import insert, update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.transaction import Session, run_transaction
from ciclo.store.payments import find_payments
from ciclo.store.subscriptions import find_subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOrder:
    """An order in work: how often it was announced again, and whether an earlier worker had begun it."""

    event: WorkOrder
    announcements: int
    was_begun: bool
    recorded_at: datetime
    trace: str | None = None
    """The context that it belongs to."""


async def find_held(store: Store, order_ids: Sequence[EventId]) -> tuple[list[HeldOrder], list[Unreadable]]:
    """Return those of *order_ids* that are held, and which can't be read; one that was put off rests."""
    query = {"_id": {"$in": list(order_ids)}, "processed": False, "dead": False, "held_by": {"$ne": None}}
    return read_each(await store["events"].find(query).to_list(None), _held_order)


def _held_order(document: Document) -> HeldOrder:
    return HeldOrder(
        event=to_order(document),
        announcements=document["pubs"],
        was_begun=document[STARTS] > 1,
        recorded_at=document["recorded_at"],
        trace=document.get(tracing.FIELD),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderContext:
    """The documents that a batch of orders is about."""

    subscriptions: dict[SubscriptionId, Subscription]
    customers: dict[CustomerId, Customer]
    invoices: dict[InvoiceId, Invoice]
    payments: dict[PaymentId, Payment]


async def load_order_context(store: Store, orders: Sequence[WorkOrder]) -> OrderContext:
    """Return what *orders* are about, with one query a collection."""
    subscriptions = await find_subscriptions(store, {order.subscription_id for order in orders})
    named: dict[str, set[str]] = {
        name: {getattr(order.payload, name) for order in orders if hasattr(order.payload, name)}
        for name in ("invoice_id", "payment_id", "customer_id")
    }
    return OrderContext(
        subscriptions=subscriptions,
        # Whom an order names: since then the subscription may have become another customer's.
        customers=await find_customers(
            store, named["customer_id"] | {one.customer_id for one in subscriptions.values()}
        ),
        invoices=await find_invoices(store, named["invoice_id"]),
        payments=await find_payments(store, named["payment_id"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderResult:
    """An order that is done, what it came to, and the facts that it brought."""

    order_id: EventId
    outcome: str
    facts: Sequence[Event] = ()
    trace: str | None = None
    """The context of what was done."""


async def close_orders(store: Store, answered: Sequence[OrderResult], *, now: datetime) -> None:
    """Mark orders done and record their facts, all or nothing.

    Raises:
        Contention: one of them was closed meanwhile; nothing was written.
    """
    if not answered:
        return
    statements = [
        {
            "q": {"_id": result.order_id, "processed": False},
            "u": {"$set": {"processed": True, "processed_at": now, "outcome": result.outcome}},
        }
        for result in answered
    ]
    facts = [
        new_document(fact, recorded_at=now, next_publish_at=now + REPUBLISH_AFTER, trace=result.trace)
        for result in answered
        for fact in result.facts
    ]

    async def body(session: Session) -> None:
        await update(store, "events", statements, session, missing=Contention)
        await insert(store, "events", facts, session)

    await run_transaction(store, body)


async def postpone_order(store: Store, order_id: EventId, *, until: datetime, why: str) -> None:
    """Let an order rest until an instant; the relay then publishes it again.

    Nobody holds it meanwhile: a renewal of what is still in work would end its rest.
    """
    await store["events"].update_one(
        {"_id": order_id, "processed": False},
        {
            "$set": {"next_publish_at": until, "last_error": why, **ANSWERED},
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
