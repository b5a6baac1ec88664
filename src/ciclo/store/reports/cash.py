"""Sums of money by period: collected, refunded, outstanding; and trials: see `domain.metrics.cash`."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final

import pymongo

from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.metrics.cash import CashFacts
from ciclo.domain.payment import RefundStatus
from ciclo.domain.period import Period, start_of_day
from ciclo.store.mongo.client import Document, Store

SUMS_S_MAX: Final = 60.0
"""How long one sum may take: it may have a year's payments to add up, other operations a page."""

_A_DATE: Final = {"$type": "date"}
"""What the filters of the indexes ask for: a comparison alone does not let the server use them."""

_EARLIER, _LATER = -1, 1_000_000
"""Places of what lies before the first period, and after the last one."""


async def cash_facts(store: Store, currency: str, periods: Sequence[Period], *, timezone: str) -> CashFacts:
    """Return the sums of *periods*, which follow each other; days begin in *timezone*."""
    bounds = [start_of_day(period.start, timezone) for period in periods]
    bounds.append(start_of_day(periods[-1].end, timezone))
    collected, refunded, owing, trials = await asyncio.gather(
        _collected(store, currency, bounds),
        _refunded(store, currency, bounds),
        _owing(store, currency, bounds),
        _trials(store, currency, bounds),
    )
    issued, settled = (_added_up(sums[name] for sums in owing) for name in ("issued", "settled"))
    return CashFacts(
        collected=collected,
        refunded=refunded,
        owed=issued[_EARLIER],
        issued=issued,
        settled=settled,
        trials={place: row["trials"] for place, row in trials.items()},
        trials_converted={place: row["converted"] for place, row in trials.items()},
    )


async def _collected(store: Store, currency: str, bounds: Sequence[datetime]) -> dict[int, int]:
    """Return what came, dated no earlier than its invoice, less what was lost in disputes that ended then.

    What was asked for is added up from an index alone; the few payments of which another amount came, or
    which are dated later than they were made, or came in parts, are read and put right.
    """
    kept: Counter[int] = Counter()
    for sign, index, pipeline in (*_came(currency, bounds), _lost(currency, bounds)):
        for place, amount in _sums(await _rows(store, "payments", pipeline, index=index), bounds).items():
            kept[place] += sign * amount
    return {place: amount for place, amount in kept.items() if place != _EARLIER}


_Part = tuple[int, str, list[Document]]
"""What adds to a sum or takes from it: its sign, the index that it is read by, the pipeline."""


def _came(currency: str, bounds: Sequence[datetime]) -> list[_Part]:
    """Return the sums of what was asked for, by its date, of what came beside that, and later than that."""
    asked, other = {"$sum": "$amount"}, {"$sum": {"$subtract": ["$received", "$amount"]}}
    later = {"currency": currency, "booked_at": {"$gte": bounds[0], **_A_DATE}}
    differs = {"currency": currency, "received": {"$type": "number"}, "completed_at": _A_DATE}
    dated_at = {"$ifNull": ["$booked_at", "$completed_at"]}
    after = {"currency": currency, "later.at": {"$gte": bounds[0], **_A_DATE}}
    all_after, own_day = {"$sum": {"$sum": "$later.amount"}}, {"$max": ["$later.at", dated_at]}
    made = {"completed_at": _within(bounds)}
    return [
        (
            1,
            "completed",
            [{"$match": {"currency": currency, **made}}, _by_period("$completed_at", bounds, sum=asked)],
        ),
        (-1, "booked", [{"$match": later | made}, _by_period("$completed_at", bounds, sum=asked)]),
        (1, "booked", [{"$match": later}, _by_period("$booked_at", bounds, default=_EARLIER, sum=asked)]),
        (1, "received", [{"$match": differs}, _by_period(dated_at, bounds, default=_EARLIER, sum=other)]),
        (-1, "later", [{"$match": after}, _by_period(dated_at, bounds, default=_EARLIER, sum=all_after)]),
        (
            1,
            "later",
            [
                {"$match": after},
                {"$unwind": "$later"},
                _by_period(own_day, bounds, default=_EARLIER, sum={"$sum": "$later.amount"}),
            ],
        ),
    ]


def _lost(currency: str, bounds: Sequence[datetime]) -> _Part:
    """Return the sum of what disputes took that were lost, by their ends."""
    lost_then = {"disputes.won": False, "disputes.closed_at": _within(bounds)}
    came = {"$ifNull": ["$received", "$amount"]}
    amount = {"$sum": {"$ifNull": ["$disputes.amount", came]}}
    pipeline: list[Document] = [
        {"$match": {**lost_then, "currency": currency}},
        {"$unwind": "$disputes"},
        {"$match": lost_then},
        _by_period("$disputes.closed_at", bounds, sum=amount),
    ]
    return -1, "disputed", pipeline


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
    return _sums(await _rows(store, "payments", pipeline, index="refunded"), bounds)


async def _owing(store: Store, currency: str, bounds: Sequence[datetime]) -> list[Document]:
    """Return the sums of what was issued and settled in each period, and of what was owed before.

    Looked at are the invoices that are open, or were settled since the first period began; each kind
    by an index of its own. One that was paid in advance was settled when it was issued, not before.
    """
    since = {"$gte": bounds[0], **_A_DATE}
    is_open = {"currency": currency, "status": InvoiceStatus.PENDING.value}
    paid, voided = ({"currency": currency, field: since} for field in ("paid_at", "voided_at"))
    return [
        await _owing_of(store, bounds, is_open, settled_at=None, index="open"),
        await _owing_of(store, bounds, paid, settled_at="$paid_at", index="paid"),
        await _owing_of(store, bounds, voided, settled_at="$voided_at", index="voided"),
    ]


async def _owing_of(
    store: Store, bounds: Sequence[datetime], query: Document, *, settled_at: str | None, index: str
) -> Document:
    settled = {"$max": ["$issued_at", settled_at]} if settled_at else {"$literal": None}
    # What came in parts is not owed any more, whenever that was.
    sums = {"sum": {"$sum": {"$subtract": ["$total", {"$ifNull": ["$partly_paid", 0]}]}}}
    pipeline: list[Document] = [
        {"$match": {**query, "issued_at": {"$lt": bounds[-1]}}},
        {"$project": {"_id": 0, "total": 1, "partly_paid": 1, "issued_at": 1, "settled_at": settled}},
        {
            "$facet": {
                "issued": [_by_period("$issued_at", bounds, default=_EARLIER, **sums)],
                "settled": [_by_period("$settled_at", bounds, default=_LATER, **sums)],
            }
        },
    ]
    [facets] = await _rows(store, "invoices", pipeline, index=index)
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
    rows = await _rows(store, "subscriptions", pipeline, index="trials")
    return {bounds.index(row["_id"]): row for row in rows}


def _within(bounds: Sequence[datetime]) -> Document:
    return {"$gte": bounds[0], "$lt": bounds[-1], **_A_DATE}


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


def _added_up(sums: Iterable[dict[int, int]]) -> Counter[int]:
    total: Counter[int] = Counter()
    for period_sums in sums:
        total.update(period_sums)
    return total


async def _rows(store: Store, collection: str, pipeline: list[Document], *, index: str) -> list[Document]:
    """Return what *pipeline* gives, read by *index*: left to choose, the server may read everything."""
    with _unhurried():
        rows: list[Document] = await store[collection].aggregate(pipeline, hint=index).to_list(None)
    return rows


def _unhurried() -> AbstractContextManager[Any]:
    return pymongo.timeout(SUMS_S_MAX)
