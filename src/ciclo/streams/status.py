"""The state of streams and groups, for operators, metrics and health checks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from redis.exceptions import ResponseError

from ciclo.streams.connection import Streams, translate_errors
from ciclo.streams.groups import BatchOutcome, statistics_key


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupStatistics:
    """What a group's consumers counted since the statistics were last emptied. Approximate after failures.

    Attributes:
        handled: entries handled.
        retried: entries handled again in place, after transient failures.
        failed: failures of an entry's own fault that did not make it dead.
        dead: entries given up, whether they failed, killed their workers or could not be read.
        claimed: entries taken over from consumers that did not acknowledge them.
    """

    handled: int = 0
    retried: int = 0
    failed: int = 0
    dead: int = 0
    claimed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupState:
    """A consumer group as it is now.

    Attributes:
        stream: the stream's name, without prefix.
        group: the group's name.
        stream_entries: entries in the stream, done or not.
        lag: entries not yet delivered; None if the server lost count, because somebody deleted entries.
        pending: entries delivered and not acknowledged.
        consumers: consumers that the group knows, dead ones included until they are reaped.
        last_delivered_id: the id of the newest entry that was delivered.
        oldest_pending_idle_ms: how long ago the oldest pending entry was delivered; None if there is none.
        statistics: what its consumers counted.
    """

    stream: str
    group: str
    stream_entries: int
    lag: int | None
    pending: int
    consumers: int
    last_delivered_id: str
    oldest_pending_idle_ms: int | None
    statistics: GroupStatistics


async def read_clock(streams: Streams) -> datetime:
    """Return what the server's clock shows, in UTC.

    Raises:
        StreamsUnavailable: Redis is away or refuses.
    """
    with translate_errors("read the clock"):
        seconds, microseconds = await streams.redis.time()
    return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=microseconds)


async def groups(streams: Streams, names: Iterable[str]) -> list[GroupState]:
    """Return the groups of the streams *names*, in this order; a stream that does not exist has none.

    Takes two round trips, however many groups there are.

    Raises:
        StreamsUnavailable: Redis is away or refuses.
    """
    with translate_errors("read the state of groups"):
        found = await _found(streams, tuple(names))
        async with streams.redis.pipeline(transaction=False) as pipe:
            for group in found:
                key = streams.key(group.stream)
                pipe.xpending_range(key, group.group, min="-", max="+", count=1)
                pipe.hgetall(statistics_key(streams, stream=group.stream, group=group.group))
            answers = await pipe.execute()
    return [
        _state(group, oldest=oldest, counted=counted)
        for group, oldest, counted in zip(found, answers[0::2], answers[1::2], strict=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    stream: str
    stream_entries: int
    info: Mapping[str, Any]

    @property
    def group(self) -> str:
        return str(self.info["name"], "utf-8")


async def _found(streams: Streams, names: Sequence[str]) -> list[_Found]:
    async with streams.redis.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.xlen(streams.key(name))
            pipe.xinfo_groups(streams.key(name))
        answers = await pipe.execute(raise_on_error=False)
    found: list[_Found] = []
    for name, length, infos in zip(names, answers[0::2], answers[1::2], strict=True):
        if isinstance(infos, ResponseError) and "no such key" in str(infos):
            continue
        for answer in (length, infos):
            if isinstance(answer, Exception):
                raise answer
        found += [_Found(stream=name, stream_entries=length, info=info) for info in infos]
    return found


def _state(one: _Found, *, oldest: Sequence[Mapping[str, Any]], counted: Mapping[bytes, bytes]) -> GroupState:
    return GroupState(
        stream=one.stream,
        group=one.group,
        stream_entries=one.stream_entries,
        lag=one.info["lag"],
        pending=one.info["pending"],
        consumers=one.info["consumers"],
        last_delivered_id=str(one.info["last-delivered-id"], "ascii"),
        oldest_pending_idle_ms=oldest[0]["time_since_delivered"] if oldest else None,
        statistics=GroupStatistics(
            **{outcome.value: int(counted.get(outcome.value.encode(), 0)) for outcome in BatchOutcome}
        ),
    )
