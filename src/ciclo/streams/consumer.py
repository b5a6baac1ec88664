"""The group loop: read a batch, have it delivered, acknowledge it; now and then take what the dead left.

A stream only announces: which event is whose, how often it was tried and when it is given up is the record's
to say. So all of this may happen to an entry twice, and none of it need be remembered here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import structlog
from redis.typing import EncodableT, FieldT

from ciclo.backoff import Backoff, pause
from ciclo.streams.connection import FAILURES, SOCKET_TIMEOUT_MS, Streams
from ciclo.streams.entry import Entry, Reply, Row, decode_fields, entry_of, error_text, rows_of
from ciclo.streams.groups import BatchOutcome, ensure_group, is_group_lost, leave, statistics_key
from ciclo.streams.hand import BeginsAhead, open_hand
from ciclo.streams.timeouts import check_cancelled, stop_at_exit, with_timeout

DEAD_STREAM: Final = "dead"
"""Where it is announced that an event was given up. The record keeps it; this is a view."""

DEAD_KEPT_MIN: Final = 10_000
CLAIM_PAGES_MAX: Final = 100
SESSION_BACKOFF: Final = Backoff(first=0.1, max=5.0)
"""Between two sessions while Redis is away."""

DEPART_MS_MAX: Final = 1_000
BEGINNING: Final = "0-0"
UNREADABLE: Final = "the entry has no event_id and type"


class Unanswered(Exception):
    """Entries were delivered, and there is no answer. They stay pending, and are delivered again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What the record says now of delivered entries. Those that are not named here are handled.

    Attributes:
        retried: tries that met a transient failure and were repeated, times the entries in them.
        failed: events that failed by their own fault and will be announced again.
        dead: events that were given up, and why.
    """

    retried: int = 0
    failed: int = 0
    dead: Mapping[str, str] = field(default_factory=dict)


Letter: TypeAlias = dict[FieldT, EncodableT]

Deliver = Callable[[Sequence[Entry]], Awaitable[Delivered]]
"""Does what entries ask for, as often as they come; raises Unanswered if it could not be done now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerOptions:
    """The bounds of a consumer.

    Attributes:
        batch_max: entries read, claimed and delivered at once.
        block_ms: how long a read waits for entries; claims are late by as much.
        claim_interval_ms: time between two looks at what others left pending.
        idle_ms_min: an entry that is pending for this long is taken over; the record knows who holds it.
    """

    batch_max: int = 500
    block_ms: int = 2_000
    claim_interval_ms: int = 10_000
    idle_ms_min: int = 30_000

    def __post_init__(self) -> None:
        if not 0 < self.block_ms <= SOCKET_TIMEOUT_MS // 2:
            raise ValueError(f"block_ms must be 1 to {SOCKET_TIMEOUT_MS // 2}: 0 would wait for ever")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Consumer:
    """One consumer at work: what reading, claiming and acknowledging share."""

    streams: Streams
    stream: str
    group: str
    name: str
    deliver: Deliver
    options: ConsumerOptions
    begins_ahead: BeginsAhead | None
    stop: asyncio.Event
    stopping: asyncio.Task[Any]
    log: Any

    @property
    def key(self) -> str:
        return self.streams.key(self.stream)


async def consume(
    streams: Streams,
    *,
    stream: str,
    group: str,
    consumer: str,
    deliver: Deliver,
    options: ConsumerOptions,
    stop: asyncio.Event,
    begins_ahead: BeginsAhead | None = None,
) -> None:
    """Do the work of *group* as *consumer* until *stop* is set, whatever happens to Redis meanwhile.

    After a stop nothing more is read; what was read is delivered and acknowledged. When cancelled instead,
    entries in hand stay pending and are claimed by others.

    Args:
        streams: where to read.
        stream: the stream's name, without prefix.
        group: made if it does not exist, and again if it vanishes.
        consumer: a name that no other process has, see `consumer_name`.
        deliver: does what entries ask for.
        options: bounds.
        stop: set by the caller, for example at SIGTERM.
        begins_ahead: if given, the batch after a full one begins before that is over.
    """
    stopping = asyncio.create_task(stop.wait())
    me = _Consumer(
        streams=streams,
        stream=stream,
        group=group,
        name=consumer,
        deliver=deliver,
        options=options,
        begins_ahead=begins_ahead,
        stop=stop,
        stopping=stopping,
        log=structlog.get_logger().bind(stream=stream, group=group, consumer=consumer),
    )
    try:
        me.log.info("stream_consumer_started")
        await _serve(me)
        await _depart(me)
    finally:
        stopping.cancel()
        await asyncio.wait({stopping})


async def _serve(me: _Consumer) -> None:
    """Keep a session with Redis going; after a failure begin another, with growing pauses."""
    loop = asyncio.get_running_loop()
    failures = 0
    while not me.stop.is_set():
        check_cancelled()
        began = loop.time()
        try:
            await _session(me)
        except FAILURES as error:
            failures = 1 if loop.time() - began > SESSION_BACKOFF.max else failures + 1
            event = "stream_group_lost" if is_group_lost(error) else "stream_session_failed"
            me.log.warning(event, failures=failures, error=error_text(error))
            await pause(me.stop, seconds=SESSION_BACKOFF.spread_s(failures, least=0.5))


