"""Open invoices by their days: those that are due in some days, or overdue for some."""

from collections.abc import AsyncIterator, Collection
from datetime import date
from typing import Final

from ciclo.domain.ids import CustomerId
from ciclo.domain.mails.days import DayOfInvoice
from ciclo.domain.mails.mail import MailKind
from ciclo.store.mongo.client import Document, Store

PAGE: Final = 500
_FIELDS: Final = {MailKind.INVOICE_DUE: "due_on", MailKind.INVOICE_OVERDUE: "overdue_on"}


async def open_invoices_by_day(
    store: Store, kind: MailKind, *, first: date, last: date
) -> AsyncIterator[list[DayOfInvoice]]:
    """Yield the open invoices whose day is one from *first* to *last*, page by page."""
    field = _FIELDS[kind]
    query: Document = {"status": "PENDING", field: {"$gte": first.isoformat(), "$lte": last.isoformat()}}
    columns = {"customer_id": 1, "subscription_id": 1, "issued_at": 1, field: 1}
    cursor = store["invoices"].find(query, columns).sort(field, 1).batch_size(PAGE)
    while page := await cursor.to_list(PAGE):
        by_card = await _paid_by_card(store, {document["subscription_id"] for document in page})
        yield [
            DayOfInvoice(
                invoice_id=document["_id"],
                customer_id=document["customer_id"],
                issued_at=document["issued_at"],
                day=date.fromisoformat(document[field]),
            )
            for document in page
            if document["subscription_id"] not in by_card
        ]


async def next_day_of_invoices(store: Store, kind: MailKind, *, after: date) -> date | None:
    """Return the first day after *after* that is an open invoice's."""
    field = _FIELDS[kind]
    query: Document = {"status": "PENDING", field: {"$gt": after.isoformat()}}
    found = await store["invoices"].find_one(query, {field: 1}, sort=[(field, 1)])
    return date.fromisoformat(found[field]) if found else None


async def find_addresses(store: Store, customer_ids: Collection[CustomerId]) -> dict[CustomerId, str]:
    """Return customers' e-mail addresses."""
    found = store["customers"].find({"_id": {"$in": list(customer_ids)}}, {"email": 1})
    return {document["_id"]: document["email"] async for document in found}


async def _paid_by_card(store: Store, subscription_ids: Collection[str]) -> set[str]:
    """Return those whose card is charged: they are told when that fails, and need no reminder."""
    query = {"_id": {"$in": list(subscription_ids)}, "method.kind": "CREDIT_CARD"}
    return {document["_id"] async for document in store["subscriptions"].find(query, {"_id": 1})}
