"""Credit notes: reading them."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from ciclo.domain.ids import CustomerId, InvoiceId
from ciclo.domain.invoice import CreditNote
from ciclo.store.codec import decode
from ciclo.store.customer_merge import find_merged_into
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.paging import Page, PageKey, SortOrder, fetch_page

NEWEST_FIRST: Final = SortOrder(field="issued_at")


async def find_credit_note(store: Store, note_id: str, *, owner: CustomerId | None) -> CreditNote | None:
    """Return a credit note; with an *owner*, only if it is theirs."""
    document = await store["credit_notes"].find_one({"_id": note_id, **await _owned(store, owner)})
    return decode(document, CreditNote) if document else None


async def list_credit_notes(
    store: Store, query: Document, *, order: SortOrder = NEWEST_FIRST, after: PageKey | None, size: int
) -> Page[CreditNote]:
    """Return a page of credit notes that match *query* (made by `credit_note_query`), the newest first."""
    return await fetch_page(
        store,
        "credit_notes",
        query,
        order=order,
        after=after,
        size=size,
        read=lambda document: decode(document, CreditNote),
    )


async def credit_note_query(
    store: Store, *, owner: CustomerId | None, invoice_id: str | None = None
) -> Document:
    """Return the query of a list of credit notes."""
    query = await _owned(store, owner)
    if invoice_id is not None:
        query["invoice_id"] = invoice_id
    return query


async def _owned(store: Store, owner: CustomerId | None) -> Document:
    """Return what bounds a query to one's own: a note is sealed with the id of whom it was issued to."""
    if owner is None:
        return {}
    return {"customer_id": {"$in": [owner, *await find_merged_into(store, [owner])]}}


async def credit_notes_of(store: Store, invoice_ids: Iterable[str]) -> dict[InvoiceId, list[CreditNote]]:
    """Return the credit notes of many invoices, oldest first."""
    cursor = store["credit_notes"].find({"invoice_id": {"$in": list(invoice_ids)}}).sort("_id", 1)
    notes: dict[InvoiceId, list[CreditNote]] = defaultdict(list)
    async for document in cursor:
        note = decode(document, CreditNote)
        notes[note.invoice_id].append(note)
    return notes
