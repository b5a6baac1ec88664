"""What operators see of streams and groups."""

from dataclasses import replace

import pytest

from ciclo.streams.connection import Streams, StreamsUnavailable
from ciclo.streams.consumer import Delivered
from ciclo.streams.groups import ensure_group, trim
from ciclo.streams.status import GroupState, GroupStatistics, groups
from tests.streams.record import GROUP, STREAM, Record, consuming, publish_ids
from tests.streams.server import Server

FRESH = GroupState(
    stream=STREAM,
    group=GROUP,
    stream_entries=0,
    lag=0,
    pending=0,
    consumers=0,
    last_delivered_id="0-0",
    oldest_pending_idle_ms=None,
    statistics=GroupStatistics(),
)


async def test_a_fresh_group_has_nothing(streams: Streams) -> None:
    await ensure_group(streams, STREAM, GROUP)

    assert await groups(streams, [STREAM]) == [FRESH]


async def test_unread_and_pending_entries_are_counted(streams: Streams) -> None:
    await ensure_group(streams, STREAM, GROUP)
    await publish_ids(streams, "evt_1", "evt_2", "evt_3")
    [[_, rows]] = await streams.redis.xreadgroup(GROUP, "one", {streams.key(STREAM): ">"}, count=2)

    [state] = await groups(streams, [STREAM])

    assert state.oldest_pending_idle_ms is not None
    assert 0 <= state.oldest_pending_idle_ms < 60_000
    assert replace(state, oldest_pending_idle_ms=None) == replace(
        FRESH,
        stream_entries=3,
        lag=1,
        pending=2,
        consumers=1,
        last_delivered_id=rows[-1][0].decode(),
    )


async def test_the_lag_is_known_after_trimming_and_unknown_after_somebody_deleted_entries(
    streams: Streams,
) -> None:
    await ensure_group(streams, STREAM, GROUP)
    await publish_ids(streams, *(f"evt_{number}" for number in range(5)))
    [[_, rows]] = await streams.redis.xreadgroup(GROUP, "one", {streams.key(STREAM): ">"}, count=2)
    await streams.redis.xack(streams.key(STREAM), GROUP, *(entry_id for entry_id, _ in rows))

    await trim(streams, STREAM)
    [trimmed] = await groups(streams, [STREAM])
    ids = [entry_id for entry_id, _ in await streams.redis.xrange(streams.key(STREAM))]
    await streams.redis.xdel(streams.key(STREAM), ids[2])
    [torn] = await groups(streams, [STREAM])

    assert (trimmed.stream_entries, trimmed.lag) == (4, 3)
    assert (torn.stream_entries, torn.lag) == (3, None)


async def test_streams_are_listed_in_the_order_asked_and_missing_ones_left_out(streams: Streams) -> None:
    await ensure_group(streams, "second", "b")
    await ensure_group(streams, "second", "a")
    await ensure_group(streams, "first", "c")

    states = await groups(streams, ["first", "missing", "second"])

    assert [(state.stream, state.group) for state in states] == [
        ("first", "c"),
        ("second", "a"),
        ("second", "b"),
    ]


async def test_statistics_add_up_over_consumers(streams: Streams) -> None:
    record = Record(says=lambda batch: Delivered(dead=dict.fromkeys({"evt_2"}.intersection(batch), "poison")))

    for consumer, event_ids in (("one", ["evt_1", "evt_2"]), ("two", ["evt_3"])):
        await publish_ids(streams, *event_ids)
        async with consuming(streams, record, consumer=consumer):
            await record.until(lambda last=event_ids[-1]: last in record.handled)

    [state] = await groups(streams, [STREAM])
    assert state.statistics == GroupStatistics(handled=2, dead=1)


async def test_a_dead_server_is_reported(own_server: Server, own_streams: Streams) -> None:
    own_server.kill()

    with pytest.raises(StreamsUnavailable):
        await groups(own_streams, [STREAM])
