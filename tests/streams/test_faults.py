"""What may happen to Redis or to us while a consumer runs, and what must come of it."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

import pytest

from ciclo.streams.connection import Streams, StreamsUnavailable
from ciclo.streams.consumer import ConsumerOptions
from ciclo.streams.groups import ensure_group, is_group_lost
from ciclo.streams.status import groups
from tests.streams.record import (
    EAGER,
    GROUP,
    PROMPT,
    STREAM,
    Record,
    consuming,
    eventually,
    nothing_pending,
    pending,
    publish_ids,
    run,
)
from tests.streams.server import Server

STOP_S_MAX = 1.0
BLOCKED = ConsumerOptions(block_ms=5_000)
"""Blocks so long that only a real end of the read can explain a quick stop."""


async def _consumers(streams: Streams) -> list[bytes]:
    return [info["name"] for info in await streams.redis.xinfo_consumers(streams.key(STREAM), GROUP)]


async def _is_blocked(streams: Streams) -> bool:
    clients = await streams.redis.client_list()
    return any("b" in client["flags"] for client in clients)


async def _answers(streams: Streams) -> bool:
    try:
        await streams.ping()
    except StreamsUnavailable:
        return False
    return True


async def _is_acknowledged(streams: Streams) -> bool:
    try:
        return [state.pending for state in await groups(streams, [STREAM])] == [0]
    except StreamsUnavailable:
        return False


async def _is_idle(streams: Streams) -> bool:
    return not await _is_blocked(streams)


async def _flush(streams: Streams) -> None:
    await streams.redis.flushall()


async def _delete(streams: Streams) -> None:
    await streams.redis.delete(streams.key(STREAM))


async def _destroy(streams: Streams) -> None:
    await streams.redis.xgroup_destroy(streams.key(STREAM), GROUP)


async def _replace(streams: Streams) -> None:
    await streams.redis.set(streams.key(STREAM), "not a stream")
    await streams.redis.delete(streams.key(STREAM))


@pytest.mark.parametrize("lose", [_flush, _delete, _destroy, _replace])
async def test_a_group_that_vanishes_under_a_blocked_read_is_made_again(
    own_streams: Streams, lose: Callable[[Streams], Awaitable[None]]
) -> None:
    record = Record()
    async with consuming(own_streams, record):
        await publish_ids(own_streams, "evt_1")
        await record.until(lambda: "evt_1" in record.handled)
        await eventually(lambda: _is_blocked(own_streams))

        await lose(own_streams)
        await publish_ids(own_streams, "evt_2")

        await record.until(lambda: "evt_2" in record.handled)


@pytest.mark.parametrize("lose", [_flush, _delete, _destroy])
async def test_a_group_that_vanishes_under_its_work_is_made_again(
    own_streams: Streams, lose: Callable[[Streams], Awaitable[None]]
) -> None:
    async def vanish(_entries: object) -> None:
        record.during = None
        await lose(own_streams)

    record = Record(during=vanish)
    async with consuming(own_streams, record):
        await publish_ids(own_streams, "evt_1")
        await record.until(lambda: "evt_1" in record.handled)
        await publish_ids(own_streams, "evt_2")
        await record.until(lambda: "evt_2" in record.handled)


async def test_a_lost_group_is_told_from_other_errors(own_streams: Streams) -> None:
    await ensure_group(own_streams, STREAM, GROUP)
    key = own_streams.key(STREAM)
    reading = asyncio.create_task(own_streams.redis.xreadgroup(GROUP, "one", {key: ">"}, block=5_000))
    await eventually(lambda: _is_blocked(own_streams))
    await own_streams.redis.xgroup_destroy(key, GROUP)
    await own_streams.redis.xadd(key, {"wake": "up"})

    [blocked] = await asyncio.gather(reading, return_exceptions=True)
    [late] = await asyncio.gather(
        own_streams.redis.xreadgroup(GROUP, "one", {key: ">"}), return_exceptions=True
    )

    assert isinstance(blocked, BaseException)
    assert isinstance(late, BaseException)
    assert [is_group_lost(error) for error in (blocked, late, ValueError("NOGROUP"))] == [True, True, False]


async def test_a_server_that_dies_and_returns_is_read_again(own_server: Server, own_streams: Streams) -> None:
    record = Record()
    async with consuming(own_streams, record):
        await publish_ids(own_streams, "evt_1")
        await record.until(lambda: record.handled == ["evt_1"])
        await eventually(lambda: nothing_pending(own_streams))

        own_server.kill()
        own_server.start()
        await eventually(lambda: _answers(own_streams))
        await publish_ids(own_streams, "evt_2")

        await record.until(lambda: record.handled == ["evt_1", "evt_2"])


async def test_what_could_not_be_acknowledged_is_delivered_again_once_the_server_is_back(
    own_server: Server, own_streams: Streams
) -> None:
    async def lose_server(_entries: object) -> None:
        record.during = None
        own_server.kill()

    record = Record(during=lose_server)
    await publish_ids(own_streams, "evt_1", "evt_2")
    async with consuming(own_streams, record, options=EAGER):
        await record.until(lambda: record.handled == ["evt_1", "evt_2"])
        own_server.start()
        await eventually(lambda: _is_acknowledged(own_streams))

    assert record.calls == [["evt_1", "evt_2"]] * 2


async def test_a_consumer_that_starts_before_its_server_waits_for_it(
    own_server: Server, own_streams: Streams
) -> None:
    own_server.kill()
    record = Record()
    async with consuming(own_streams, record):
        own_server.start()
        await publish_ids(own_streams, "evt_1")
        await record.until(lambda: record.handled == ["evt_1"])


async def test_a_stop_ends_a_blocked_read_at_once_and_gives_up_the_seat(own_streams: Streams) -> None:
    async with consuming(own_streams, Record(), options=BLOCKED) as stop:
        await eventually(lambda: _is_blocked(own_streams))
        began = asyncio.get_running_loop().time()
        stop.set()

    assert asyncio.get_running_loop().time() - began < STOP_S_MAX
    assert await _consumers(own_streams) == []


async def test_a_stop_while_the_server_is_frozen_is_bounded(own_server: Server, own_streams: Streams) -> None:
    assert own_server.process is not None
    try:
        async with consuming(own_streams, Record(), options=BLOCKED) as stop:
            await eventually(lambda: _is_blocked(own_streams))
            os.kill(own_server.process.pid, signal.SIGSTOP)
            began = asyncio.get_running_loop().time()
            stop.set()
    finally:
        os.kill(own_server.process.pid, signal.SIGCONT)

    assert asyncio.get_running_loop().time() - began < 3 * STOP_S_MAX


async def test_no_entry_is_lost_to_stops_at_any_moment(streams: Streams) -> None:
    event_ids = [f"evt_{number:03}" for number in range(400)]
    record = Record()

    async def publish_all() -> None:
        for event_id in event_ids:
            await publish_ids(streams, event_id)

    publishing = asyncio.create_task(publish_all())
    for turn in range(60):
        async with consuming(streams, record, consumer=f"turn-{turn}"):
            await asyncio.sleep(turn % 7 / 1_000)  # the moment is what varies
    await publishing
    async with consuming(streams, record, consumer="last", options=EAGER):
        await record.until(lambda: len(record.handled) >= len(event_ids))

    assert sorted(record.handled) == event_ids
    assert await nothing_pending(streams)


async def test_a_stop_lets_the_work_in_hand_finish(streams: Streams) -> None:
    release = asyncio.Event()

    async def wait(_entries: object) -> None:
        await release.wait()

    record = Record(during=wait)
    await publish_ids(streams, "evt_1")
    async with consuming(streams, record) as stop:
        await record.until(lambda: record.calls == [["evt_1"]])
        stop.set()
        await publish_ids(streams, "evt_2")
        release.set()

    assert record.handled == ["evt_1"]
    assert await nothing_pending(streams)
    assert await _consumers(streams) == []


async def test_a_stop_leaves_what_has_no_answer_and_the_name_that_it_is_pending_for(
    streams: Streams,
) -> None:
    record = Record(unanswered=1)
    await publish_ids(streams, "evt_1")

    async with consuming(streams, record) as stop:
        await record.until(lambda: record.calls == [["evt_1"]])
        stop.set()

    assert await _consumers(streams) == [b"one"]
    assert await pending(streams) == 1


async def test_a_cancelled_consumer_leaves_its_entries_pending(streams: Streams) -> None:
    async def for_ever(_entries: object) -> None:
        await asyncio.Event().wait()

    record = Record(during=for_ever)
    await publish_ids(streams, "evt_1")
    task = asyncio.create_task(run(streams, record, consumer="one", options=PROMPT, stop=asyncio.Event()))
    await record.until(lambda: record.calls == [["evt_1"]])

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await pending(streams) == 1


async def test_a_cancelled_consumer_ends_its_blocked_read(own_streams: Streams) -> None:
    task = asyncio.create_task(
        run(own_streams, Record(), consumer="one", options=BLOCKED, stop=asyncio.Event())
    )
    await eventually(lambda: _is_blocked(own_streams))

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await eventually(lambda: _is_idle(own_streams))
