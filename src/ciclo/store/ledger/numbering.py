"""Numbers of invoices, credit notes and receipts: gapless, each series by a counter in the same transaction.

A transaction that fails takes its numbers back with it; one that runs beside it waits or starts again.
Source: billing rule 22.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pymongo import ReturnDocument

from ciclo.store.mongo.client import Store
from ciclo.store.mongo.transaction import Session

INVOICE_SERIES: Final = "INV"
CREDIT_NOTE_SERIES: Final = "CN"
RECEIPT_SERIES: Final = "RCT"
RECEIPTS: Final = "payment_receipts"
NUMBERED: Final = {"invoices": INVOICE_SERIES, "credit_notes": CREDIT_NOTE_SERIES, RECEIPTS: RECEIPT_SERIES}
"""The collections whose documents are numbered, and their series."""

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


def number_prefix(series: str, text: str) -> str | None:
    """Return how the numbers of *series* begin that somebody means by *text*: "INV-0001", "inv-12", or "12".

    None if it means no number: a whole series is not what anybody looks for.
    """
    digits = text.upper().removeprefix(f"{series}-")
    if not (digits.isascii() and digits.isdigit()):
        return None
    is_beginning = digits.startswith("0") and digits != text
    return f"{series}-{digits if is_beginning else digits.zfill(_DIGITS)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSeries:
    """The numbers of one series: how many there are, the highest, and the counter's last."""

    name: str
    numbers: int
    highest: int
    counter: int


async def read_number_series(store: Store, collection: str, name: str) -> NumberSeries:
    """Return the state of one series of numbers; numbers are unique by an index."""
    digits = {"$toInt": {"$arrayElemAt": [{"$split": ["$number", "-"]}, 1]}}
    group = {"_id": None, "numbers": {"$sum": 1}, "highest": {"$max": digits}}
    rows: list[dict[str, Any]] = await store[collection].aggregate([{"$group": group}]).to_list(None)
    counter = await store["counters"].find_one({"_id": name})
    row = rows[0] if rows else {"numbers": 0, "highest": 0}
    return NumberSeries(
        name=name,
        numbers=row["numbers"],
        highest=row["highest"],
        counter=counter["last"] if counter else 0,
    )
