"""Taking over what dead consumers left: everything is handled, and only the guilty is buried."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ciclo.streams.connection import Streams
from ciclo.streams.entry import Entry
from ciclo.streams.group import ensure_group
from ciclo.streams.status import GroupStatistics, groups
from tests.streams.record import (
    EAGER,
    GROUP,
    STREAM,
    Record,
    consuming,
    dead_letters,
    eventually,
    nothing_pending,
    pending,
    publish_ids,
)

DOOMED = Path(__file__).with_name("doomed.py")


@contextmanager
def _doomed(streams: Streams, url: str, *, consumer: str, fate: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, str(DOOMED), url, streams.prefix, consumer, fate])
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def _listed(streams: Streams, name: str) -> list[str]:
    return [item.decode() for item in await streams.redis.lrange(streams.key(name), 0, -1)]


async def _deliver(streams: Streams, *event_ids: str) -> list[str]:
    """Publish entries and let a consumer that is dead by now read them; return their ids."""
    await ensure_group(streams, STREAM, GROUP)
    await publish_ids(streams, *event_ids)
    [[_, rows]] = await streams.redis.xreadgroup(GROUP, "dead", {streams.key(STREAM): ">"})
    return [entry_id.decode() for entry_id, _ in rows]


async def _set_deliveries(streams: Streams, entry_id: str, number: int) -> None:
    await streams.redis.xclaim(
        streams.key(STREAM), GROUP, "dead", 0, [entry_id], retrycount=number, justid=True
    )


async def test_what_a_killed_worker_held_is_handled_by_another(streams: Streams, redis_url: str) -> None:
    await publish_ids(streams, "evt_1", "evt_2", "evt_3")
    with _doomed(streams, redis_url, consumer="doomed", fate="hold") as process:
        await eventually(lambda: _has_called(streams))
        process.kill()
        process.wait()
    assert await pending(streams) == 3
    record = Record()

    async with consuming(streams, record, consumer="heir", options=EAGER):
        await record.until(lambda: len(record.handled) == 3)
        await eventually(lambda: nothing_pending(streams))

    assert record.batches == [["evt_1", "evt_2", "evt_3"]]
    [state] = await groups(streams, [STREAM])
    assert state.statistics == GroupStatistics(handled=3, claimed=3)


async def _has_called(streams: Streams) -> bool:
    return bool(await _listed(streams, "calls"))


async def test_an_entry_that_kills_its_worker_is_buried_alone(streams: Streams, redis_url: str) -> None:
    event_ids = [f"evt_{number}" for number in range(6)]
    await publish_ids(streams, *event_ids)
    deaths = 0
    for turn in range(10):
        with _doomed(streams, redis_url, consumer=f"turn-{turn}", fate="evt_3") as process:
            await eventually(lambda: _has_ended(streams, process))
            deaths += process.poll() is not None
        if await _listed(streams, "buried"):
            break

    assert deaths == 4
    assert await _listed(streams, "buried") == ["evt_3"]
    assert await _listed(streams, "handled") == [
        "evt_0",
        "evt_1",
        "evt_2",
        "evt_4",
        "evt_5",
    ]
    together = "evt_0 evt_1 evt_2 evt_3 evt_4 evt_5"
    alone = ["evt_0", "evt_1", "evt_2", "evt_3", "evt_3", "evt_4", "evt_5"]
    assert sorted(await _listed(streams, "calls")) == sorted([together, together, *alone])
    assert [letter["event_id"] for letter in await dead_letters(streams)] == ["evt_3"]
    assert await nothing_pending(streams)


async def _has_ended(streams: Streams, process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None or (
        bool(await _listed(streams, "buried")) and await nothing_pending(streams)
    )


async def test_entries_delivered_once_are_claimed_as_one_batch(streams: Streams) -> None:
    event_ids = [f"evt_{number}" for number in range(5)]
    await _deliver(streams, *event_ids)
    record = Record()

    async with consuming(streams, record, options=EAGER):
        await record.until(lambda: len(record.handled) == 5)

    assert record.batches == [event_ids]


async def test_a_backlog_of_pages_is_claimed_to_its_end(streams: Streams) -> None:
    event_ids = [f"evt_{number:02}" for number in range(25)]
    await _deliver(streams, *event_ids)
    record = Record()
    options = replace(EAGER, batch_max=4, claim_interval_ms=60_000)
    await asyncio.sleep(EAGER.idle_ms_min / 1_000)  # they have to be idle before the only claim

    async with consuming(streams, record, options=options):
        await record.until(lambda: len(record.handled) == 25)

    assert record.handled == event_ids


async def test_suspects_are_claimed_one_at_a_time(streams: Streams) -> None:
    first, second, _ = await _deliver(streams, "evt_1", "evt_2", "evt_3")
    await _set_deliveries(streams, first, 2)
    await _set_deliveries(streams, second, 3)
    record = Record()

    async with consuming(streams, record, options=EAGER):
        await record.until(lambda: len(record.handled) == 3)

    assert sorted(record.batches) == [["evt_1"], ["evt_2"], ["evt_3"]]


async def test_an_entry_delivered_too_often_is_buried_without_another_try(streams: Streams) -> None:
    first, _ = await _deliver(streams, "evt_1", "evt_2")
    await _set_deliveries(streams, first, EAGER.deliveries_max)
    record = Record()

    async with consuming(streams, record, options=EAGER):
        await record.until(lambda: record.handled == ["evt_2"] and len(record.buried) == 1)
        await eventually(lambda: nothing_pending(streams))

    error = "delivered 10 times without an answer"
    assert record.buried == [("evt_1", error)]
    assert record.calls == [["evt_2"]]
    assert [(letter["event_id"], letter["error"]) for letter in await dead_letters(streams)] == [
        ("evt_1", error)
    ]


async def test_an_entry_that_never_ends_is_buried_and_the_others_are_handled(streams: Streams) -> None:
    async def hang(entries: Sequence[Entry]) -> None:
        if "evt_2" in [entry.event_id for entry in entries]:
            await asyncio.Event().wait()

    record = Record(during=hang)
    await publish_ids(streams, "evt_1", "evt_2", "evt_3")
    options = replace(EAGER, handle_ms_max=200, deliveries_max=6)

    async with consuming(streams, record, options=options):
        await record.until(lambda: len(record.handled) == 2 and len(record.buried) == 1)

    assert record.handled == ["evt_1", "evt_3"]
    assert [event_id for event_id, _ in record.buried] == ["evt_2"]


@pytest.mark.parametrize("deliveries", [1, 2, 10])
async def test_entries_deleted_while_pending_are_acknowledged_away(streams: Streams, deliveries: int) -> None:
    first, second = await _deliver(streams, "evt_1", "evt_2")
    await _set_deliveries(streams, first, deliveries)
    await streams.redis.xdel(streams.key(STREAM), first)
    record = Record()

    async with consuming(streams, record, options=EAGER):
        await record.until(lambda: record.handled == ["evt_2"])
        await eventually(lambda: nothing_pending(streams))

    assert record.calls == [["evt_2"]]
    assert record.buried == []
    assert second != first


async def test_claimants_at_the_same_time_share_what_is_left(streams: Streams) -> None:
    event_ids = [f"evt_{number:02}" for number in range(40)]
    await _deliver(streams, *event_ids)
    one, two = Record(), Record()
    options = replace(EAGER, batch_max=4, idle_ms_min=1_000)

    async with (
        consuming(streams, one, consumer="one", options=options),
        consuming(streams, two, consumer="two", options=options),
    ):
        await eventually(lambda: nothing_pending(streams))

    assert sorted(one.handled + two.handled) == event_ids
