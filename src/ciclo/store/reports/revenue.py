"""Sums of movements by month, kept so that a report does not read a business's whole history again.

Movements are written once and never change, so a month's sums hold as long as no movement was added
that is dated in it or earlier: their number, counted from an index, is kept beside them and compared.
A merge makes two customers' movements one's, so each that did counts like one more.
What does not agree is folded again, from the movements of the customers who moved in those months.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, takewhile
from typing import Final

from pymongo import ReplaceOne

from ciclo.domain.metrics.customer_movements import customer_movements_of
from ciclo.domain.metrics.months import whole_month, whole_months
from ciclo.domain.metrics.sums import EMPTY_SNAPSHOT, MovementSums, MrrSnapshot, add_movements, snapshot_after
from ciclo.domain.period import Period
from ciclo.store.codec import read_date
from ciclo.store.mongo.client import Document, Store
from ciclo.store.reports.movements import (
    count_movements,
    find_merged_movers,
    first_movement_on,
    movements_of_movers,
)
from ciclo.store.reports.revenue_codec import (
    DEFINITION,
    read_snapshot,
    read_sums,
    snapshot_document,
    sums_document,
)

FOLD_MOVEMENTS_MAX: Final = 50_000
"""Movements of the months that are folded at a time; a single month may have more.

What was folded is kept at once: a request that runs out of time leaves less to do for the next one.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedMonth:
    """A calendar month's sums, what there was before it, and how many movements there are up to its end.

    A customer who moved by then and was merged into another one counts as a movement, too.
    """

    month: Period
    movements: int
    opening: MrrSnapshot
    sums: MovementSums


async def sums_of(
    store: Store, currency: str, periods: Sequence[Period]
) -> tuple[MrrSnapshot, list[MovementSums]]:
    """Return what there was before *periods*, and the sums of each: months in a row, each whole or cut."""
    kept = {
        cached_month.month: cached_month
        for cached_month in await read_cached_months(store, currency, until=periods[-1].end)
    }
    found = [
        await _sums_within(store, currency, kept.get(whole_month(period.start)), period=period)
        for period in periods
    ]
    return found[0][0], [sums for _, sums in found]


async def _sums_within(
    store: Store, currency: str, kept: CachedMonth | None, *, period: Period
) -> tuple[MrrSnapshot, MovementSums]:
    """Return what there was before *period*, and its sums, where *kept* is its month's."""
    if kept is None:
        # Nothing was ever earned up to its end.
        return EMPTY_SNAPSHOT, MovementSums()
    if period == kept.month:
        return kept.opening, kept.sums
    before = Period(kept.month.start, period.start)
    parts = [before, period] if before.days else [period]
    *earlier, sums = await sum_movements(store, currency, parts)
    opening = kept.opening
    for month in earlier:
        opening = snapshot_after(opening, month)
    return opening, sums


async def read_cached_months(store: Store, currency: str, *, until: date) -> list[CachedMonth]:
    """Return the sums of every month from the first movement on to the one that *until* ends or cuts."""
    first = await first_movement_on(store, currency)
    if first is None or first >= until:
        return []
    months = whole_months(Period(first, until))
    counts = [await count_movements(store, currency, month) for month in months]
    # Counted before anything is read: what comes meanwhile makes the counts differ, at worst needlessly.
    merged = await find_merged_movers(store, currency)
    wanted = {
        month: number + count_merged(merged, month)
        for month, number in zip(months, accumulate(counts), strict=True)
    }
    found = await find_cached_months(store, currency)
    by_month = {one.month: one for one in found}
    agreeing = takewhile(
        lambda month: month in by_month and by_month[month].movements == wanted[month], months
    )
    kept = [by_month[month] for month in agreeing]
    while len(kept) < len(months):
        done = len(kept)
        number = _fold_together(counts[done:])
        stale = {month: wanted[month] for month in months[done : done + number]}
        kept += await _fold_months(store, currency, stale, last=kept[-1] if kept else None)
        await _save_months(store, currency, kept[done:])
    return kept


def count_merged(first_moved_on: Sequence[date], month: Period) -> int:
    """Return how many merged customers moved by the end of *month*."""
    return sum(day < month.end for day in first_moved_on)


async def find_cached_months(store: Store, currency: str) -> list[CachedMonth]:
    """Return the kept months as they are, whether they still hold or not."""
    query = {"_id": {"$gte": f"{currency}|", "$lt": f"{currency}|~"}, "definition": DEFINITION}
    return [
        CachedMonth(
            month=whole_month(read_date(document["month"])),
            movements=document["movements"],
            opening=read_snapshot(document["opening"]),
            sums=read_sums(document["sums"]),
        )
        async for document in store["revenue_months"].find(query)
    ]


async def forget_months(store: Store, currency: str, months: Sequence[Period]) -> None:
    """Drop what is kept of *months*; the next report folds them again."""
    ids = [_key(currency, month) for month in months]
    await store["revenue_months"].delete_many({"_id": {"$in": ids}})


async def sum_movements(store: Store, currency: str, periods: Sequence[Period]) -> list[MovementSums]:
    """Return the sums of *periods*, which follow each other, from the movements themselves."""
    sums = [MovementSums() for _ in periods]
    window = Period(periods[0].start, periods[-1].end)
    async for customers in movements_of_movers(store, currency, window):
        for movements in customers:
            add_movements(customer_movements_of(movements), periods, sums)
    return sums


async def _fold_months(
    store: Store, currency: str, movements: Mapping[Period, int], *, last: CachedMonth | None
) -> list[CachedMonth]:
    """Return the months of *movements* (how many there are up to each one's end), which follow *last*."""
    standing = snapshot_after(last.opening, last.sums) if last else EMPTY_SNAPSHOT
    months = list(movements)
    folded: list[CachedMonth] = []
    for month, sums in zip(months, await sum_movements(store, currency, months), strict=True):
        folded.append(CachedMonth(month=month, movements=movements[month], opening=standing, sums=sums))
        standing = snapshot_after(standing, sums)
    return folded


def _fold_together(counts: Sequence[int]) -> int:
    """Return how many of the next months are folded together: one at least."""
    fitting = takewhile(lambda total: total <= FOLD_MOVEMENTS_MAX, accumulate(counts))
    return max(1, sum(1 for _ in fitting))


async def _save_months(store: Store, currency: str, months: Sequence[CachedMonth]) -> None:
    documents: list[Document] = [
        {
            "_id": _key(currency, month.month),
            "currency": currency,
            "month": month.month.start.isoformat(),
            "definition": DEFINITION,
            "movements": month.movements,
            "opening": snapshot_document(month.opening),
            "sums": sums_document(month.sums),
        }
        for month in months
    ]
    await store["revenue_months"].bulk_write(
        [ReplaceOne({"_id": document["_id"]}, document, upsert=True) for document in documents],
        ordered=False,
    )


def _key(currency: str, month: Period) -> str:
    return f"{currency}|{month.start.isoformat()}"
