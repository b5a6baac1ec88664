"""Claiming: taking over entries that a consumer read and never acknowledged, because it died or gave up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ciclo.streams.acknowledge import acknowledge
from ciclo.streams.entry import Reply, Row, present
from ciclo.streams.settle import bury, settle
from ciclo.streams.work import Outcome, Seat

PAGES_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class _Pending:
    id: str
    deliveries: int


async def claim_idle(seat: Seat) -> None:
    """Take over and settle whatever has been idle for `idle_ms_min`, oldest first, up to 100 batches.

    There is no lock: claiming is atomic by the idle time, so of two claimants one gets nothing. It ends
    early when an entry stays unanswered, since the surroundings that failed it would fail the next.
    """
    page_max = seat.options.batch_max
    after = "-"
    for _ in range(PAGES_MAX):
        page = await _idle_page(seat, after=after, count=page_max)
        if not await _settle_page(seat, page) or len(page) < page_max or seat.stop.is_set():
            return
        after = f"({page[-1].id}"


async def _idle_page(seat: Seat, *, after: str, count: int) -> list[_Pending]:
    rows: Reply = await seat.streams.redis.xpending_range(
        seat.key, seat.group, min=after, max="+", count=count, idle=seat.options.idle_ms_min
    )
    return [_Pending(row["message_id"].decode(), row["times_delivered"]) for row in rows]


async def _settle_page(seat: Seat, page: Sequence[_Pending]) -> bool:
    """Settle a page: at once what was delivered once, one by one what may have killed its worker.

    Taking such an entry raises its delivery counter. Were it taken with others, theirs would rise with it
    at every crash, and all of them would be buried for the fault of one.
    """
    once = [pending.id for pending in page if pending.deliveries <= 1]
    if once and not await _take_and_settle(seat, once):
        return False
    for pending in page:
        if pending.deliveries <= 1:
            continue
        if seat.stop.is_set():
            return False
        if pending.deliveries >= seat.options.deliveries_max:
            answered = all([await bury(seat, row) for row in await _take(seat, [pending.id])])
        else:
            answered = await _take_and_settle(seat, [pending.id])
        if not answered:
            return False
    return True


async def _take_and_settle(seat: Seat, ids: Sequence[str]) -> bool:
    rows = await _take(seat, ids)
    return not rows or await settle(seat, rows)


async def _take(seat: Seat, ids: Sequence[str]) -> list[Row]:
    """Claim those of *ids* that are idle still, and acknowledge those whose entry is gone."""
    rows = present(
        await seat.streams.redis.xclaim(
            seat.key,
            seat.group,
            seat.consumer,
            min_idle_time=seat.options.idle_ms_min,
            message_ids=list(ids),
        )
    )
    if rows:
        seat.counts[Outcome.CLAIMED] += len(rows)
        seat.log.info("stream_entries_claimed", entries=len(rows))
    taken = {entry_id for entry_id, _ in rows}
    missing = [entry_id for entry_id in ids if entry_id not in taken]
    if missing:
        await _acknowledge_gone(seat, missing)
    return rows


async def _acknowledge_gone(seat: Seat, ids: Sequence[str]) -> None:
    """Acknowledge entries that were trimmed or deleted while pending.

    Redis 7.0 and later drop them when they are claimed; 6.2 would hand out nothing for them for ever. The
    rest of *ids* was claimed or acknowledged by someone else in the meantime.
    """
    async with seat.streams.redis.pipeline(transaction=False) as pipe:
        for entry_id in ids:
            pipe.xrange(seat.key, min=entry_id, max=entry_id)
        found = await pipe.execute()
    gone = [entry_id for entry_id, rows in zip(ids, found, strict=True) if not rows]
    if gone:
        seat.log.warning("stream_entries_gone", entries=len(gone), first=gone[0])
        await acknowledge(seat, gone, None)
