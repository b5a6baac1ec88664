"""Invoices: reading them."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from ciclo.domain.ids import CustomerId, InvoiceId, SubscriptionId
from ciclo.domain.invoice import Invoice, InvoiceStatus
from ciclo.store.codec import decode
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.paging import Page, PageKey, SortKind, SortOrder, fetch_page, first_pages
from ciclo.store.subscriptions import owner_condition

NEWEST_FIRST: Final = SortOrder(field="issued_at")
LONGEST_LATE_FIRST: Final = SortOrder(field="due_on", descending=False, kind=SortKind.DATE)


async def find_invoice(store: Store, invoice_id: str, *, owner: CustomerId | None) -> Invoice | None:
    """Return an invoice; with an *owner*, only if it is theirs."""
    document = await store["invoices"].find_one({"_id": invoice_id, **owner_condition(owner)})
    return decode(document, Invoice) if document else None


async def find_invoices(store: Store, invoice_ids: Iterable[str]) -> dict[InvoiceId, Invoice]:
    """Return many invoices by id."""
    found = await store["invoices"].find({"_id": {"$in": list(invoice_ids)}}).to_list(None)
    invoices = [decode(document, Invoice) for document in found]
    return {invoice.id: invoice for invoice in invoices}


async def find_customer_of_invoice(store: Store, number: str) -> CustomerId | None:
    """Return whose invoice has this number."""
    document = await store["invoices"].find_one({"number": number}, {"customer_id": 1})
    return CustomerId(document["customer_id"]) if document else None


async def find_numbered(store: Store, prefix: str, *, invoices_max: int) -> list[Invoice]:
    """Return the invoices whose numbers begin with *prefix*, the highest first."""
    cursor = store["invoices"].find({"number": {"$regex": f"^{re.escape(prefix)}"}})
    found = await cursor.sort("number", -1).limit(invoices_max).to_list(None)
    return [decode(document, Invoice) for document in found]


async def find_newest_closed(store: Store, subscription_id: str) -> Invoice | None:
    """Return the newest invoice of a subscription that needs no money: it is paid, or was voided."""
    document = await store["invoices"].find_one(
        {"subscription_id": subscription_id, "status": {"$ne": "PENDING"}},
        sort=[("issued_at", -1), ("_id", -1)],
    )
    return decode(document, Invoice) if document else None


async def find_first_invoice(store: Store, subscription_id: SubscriptionId) -> InvoiceId | None:
    """Return the oldest invoice of a subscription."""
    found = await store["invoices"].find_one(
        {"subscription_id": subscription_id}, {"_id": 1}, sort=[("issued_at", 1), ("_id", 1)]
    )
    return InvoiceId(found["_id"]) if found else None


async def find_past_due(
    store: Store, customer_id: CustomerId, *, today: date, but_of: Sequence[SubscriptionId]
) -> Invoice | None:
    """Return the oldest invoice that a customer owes past its day, or whose charge failed (rule 40)."""
    overdue: list[Document] = [
        {"overdue_on": {"$ne": None, "$lte": today.isoformat()}},
        # Of before there was a day of its own.
        {"overdue_on": None, "due_on": {"$lt": today.isoformat()}},
        {"dunning": {"$ne": None}},
    ]
    query = {
        "customer_id": customer_id,
        "status": InvoiceStatus.PENDING.value,
        "subscription_id": {"$nin": list(but_of)},
        "$or": overdue,
    }
    document = await store["invoices"].find_one(query, sort=[("issued_at", 1), ("_id", 1)])
    return decode(document, Invoice) if document else None


def late_query(today: date) -> Document:
    """Return the query of what should have been paid: overdue, or its charge failed."""
    late = [*_overdue_conditions("$lte", "$lt", today), {"dunning": {"$ne": None}}]
    # Whatever is late was due: by that day few are read, those that are open still.
    return {"status": InvoiceStatus.PENDING.value, "due_on": {"$lte": today.isoformat()}, "$or": late}


async def open_invoices_of_customer(
    store: Store, customer_id: CustomerId, *, invoices_max: int
) -> list[InvoiceId]:
    """Return the ids of a customer's unpaid invoices, the oldest ones."""
    return await _open_invoices(store, {"customer_id": customer_id}, invoices_max=invoices_max)


async def open_invoices_of_subscription(
    store: Store, subscription_id: SubscriptionId, *, invoices_max: int
) -> list[InvoiceId]:
    """Return the ids of a subscription's unpaid invoices, the oldest ones."""
    return await _open_invoices(store, {"subscription_id": subscription_id}, invoices_max=invoices_max)


async def _open_invoices(store: Store, whose: Document, *, invoices_max: int) -> list[InvoiceId]:
    cursor = store["invoices"].find({**whose, "status": InvoiceStatus.PENDING.value}, {"_id": 1})
    oldest = cursor.sort([("issued_at", 1), ("_id", 1)]).limit(invoices_max)
    return [document["_id"] async for document in oldest]


async def list_invoices(
    store: Store, query: Document, *, order: SortOrder, after: PageKey | None, size: int
) -> Page[Invoice]:
    """Return a page of invoices that match *query* (made by `invoice_query`)."""
    return await fetch_page(
        store,
        "invoices",
        query,
        order=order,
        after=after,
        size=size,
        read=lambda document: decode(document, Invoice),
    )


async def first_invoices(
    store: Store, subscription_ids: Iterable[str], *, size: int
) -> dict[str, Page[Invoice]]:
    """Return the newest invoices of each of many subscriptions."""
    return await first_pages(
        store,
        "invoices",
        group_by="subscription_id",
        ids=subscription_ids,
        order=NEWEST_FIRST,
        size=size,
        read=lambda document: decode(document, Invoice),
    )


def invoice_query(
    *,
    owner: CustomerId | None,
    status: str | None = None,
    number_prefix: str | None = None,
    overdue_on: date | None = None,
    not_overdue_on: date | None = None,
    subscription_id: str | None = None,
    issued_from: datetime | None = None,
    issued_before: datetime | None = None,
) -> Document:
    """Return the query of a list of invoices; *overdue_on* and *not_overdue_on* part the unpaid ones."""
    query: Document = owner_condition(owner)
    if status is not None:
        query["status"] = status
    if number_prefix is not None:
        query["number"] = {"$regex": f"^{re.escape(number_prefix)}"}
    if overdue_on is not None:
        query |= {"status": "PENDING", "$or": _overdue_conditions("$lte", "$lt", overdue_on)}
    if not_overdue_on is not None:
        query |= {"status": "PENDING", "$or": _overdue_conditions("$gt", "$gte", not_overdue_on)}
    if subscription_id is not None:
        query["subscription_id"] = subscription_id
    if window := within(issued_from, issued_before):
        query["issued_at"] = window
    return query


def _overdue_conditions(first_day: str, last_day: str, day: date) -> list[Document]:
    """Compare with the first day on which an invoice is overdue, or the last to pay one of before rule 31."""
    return [
        {"overdue_on": {first_day: day.isoformat()}},
        {"overdue_on": None, "due_on": {last_day: day.isoformat()}},
    ]


def within(start: datetime | None, end: datetime | None) -> Document:
    """Return the condition of an instant in [start, end); empty if neither is given."""
    bounds = {"$gte": start, "$lt": end}
    return {operator: instant for operator, instant in bounds.items() if instant is not None}
