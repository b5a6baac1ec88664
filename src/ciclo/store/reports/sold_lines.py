"""What lines of invoices come to by rate of tax, and by coupon, less what credit notes gave back.

Source: billing rules 34, 38.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from ciclo.domain.lines.tax_rate import TaxRate
from ciclo.domain.period import Period, start_of_day
from ciclo.store.mongo.client import Document, Store

SUMS_MS_MAX: Final = 60_000
"""How long one sum may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxSum:
    """What one rate came to, in minor units: charged, and given back by credit lines and credit notes."""

    rate: TaxRate
    net: int = 0
    tax: int = 0
    credited_net: int = 0
    credited_tax: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountSum:
    """What was taken off by one code, in minor units: of charges, and less on credits."""

    code: str
    given: int = 0
    credited: int = 0
    lines: int = 0


async def sum_taxes(store: Store, currency: str, period: Period, *, timezone: str) -> list[TaxSum]:
    """Return each rate with a name of the lines that were issued on the days of *period*."""
    net = {"$subtract": ["$lines.amount", {"$sum": "$lines.discounts.amount"}]}
    group: Document = {
        "_id": {"rate": "$lines.taxes.rate", "credit": {"$lt": [net, 0]}},
        "net": {"$sum": net},
        "tax": {"$sum": "$lines.taxes.amount"},
    }
    sums: dict[TaxRate, TaxSum] = {}
    for row in await _rows(store, currency, period, timezone=timezone, part="taxes", group=group):
        rate = TaxRate(**row["_id"]["rate"])
        known = sums.get(rate, TaxSum(rate=rate))
        if row["_id"]["credit"]:
            known = replace(
                known,
                credited_net=known.credited_net - row["net"],
                credited_tax=known.credited_tax - row["tax"],
            )
        else:
            known = replace(known, net=known.net + row["net"], tax=known.tax + row["tax"])
        sums[rate] = known
    return sorted(sums.values(), key=lambda one: (one.rate.name, one.rate.basis_points))


async def sum_discounts(store: Store, currency: str, period: Period, *, timezone: str) -> list[DiscountSum]:
    """Return what each code took off lines that were issued on the days of *period*."""
    amount = "$lines.discounts.amount"
    group: Document = {
        "_id": {"code": "$lines.discounts.code", "credit": {"$lt": [amount, 0]}},
        "amount": {"$sum": amount},
        "lines": {"$sum": 1},
    }
    sums: dict[str, DiscountSum] = {}
    for row in await _rows(store, currency, period, timezone=timezone, part="discounts", group=group):
        code = row["_id"]["code"]
        known = sums.get(code, DiscountSum(code=code))
        if row["_id"]["credit"]:
            sums[code] = replace(known, credited=known.credited - row["amount"])
        else:
            given, lines = known.given + row["amount"], known.lines + row["lines"]
            sums[code] = replace(known, given=given, lines=lines)
    return [sums[code] for code in sorted(sums)]


async def _rows(
    store: Store, currency: str, period: Period, *, timezone: str, part: str, group: Document
) -> list[dict[str, Any]]:
    issued = {"$gte": start_of_day(period.start, timezone), "$lt": start_of_day(period.end, timezone)}
    match = {"issued_at": issued, "currency": currency}
    rows: list[dict[str, Any]] = []
    for collection, also in (("invoices", {"voided_at": None}), ("credit_notes", {})):
        pipeline: list[Document] = [
            {"$match": match | also},
            {"$unwind": "$lines"},
            {"$unwind": f"$lines.{part}"},
            {"$group": group},
        ]
        cursor = store[collection].aggregate(pipeline, maxTimeMS=SUMS_MS_MAX)
        rows += await cursor.to_list(None)
    return rows
