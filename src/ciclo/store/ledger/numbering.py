"""Numbers of invoices and credit notes: gapless, each series with one counter in the same transaction.

A transaction that fails takes its numbers back with it; one that runs beside it waits or starts again.
Source: billing rule 22.
"""

from collections.abc import Sequence
from typing import Final

from pymongo import ReturnDocument

from ciclo.store.mongo.client import Store
from ciclo.store.mongo.transaction import Session

INVOICE_SERIES: Final = "INV"
CREDIT_NOTE_SERIES: Final = "CN"
_DIGITS: Final = 6


async def reserve_numbers(store: Store, series: str, ids: Sequence[str], session: Session) -> dict[str, str]:
    """Return the next number of *series* for each of *ids*, in their order."""
    if not ids:
        return {}
    counter = await store["counters"].find_one_and_update(
        {"_id": series},
        {"$inc": {"last": len(ids)}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
        session=session,
    )
    first = counter["last"] - len(ids) + 1
    return {id_: f"{series}-{number:0{_DIGITS}d}" for number, id_ in enumerate(ids, start=first)}
