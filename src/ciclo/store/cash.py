"""Sums of money by period: collected, refunded, outstanding; and trials: see `domain.metrics.cash`."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final

import pymongo

from ciclo.domain.metrics.cash import CashFacts
from ciclo.domain.payment import RefundStatus
from ciclo.domain.period import Period, start_of_day
from ciclo.store.client import Document, Store

SUMS_S_MAX: Final = 60.0
"""How long one sum may take: it may have a year's payments to add up, other operations a page."""

_EARLIER, _LATER = -1, 1_000_000
"""Places of what lies before the first period, and after the last one."""


async def cash_facts(store: Store, currency: str, periods: Sequence[Period], *, timezone: str) -> CashFacts:
    """Return the sums of *periods*, which follow each other; days begin in *timezone*."""
    bounds = [start_of_day(one.start, timezone) for one in periods]
    bounds.append(start_of_day(periods[-1].end, timezone))
    collected, refunded, owing, trials = await asyncio.gather(
        _collected(store, currency, bounds),
        _refunded(store, currency, bounds),
        _owing(store, currency, bounds),
        _trials(store, currency, bounds),
    )
    return CashFacts(
        collected=collected,
        refunded=refunded,
        owed=owing["issued"].get(_EARLIER, 0),
        issued=owing["issued"],
        settled=owing["settled"],
        trials={place: row["trials"] for place, row in trials.items()},
        trials_converted={place: row["converted"] for place, row in trials.items()},
    )


async def _collected(store: Store, currency: str, bounds: Sequence[datetime]) -> dict[int, int]:
    completed = {"currency": currency, "completed_at": _within(bounds)}
    pipeline = [{"$match": completed}, _by_period("$completed_at", bounds, sum={"$sum": "$amount"})]
    return _sums(await _rows(store, "payments", pipeline), bounds)


async def _refunded(store: Store, currency: str, bounds: Sequence[datetime]) -> dict[int, int]:
    pipeline: list[Document] = [
        {"$match": {"refunds.created_at": _within(bounds), "currency": currency}},
        {"$unwind": "$refunds"},
        {
            "$match": {
                "refunds.created_at": _within(bounds),
                "refunds.status": RefundStatus.SUCCEEDED.value,
            }
        },
        _by_period("$refunds.created_at", bounds, sum={"$sum": "$refunds.amount"}),
    ]
    return _sums(await _rows(store, "payments", pipeline), bounds)


async def _owing(store: Store, currency: str, bounds: Sequence[datetime]) -> dict[str, dict[int, int]]:
    """Return what was issued and settled in each period; `issued` earlier: what was owed at the start.

    An invoice that was paid in advance was settled when it was issued, not before.
    """
    start, end = bounds[0], bounds[-1]
    settled_at = {"$max": ["$issued_at", {"$ifNull": ["$paid_at", "$voided_at"]}]}
    still_owed: Document = {
        "currency": currency,
        "issued_at": {"$lt": end},
        "$or": [{"status": "PENDING"}, {"paid_at": {"$gte": start}}, {"voided_at": {"$gte": start}}],
    }
    sums = {"sum": {"$sum": "$total"}}
    pipeline: list[Document] = [
        {"$match": still_owed},
        {"$project": {"total": 1, "issued_at": 1, "settled_at": _unless_open(settled_at)}},
        {
            "$facet": {
                "issued": [_by_period("$issued_at", bounds, default=_EARLIER, **sums)],
                "settled": [_by_period("$settled_at", bounds, default=_LATER, **sums)],
            }
        },
    ]
    [facets] = await _rows(store, "invoices", pipeline)
    return {name: _sums(rows, bounds) for name, rows in facets.items()}


async def _trials(store: Store, currency: str, bounds: Sequence[datetime]) -> dict[int, Document]:
    decided = _within(bounds)
    pipeline: list[Document] = [
        {
            "$match": {
                "terms.currency": currency,
                "trial.start": {"$type": "string"},
                "started": True,
                "$or": [{"activated_at": decided}, {"activated_at": None, "ended_at": decided}],
            }
        },
        _by_period(
            {"$ifNull": ["$activated_at", "$ended_at"]},
            bounds,
            trials={"$sum": 1},
            converted={"$sum": {"$cond": [{"$ifNull": ["$activated_at", False]}, 1, 0]}},
        ),
    ]
    rows = await _rows(store, "subscriptions", pipeline)
    return {bounds.index(row["_id"]): row for row in rows}


def _within(bounds: Sequence[datetime]) -> Document:
    return {"$gte": bounds[0], "$lt": bounds[-1]}


def _unless_open(value: Document) -> Document:
    return {"$cond": [{"$eq": ["$status", "PENDING"]}, None, value]}


def _by_period(
    instant: Any,  # noqa: ANN401 - an expression of the server
    bounds: Sequence[datetime],
    *,
    default: int | None = None,
    **output: Document,
) -> Document:
    """Return the stage that sums up documents by the period of *instant*, those outside under *default*."""
    outside = {} if default is None else {"default": default}
    return {"$bucket": {"groupBy": instant, "boundaries": list(bounds), "output": output, **outside}}


def _sums(rows: Sequence[Document], bounds: Sequence[datetime]) -> dict[int, int]:
    """Return sums by the place of their period; what lies outside keeps the place that it was given."""
    return {
        row["_id"] if isinstance(row["_id"], int) else bounds.index(row["_id"]): row["sum"] for row in rows
    }


async def _rows(store: Store, collection: str, pipeline: list[Document]) -> list[Document]:
    with _unhurried():
        rows: list[Document] = await store[collection].aggregate(pipeline).to_list(None)
    return rows


def _unhurried() -> AbstractContextManager[Any]:
    return pymongo.timeout(SUMS_S_MAX)
