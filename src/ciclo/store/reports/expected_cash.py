"""Cash to come: what open invoices still want, by the day they are due, and the renewals of the days ahead.

Open invoices are known to the cent. A renewal is told by the price that was agreed on, before discounts,
taxes and credit: to the cent each is known by the forecast of its own subscription.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import pymongo

from ciclo.domain.period import Period
from ciclo.domain.subscription import Status
from ciclo.store.invoices import late_query
from ciclo.store.mongo.client import Document, Store

SUM_S_MAX: Final = 60.0
"""How long one sum may take: as long as those of cash that came."""

_RENEWED: Final = [Status.ACTIVE.value, Status.TRIALING.value, Status.PAST_DUE.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedCash:
    """What is to come, in minor units: late already, due by day, and renewed by day."""

    late: int
    late_invoices: int
    due: Mapping[date, int]
    renewals: Mapping[date, int]


async def sum_expected_cash(store: Store, currency: str, window: Period) -> ExpectedCash:
    """Return what is expected in *window*, whose first day is today; what is late is beside its days."""
    with pymongo.timeout(SUM_S_MAX):
        late, due, renewals = await asyncio.gather(
            _late(store, currency, window.start),
            _due(store, currency, window),
            _renewals(store, currency, window),
        )
    return ExpectedCash(late=late[0], late_invoices=late[1], due=due, renewals=renewals)


_STILL_DUE: Final[Document] = {"$subtract": ["$total", {"$ifNull": ["$partly_paid", 0]}]}


async def _late(store: Store, currency: str, today: date) -> tuple[int, int]:
    pipeline: list[Document] = [
        {"$match": {**late_query(today), "currency": currency}},
        {"$group": {"_id": None, "sum": {"$sum": _STILL_DUE}, "number": {"$sum": 1}}},
    ]
    rows = await store["invoices"].aggregate(pipeline, hint="due_on").to_list(1)
    return (rows[0]["sum"], rows[0]["number"]) if rows else (0, 0)


async def _due(store: Store, currency: str, window: Period) -> dict[date, int]:
    """Sum up what is open and not late; what was due and is not late yet comes today, if it comes."""
    today = window.start.isoformat()
    query = {"currency": currency, "status": "PENDING", "due_on": {"$lt": window.end.isoformat()}}
    pipeline: list[Document] = [
        {"$match": {**query, "$nor": late_query(window.start)["$or"]}},
        {"$group": {"_id": {"$max": ["$due_on", today]}, "sum": {"$sum": _STILL_DUE}}},
    ]
    return _by_day(await store["invoices"].aggregate(pipeline, hint="due_on").to_list(window.days))


async def _renewals(store: Store, currency: str, window: Period) -> dict[date, int]:
    """Sum up the periods that begin; one that was billed ahead is an invoice by now."""
    days = {"$gte": window.start.isoformat(), "$lt": window.end.isoformat()}
    terms: Document = {"$ifNull": ["$pending_change", "$terms"]}
    pipeline: list[Document] = [
        {
            "$match": {
                "next_billing_date": days,
                "status": {"$in": _RENEWED},
                "terms.currency": currency,
                "$expr": {"$ne": ["$renewed_for", "$next_billing_date"]},
            }
        },
        {"$project": {"next_billing_date": 1, "taken": terms}},
        {
            "$group": {
                "_id": "$next_billing_date",
                "sum": {"$sum": {"$multiply": ["$taken.unit_price", {"$ifNull": ["$taken.quantity", 1]}]}},
            }
        },
    ]
    rows = await store["subscriptions"].aggregate(pipeline, hint="billed_last").to_list(window.days)
    return _by_day(rows)


def _by_day(rows: list[Document]) -> dict[date, int]:
    return {date.fromisoformat(row["_id"]): row["sum"] for row in rows}
