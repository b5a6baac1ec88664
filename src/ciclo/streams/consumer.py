"""The group loop: read a batch, settle it, and now and then take over what others left behind."""

import asyncio
from typing import Any, Final

import structlog

from ciclo.streams.claim import claim_idle
from ciclo.streams.connection import FAILURES, Streams
from ciclo.streams.ending import check_cancelled, limited
from ciclo.streams.entry import described
from ciclo.streams.group import ensure_group, is_group_lost
from ciclo.streams.housekeeping import leave
from ciclo.streams.reader import open_reader, read_new
from ciclo.streams.retry import backoff_ms, pause
from ciclo.streams.settle import settle
from ciclo.streams.work import ConsumerOptions, Seat, Work

DEPART_MS_MAX: Final = 1_000
DEFAULT_OPTIONS: Final = ConsumerOptions()


async def consume(
    streams: Streams,
    *,
    stream: str,
    group: str,
    consumer: str,
    work: Work,
    options: ConsumerOptions = DEFAULT_OPTIONS,
    stop: asyncio.Event,
) -> None:
    """Do the work of *group* as *consumer* until *stop* is set, whatever happens to Redis meanwhile.

    After a stop nothing more is read; what was read is finished and acknowledged. When cancelled instead,
    entries in hand stay pending and are claimed by others.

    Args:
        streams: where to read.
        stream: the stream's name, without prefix.
        group: made if it does not exist, and again if it vanishes.
        consumer: a name that no other process has, see `consumer_name`.
        work: what is done with entries.
        options: bounds.
        stop: set by the caller, for example at SIGTERM.
    """
    log = structlog.get_logger().bind(stream=stream, group=group, consumer=consumer)
    seat = Seat(
        streams=streams,
        stream=stream,
        group=group,
        consumer=consumer,
        work=work,
        options=options,
        stop=stop,
        log=log,
    )
    stopping = asyncio.create_task(stop.wait())
    try:
        log.info("stream_consumer_started")
        await _serve(seat, stopping)
        await _depart(seat)
    finally:
        stopping.cancel()
        await asyncio.wait({stopping})


async def _serve(seat: Seat, stopping: asyncio.Task[Any]) -> None:
    """Keep a session with Redis going; after a failure begin another, with growing pauses."""
    options = seat.options
    loop = asyncio.get_running_loop()
    failures = 0
    while not seat.stop.is_set():
        check_cancelled()
        began = loop.time()
        try:
            await _session(seat, stopping)
        except FAILURES as error:
            lasted_ms = (loop.time() - began) * 1_000
            failures = 1 if lasted_ms > options.backoff_ms_max else failures + 1
            event = "stream_group_lost" if is_group_lost(error) else "stream_session_failed"
            seat.log.warning(event, failures=failures, error=described(error))
            ms = backoff_ms(failures, ms_min=options.backoff_ms_min, ms_max=options.backoff_ms_max)
            await pause(seat.stop, ms=ms)


async def _session(seat: Seat, stopping: asyncio.Task[Any]) -> None:
    """Read and claim over one connection, until the stop or an error."""
    loop = asyncio.get_running_loop()
    await ensure_group(seat.streams, seat.stream, seat.group)
    async with open_reader(seat.streams) as reader:
        claim_at = loop.time()
        while not seat.stop.is_set():
            check_cancelled()
            if loop.time() >= claim_at:
                await claim_idle(seat)
                claim_at = loop.time() + seat.options.claim_interval_ms / 1_000
            rows = await read_new(seat, reader, stopping=stopping)
            if rows:
                await settle(seat, rows)


async def _depart(seat: Seat) -> None:
    """Give up the seat if nothing is pending for it; otherwise it is reaped after others claimed that."""
    try:
        leaving = leave(seat.streams, stream=seat.stream, group=seat.group, consumer=seat.consumer)
        left = await limited(leaving, ms=DEPART_MS_MAX)
    except FAILURES as error:
        seat.log.warning("stream_departure_failed", error=described(error))
    else:
        seat.log.info("stream_consumer_stopped", left_pending=not left)
