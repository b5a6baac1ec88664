"""Publishing: all entries in order, once, or an error in time."""

import asyncio
import os
import signal

import pytest

from ciclo.streams.connection import Streams, StreamsUnavailable
from ciclo.streams.publisher import ENTRIES_MAX, publish
from tests.streams.record import STREAM, publish_ids
from tests.streams.server import Server


async def test_entries_carry_id_and_type_in_order(streams: Streams) -> None:
    await publish(streams, STREAM, [("evt_1", "paid"), ("evt_2", "failed")], timeout_ms=5_000)

    rows = await streams.redis.xrange(streams.key(STREAM))
    assert [fields for _, fields in rows] == [
        {b"event_id": b"evt_1", b"type": b"paid"},
        {b"event_id": b"evt_2", b"type": b"failed"},
    ]


async def test_many_entries_go_in_several_scripts(streams: Streams) -> None:
    event_ids = [f"evt_{number}" for number in range(2 * ENTRIES_MAX + 1)]

    await publish_ids(streams, *event_ids)

    rows = await streams.redis.xrange(streams.key(STREAM))
    assert [fields[b"event_id"].decode() for _, fields in rows] == event_ids


async def test_a_server_that_forgot_the_script_is_told_it_again(own_streams: Streams) -> None:
    await publish_ids(own_streams, "evt_1")
    await own_streams.redis.script_flush()

    await publish_ids(own_streams, "evt_2")

    rows = await own_streams.redis.xrange(own_streams.key(STREAM))
    assert [fields[b"event_id"] for _, fields in rows] == [b"evt_1", b"evt_2"]


async def test_publishing_nothing_makes_no_stream(streams: Streams) -> None:
    await publish(streams, STREAM, [], timeout_ms=5_000)

    assert await streams.redis.exists(streams.key(STREAM)) == 0


async def test_a_frozen_server_is_reported_in_time_and_leaves_no_stray_reply(
    own_server: Server, own_streams: Streams
) -> None:
    await publish_ids(own_streams, "evt_1")
    assert own_server.process is not None
    os.kill(own_server.process.pid, signal.SIGSTOP)
    try:
        async with asyncio.timeout(10):
            for _ in range(50):
                with pytest.raises(StreamsUnavailable):
                    await publish(own_streams, STREAM, [("evt_2", "paid")], timeout_ms=10)
    finally:
        os.kill(own_server.process.pid, signal.SIGCONT)

    await own_streams.ping(timeout_ms=10_000)
    assert await own_streams.redis.echo("mine") == b"mine"


async def test_many_publishers_at_once_wait_for_connections(streams: Streams) -> None:
    event_ids = {f"evt_{number}" for number in range(300)}

    await asyncio.gather(*(publish_ids(streams, event_id) for event_id in event_ids))

    rows = await streams.redis.xrange(streams.key(STREAM))
    assert {fields[b"event_id"].decode() for _, fields in rows} == event_ids


async def test_publishers_cut_off_by_their_time_give_their_connections_back(streams: Streams) -> None:
    async def hasty(number: int) -> None:
        try:
            await publish(streams, STREAM, [(f"evt_{number}", "paid")], timeout_ms=number % 7)
        except StreamsUnavailable:
            return

    for _ in range(3):
        await asyncio.gather(*(hasty(number) for number in range(300)))

    await asyncio.gather(*(streams.ping(timeout_ms=10_000) for _ in range(100)))


async def test_a_refusal_by_the_server_is_reported(own_streams: Streams) -> None:
    await own_streams.redis.config_set("maxmemory", "1")

    with pytest.raises(StreamsUnavailable, match="maxmemory"):
        await publish_ids(own_streams, "evt_1")
