"""Invoice links: only of those whose first generation is over something is stored."""

from collections.abc import Callable
from typing import Final

from ciclo.domain.ids import InvoiceId
from ciclo.domain.links.invoice_link import InvoiceLink
from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.codec import decode, encode
from ciclo.store.mongo.client import Store
from ciclo.store.mongo.transaction import Session, run_transaction

_LINKS: Final = "invoice_links"


async def find_invoice_link(
    store: Store, invoice_id: InvoiceId, session: Session | None = None
) -> InvoiceLink:
    """Return the link of an invoice as it is now."""
    document = await store[_LINKS].find_one({"_id": invoice_id}, session=session)
    return decode(document, InvoiceLink) if document else InvoiceLink(id=invoice_id)


async def change_invoice_link(
    store: Store,
    invoice_id: InvoiceId,
    change: Callable[[InvoiceLink], InvoiceLink],
    *,
    operation: Callable[[InvoiceLink, InvoiceLink], Operation],
) -> InvoiceLink:
    """Store what *change* makes of a link, and return it, with the *operation* of that; two never mix.

    A link that stays as it is is neither written nor logged.
    """

    async def body(session: Session) -> InvoiceLink:
        before = await find_invoice_link(store, invoice_id, session)
        after = change(before)
        if after != before:
            await store[_LINKS].replace_one({"_id": invoice_id}, encode(after), upsert=True, session=session)
            await append_operation(store, operation(before, after), session)
        return after

    return await run_transaction(store, body)
