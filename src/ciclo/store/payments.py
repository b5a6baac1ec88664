"""Payments: reading them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from ciclo.domain.ids import CustomerId, InvoiceId, PaymentId
from ciclo.domain.payment import MethodKind, Payment, PaymentStatus, RefundStatus
from ciclo.store.codec import decode
from ciclo.store.invoices import within
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.paging import Page, PageKey, SortOrder, fetch_page, first_pages
from ciclo.store.subscriptions import owner_condition

NEWEST_FIRST: Final = SortOrder(field="created_at")


async def find_payment(store: Store, payment_id: str, *, owner: CustomerId | None) -> Payment | None:
    """Return a payment; with an *owner*, only if it is theirs."""
    document = await store["payments"].find_one({"_id": payment_id, **owner_condition(owner)})
    return decode(document, Payment) if document else None


async def find_payment_by_reference(store: Store, reference: str) -> Payment | None:
    """Return the payment that a provider knows by *reference*."""
    # Said to be a text, although it is compared with one: without it the index of references is not used.
    document = await store["payments"].find_one({"provider_reference": {"$type": "string", "$eq": reference}})
    return decode(document, Payment) if document else None


async def find_payments(store: Store, payment_ids: Iterable[str]) -> dict[PaymentId, Payment]:
    """Return many payments by id."""
    found = await store["payments"].find({"_id": {"$in": list(payment_ids)}}).to_list(None)
    payments = [decode(document, Payment) for document in found]
    return {payment.id: payment for payment in payments}


async def payments_of_invoices(store: Store, invoice_ids: Iterable[str]) -> dict[InvoiceId, list[Payment]]:
    """Return the payments of many invoices, oldest first."""
    cursor = store["payments"].find({"invoice_id": {"$in": list(invoice_ids)}})
    payments: dict[InvoiceId, list[Payment]] = defaultdict(list)
    async for document in cursor:
        payment = decode(document, Payment)
        payments[payment.invoice_id].append(payment)
    for tries in payments.values():
        tries.sort(key=lambda payment: (payment.created_at, payment.id))
    return payments


async def payments_of_subscription(store: Store, subscription_id: str) -> list[Payment]:
    """Return all payments of a subscription, by id."""
    found = await store["payments"].find({"subscription_id": subscription_id}).sort("_id", 1).to_list(None)
    return [decode(document, Payment) for document in found]


async def list_payments(
    store: Store, query: Document, *, order: SortOrder, after: PageKey | None, size: int
) -> Page[Payment]:
    """Return a page of payments that match *query* (made by `payment_query`)."""
    return await fetch_page(
        store,
        "payments",
        query,
        order=order,
        after=after,
        size=size,
        read=lambda document: decode(document, Payment),
    )


async def first_payments(
    store: Store, subscription_ids: Iterable[str], *, size: int
) -> dict[str, Page[Payment]]:
    """Return the newest payments of each of many subscriptions."""
    return await first_pages(
        store,
        "payments",
        group_by="subscription_id",
        ids=subscription_ids,
        order=NEWEST_FIRST,
        size=size,
        read=lambda document: decode(document, Payment),
    )


def payment_query(
    *,
    owner: CustomerId | None,
    status: PaymentStatus | None = None,
    method: MethodKind | None = None,
    subscription_id: str | None = None,
    created_from: datetime | None = None,
    created_before: datetime | None = None,
) -> Document:
    """Return the query of a list of payments."""
    query: Document = owner_condition(owner)
    if status is not None:
        query["status"] = status.value
    if method is not None:
        query["method.kind"] = method.value
    if subscription_id is not None:
        query["subscription_id"] = subscription_id
    if window := within(created_from, created_before):
        query["created_at"] = window
    return query


def late_refund_query(asked_before: datetime) -> Document:
    """Return the query of the payments with a refund under way that was asked for before an instant."""
    return {
        "refunds.status": RefundStatus.PENDING.value,
        "refunds": {
            "$elemMatch": {"status": RefundStatus.PENDING.value, "created_at": {"$lt": asked_before}}
        },
    }


async def find_payments_of_customer(
    store: Store, customer_id: CustomerId, *, currency: str, payments_max: int
) -> list[Payment]:
    """Return what a customer paid in one currency, the newest first, *payments_max* at most."""
    query = {"customer_id": customer_id, "currency": currency, "completed_at": {"$type": "date"}}
    cursor = store["payments"].find(query).sort([("created_at", -1), ("_id", -1)]).limit(payments_max)
    return [decode(document, Payment) async for document in cursor]


async def in_flight_since(store: Store, instant: datetime, *, invoices_max: int) -> list[Payment]:
    """Return payments of open invoices that wait for an answer since before *instant*, for reconciliation."""
    query = {"status": "PENDING", "issued_at": {"$lt": instant}}
    cursor = store["invoices"].find(query, {"_id": 1}).hint("open").limit(invoices_max)
    by_invoice = await payments_of_invoices(store, [document["_id"] async for document in cursor])
    payments = [payment for tries in by_invoice.values() for payment in tries]
    return [one for one in payments if one.in_flight and one.created_at < instant]
