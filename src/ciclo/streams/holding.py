"""Holding entries: keeping them ours while they are worked on, or putting them back unharmed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from ciclo.streams.connection import FAILURES
from ciclo.streams.ending import ended
from ciclo.streams.entry import described
from ciclo.streams.work import Seat

RENEWALS_PER_IDLE: Final = 3


@asynccontextmanager
async def held(seat: Seat, ids: Sequence[str]) -> AsyncIterator[None]:
    """Renew the entries for as long as the block runs, so that nobody takes slow work for abandoned work."""
    async with ended(asyncio.create_task(_renew(seat, ids))):
        yield


async def _renew(seat: Seat, ids: Sequence[str]) -> None:
    """Reset the idle time again and again, until cancelled. Acknowledged entries are not touched by it."""
    while True:
        await asyncio.sleep(seat.options.idle_ms_min / RENEWALS_PER_IDLE / 1_000)
        try:
            await seat.streams.redis.xclaim(
                seat.key, seat.group, seat.consumer, min_idle_time=0, message_ids=list(ids), justid=True
            )
        except FAILURES as error:
            seat.log.warning("stream_renewal_failed", entries=len(ids), error=described(error))


async def put_back(seat: Seat, ids: Sequence[str]) -> None:
    """Leave the entries pending for whoever claims them, as if delivered once.

    The delivery counter stands for deliveries without any answer, the sign of an entry that kills its
    worker. "Not now" is an answer: without this, an hour's outage would bury healthy entries.
    """
    try:
        await seat.streams.redis.xclaim(
            seat.key,
            seat.group,
            seat.consumer,
            min_idle_time=0,
            message_ids=list(ids),
            retrycount=1,
            justid=True,
        )
    except FAILURES as error:
        seat.log.warning("stream_put_back_failed", entries=len(ids), error=described(error))