async def _session(me: _Consumer) -> None:
    """Read and claim, until the stop or an error."""
    await ensure_group(me.streams, me.stream, me.group)
    loop, claim_at = asyncio.get_running_loop(), 0.0
    async with open_hand() as hand:
        while not me.stop.is_set():
            check_cancelled()
            if loop.time() >= claim_at:
                await _claim(me)
                claim_at = loop.time() + me.options.claim_interval_ms / 1_000
            rows, ahead = await _read(me), me.begins_ahead
            is_full = len(rows) == me.options.batch_max
            await hand.take(_deliver(me, rows), next_begins=ahead() if ahead and is_full else None)


async def _read(me: _Consumer) -> list[Row]:
    """Return the group's next entries, or nothing after `block_ms` or at the stop.

    A read that the stop cancels may have been answered already: such entries stay pending, and the relay
    announces them again.
    """
    options = me.options
    call = me.streams.redis.xreadgroup(
        me.group, me.name, {me.key: ">"}, count=options.batch_max, block=options.block_ms
    )
    reading = asyncio.ensure_future(call)
    async with stop_at_exit(reading):
        await asyncio.wait({reading, me.stopping}, return_when=asyncio.FIRST_COMPLETED)
    return [] if reading.cancelled() else rows_of(reading.result())


async def _claim(me: _Consumer) -> None:
    """Take over and deliver what has been pending for long, the oldest first, up to 100 batches.

    It ends early when there is no answer, since what failed these entries would fail the next.
    """
    cursor = BEGINNING
    for _ in range(CLAIM_PAGES_MAX):
        reply: Reply = await me.streams.redis.xautoclaim(
            me.key,
            me.group,
            me.name,
            min_idle_time=me.options.idle_ms_min,
            start_id=cursor,
            count=me.options.batch_max,
        )
        cursor, rows = reply[0].decode(), decode_fields(reply[1])
        if rows:
            me.log.info("stream_entries_claimed", entries=len(rows))
        if not await _deliver(me, rows, claimed=True) or cursor == BEGINNING or me.stop.is_set():
            return


async def _deliver(me: _Consumer, rows: Sequence[Row], *, claimed: bool = False) -> bool:
    """Have rows delivered and acknowledge them; return whether they were answered."""
    if not rows:
        return True
    entries = [entry for row in rows if (entry := entry_of(row)) is not None]
    try:
        delivered = await me.deliver(entries) if entries else Delivered()
    except Unanswered as reason:
        me.log.warning("stream_entries_left_pending", entries=len(rows), reason=error_text(reason))
        return False
    letters = [
        _letter(me, entry, delivered.dead[entry.event_id])
        for entry in entries
        if entry.event_id in delivered.dead
    ]
    if len(entries) < len(rows):
        read = {entry.id for entry in entries}
        lost = [Entry(entry_id, "", "") for entry_id, _ in rows if entry_id not in read]
        me.log.warning("stream_entries_unreadable", entries=len(lost), first=lost[0].id)
        letters += [_letter(me, entry, UNREADABLE) for entry in lost]
    counts = {
        BatchOutcome.HANDLED: len(rows) - len(letters) - delivered.failed,
        BatchOutcome.RETRIED: delivered.retried,
        BatchOutcome.FAILED: delivered.failed,
        BatchOutcome.DEAD: len(letters),
        BatchOutcome.CLAIMED: len(rows) if claimed else 0,
    }
    await _acknowledge(me, [entry_id for entry_id, _ in rows], letters=letters, counts=counts)
    return True


def _letter(me: _Consumer, entry: Entry, error: str) -> Letter:
    """Return what the stream of the dead carries of one."""
    return {
        "event_id": entry.event_id,
        "type": entry.type,
        "error": error,
        "stream": me.stream,
        "group": me.group,
        "entry_id": entry.id,
    }


async def _acknowledge(
    me: _Consumer,
    ids: Sequence[str],
    *,
    letters: Sequence[Letter],
    counts: Mapping[BatchOutcome, int],
) -> None:
    """Announce the dead, acknowledge *ids* and write the statistics, in this order and one round trip.

    Only the XACK has to succeed: a server out of memory refuses the rest, and both can be done without.

    Raises:
        RedisError: the entries are pending still; whoever claims them finds that they are done.
    """
    hash_key = statistics_key(me.streams, stream=me.stream, group=me.group)
    async with me.streams.redis.pipeline(transaction=False) as pipe:
        for letter in letters:
            pipe.xadd(me.streams.key(DEAD_STREAM), letter, maxlen=DEAD_KEPT_MIN)
        pipe.xack(me.key, me.group, *ids)
        for counted, number in counts.items():
            if number:
                pipe.hincrby(hash_key, counted, number)
        answers: list[object] = await pipe.execute(raise_on_error=False)
    acknowledged = answers[len(letters)]
    if isinstance(acknowledged, Exception):
        raise acknowledged
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    if refused:
        me.log.warning("stream_notes_refused", refused=len(refused), error=error_text(refused[0]))


async def _depart(me: _Consumer) -> None:
    """Leave the group if nothing is pending here; otherwise the name is reaped after others claimed that."""
    try:
        leaving = leave(me.streams, stream=me.stream, group=me.group, consumer=me.name)
        left = await with_timeout(leaving, ms=DEPART_MS_MAX)
    except FAILURES as error:
        me.log.warning("stream_departure_failed", error=error_text(error))
    else:
        me.log.info("stream_consumer_stopped", left_pending=not left)
