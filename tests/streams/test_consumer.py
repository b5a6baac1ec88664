"""The group loop: batches, failures, and what is acknowledged when."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from ciclo.streams.connection import Streams
from ciclo.streams.entry import Entry
from ciclo.streams.group import consumer_name, ensure_group
from ciclo.streams.status import GroupStatistics, groups
from ciclo.streams.work import ConsumerOptions
from tests.streams.record import (
    EAGER,
    GROUP,
    PROMPT,
    STREAM,
    Record,
    consuming,
    dead_letters,
    eventually,
    nothing_pending,
    pending,
    publish_ids,
)


async def _statistics(streams: Streams) -> GroupStatistics:
    [state] = await groups(streams, [STREAM])
    return state.statistics


async def test_a_new_group_reads_what_was_published_before_it(streams: Streams) -> None:
    await publish_ids(streams, "evt_1", "evt_2")
    record = Record()

    async with consuming(streams, record):
        await record.until(lambda: len(record.handled) == 2)

    assert record.batches == [["evt_1", "evt_2"]]


async def test_making_a_group_twice_keeps_its_place(streams: Streams) -> None:
    await ensure_group(streams, STREAM, GROUP)
    await publish_ids(streams, "evt_1")
    await streams.redis.xreadgroup(GROUP, "one", {streams.key(STREAM): ">"})

    await ensure_group(streams, STREAM, GROUP)

    assert await pending(streams) == 1


async def test_a_batch_is_acknowledged_by_one_command(own_streams: Streams) -> None:
    event_ids = [f"evt_{number}" for number in range(PROMPT.batch_max)]
    await publish_ids(own_streams, *event_ids)
    record = Record()

    async with consuming(own_streams, record):
        await eventually(lambda: _has_counted(own_streams, GroupStatistics(handled=PROMPT.batch_max)))

    commands = await own_streams.redis.info("commandstats")
    assert record.batches == [event_ids]
    assert commands["cmdstat_xack"]["calls"] == 1
    assert await nothing_pending(own_streams)


async def test_a_batch_is_no_larger_than_allowed(streams: Streams) -> None:
    await publish_ids(streams, *(f"evt_{number}" for number in range(5)))
    record = Record()

    async with consuming(streams, record, options=ConsumerOptions(batch_max=2)):
        await record.until(lambda: len(record.handled) == 5)

    assert [len(batch) for batch in record.batches] == [2, 2, 1]


async def test_consumers_of_a_group_share_its_entries(streams: Streams) -> None:
    event_ids = [f"evt_{number}" for number in range(200)]
    options = ConsumerOptions(batch_max=7)
    one, two = Record(), Record()

    async with (
        consuming(streams, one, consumer="one", options=options),
        consuming(streams, two, consumer="two", options=options),
    ):
        for event_id in event_ids:
            await publish_ids(streams, event_id)
        await eventually(lambda: _has_counted(streams, GroupStatistics(handled=200)))

    assert sorted(one.handled + two.handled) == sorted(event_ids)
    assert one.handled
    assert two.handled


async def test_two_groups_each_get_every_entry(streams: Streams) -> None:
    await ensure_group(streams, STREAM, "other")
    await publish_ids(streams, "evt_1")
    record = Record()

    async with consuming(streams, record):
        await record.until(lambda: record.handled == ["evt_1"])

    [found] = await streams.redis.xreadgroup("other", "one", {streams.key(STREAM): ">"})
    assert len(found[1]) == 1


async def test_a_poison_entry_is_found_in_its_batch_and_the_rest_goes_on(streams: Streams) -> None:
    event_ids = [f"evt_{number:02}" for number in range(20)]
    await publish_ids(streams, *event_ids)
    record = Record(poison={"evt_03"})

    async with consuming(streams, record):
        await eventually(lambda: _has_counted(streams, GroupStatistics(handled=19, dead=1)))

    assert record.handled == [event_id for event_id in event_ids if event_id != "evt_03"]
    assert record.tries == {"evt_03": 1}
    assert [len(call) for call in record.calls] == [20, 10, 5, 2, 3, 1, 2, 1, 1, 5, 10]
    assert await nothing_pending(streams)


async def test_a_dead_entry_is_announced(streams: Streams) -> None:
    await publish_ids(streams, "evt_1")
    [row] = await streams.redis.xrange(streams.key(STREAM))
    record = Record(poison={"evt_1"})

    async with consuming(streams, record):
        await eventually(lambda: _has_counted(streams, GroupStatistics(dead=1)))

    assert await dead_letters(streams) == [
        {
            "event_id": "evt_1",
            "type": "payment_succeeded",
            "error": "ValueError: can't apply evt_1",
            "stream": STREAM,
            "group": GROUP,
            "entry_id": row[0].decode(),
        }
    ]


async def test_a_failure_that_is_not_the_last_is_acknowledged_and_not_announced(streams: Streams) -> None:
    await publish_ids(streams, "evt_1")
    record = Record(poison={"evt_1"}, tries_max=2)

    async with consuming(streams, record):
        await eventually(lambda: _has_counted(streams, GroupStatistics(failed=1)))
        assert await nothing_pending(streams)
        assert await dead_letters(streams) == []
        await publish_ids(streams, "evt_1")
        await eventually(lambda: _has_counted(streams, GroupStatistics(failed=1, dead=1)))

    assert record.tries == {"evt_1": 2}
    assert len(await dead_letters(streams)) == 1


async def test_errors_of_the_surroundings_are_retried_and_nobodys_fault(streams: Streams) -> None:
    await publish_ids(streams, "evt_1", "evt_2")
    record = Record(surroundings_fail=3)

    async with consuming(streams, record):
        await eventually(lambda: _has_counted(streams, GroupStatistics(handled=2, retried=6)))

    assert record.calls == [["evt_1", "evt_2"]] * 4
    assert record.tries == {}


async def test_an_outage_leaves_entries_pending_as_if_delivered_once(streams: Streams) -> None:
    await publish_ids(streams, "evt_1", "evt_2")
    options = ConsumerOptions(passing_tries_max=3, backoff_ms_min=1, backoff_ms_max=2)
    record = Record(surroundings_fail=3)

    async with consuming(streams, record, options=options):
        await record.until(lambda: len(record.calls) == 3)

    rows = await streams.redis.xpending_range(streams.key(STREAM), GROUP, min="-", max="+", count=10)
    assert [(row["consumer"], row["times_delivered"]) for row in rows] == [(b"one", 1)] * 2
    assert record.handled == []


async def test_a_long_outage_buries_nobody(streams: Streams) -> None:
    await publish_ids(streams, "evt_1", "evt_2")
    options = ConsumerOptions(
        block_ms=10,
        claim_interval_ms=5,
        idle_ms_min=20,
        passing_tries_max=1,
        deliveries_max=3,
    )
    record = Record(surroundings_fail=10)

    async with consuming(streams, record, options=options):
        await record.until(lambda: len(record.handled) == 2)

    assert record.buried == []
    assert record.batches == [["evt_1", "evt_2"]]


async def test_a_consumer_renews_slow_work_so_that_nobody_takes_it_for_abandoned(streams: Streams) -> None:
    await publish_ids(streams, "evt_1", "evt_2")
    release = asyncio.Event()
    idle_ms = [0]

    async def wait(_entries: Sequence[Entry]) -> None:
        await release.wait()

    async def is_renewed() -> bool:
        rows = await streams.redis.xpending_range(streams.key(STREAM), GROUP, min="-", max="+", count=2)
        assert [(row["consumer"], row["times_delivered"]) for row in rows] == [(b"one", 1)] * 2
        idle_ms.append(rows[0]["time_since_delivered"])
        return idle_ms[-1] < idle_ms[-2]

    record = Record(during=wait)
    async with consuming(streams, record, options=replace(EAGER, idle_ms_min=300)):
        await record.until(lambda: record.calls == [["evt_1", "evt_2"]])
        await eventually(is_renewed)
        await eventually(is_renewed)
        release.set()
        await record.until(lambda: record.handled == ["evt_1", "evt_2"])


async def test_an_unreadable_entry_is_announced_and_does_not_stop_its_batch(streams: Streams) -> None:
    await ensure_group(streams, STREAM, GROUP)
    entry_id = await streams.redis.xadd(streams.key(STREAM), {"what": "is this"})
    await publish_ids(streams, "evt_1")
    record = Record()

    async with consuming(streams, record):
        await eventually(lambda: _has_counted(streams, GroupStatistics(handled=1, dead=1)))

    assert record.handled == ["evt_1"]
    assert [(letter["entry_id"], letter["error"]) for letter in await dead_letters(streams)] == [
        (entry_id.decode(), "the entry has no event_id and type")
    ]
    assert await nothing_pending(streams)


async def test_an_error_of_the_record_is_tried_again(streams: Streams) -> None:
    await publish_ids(streams, "evt_1")
    record = Record(poison={"evt_1"})
    failures = iter([Exception("no primary"), Exception("no primary")])
    count = record.work.failed

    async def failed(entry: Entry, error: str) -> bool:
        for failure in failures:
            raise failure
        return await count(entry, error)

    record.failed = failed
    async with consuming(streams, record):
        await eventually(lambda: _has_counted(streams, GroupStatistics(dead=1)))

    assert record.tries == {"evt_1": 1}


async def test_a_full_server_does_not_keep_work_from_being_acknowledged(own_streams: Streams) -> None:
    await publish_ids(own_streams, "evt_1", "evt_2")
    await ensure_group(own_streams, STREAM, GROUP)
    await own_streams.redis.config_set("maxmemory", "1")
    record = Record(poison={"evt_2"})

    async with consuming(own_streams, record):
        await record.until(lambda: record.handled == ["evt_1"] and record.tries["evt_2"] == 1)
        await eventually(lambda: nothing_pending(own_streams))

    assert await dead_letters(own_streams) == []


def test_no_two_consumers_have_one_name() -> None:
    assert consumer_name() != consumer_name()


@pytest.mark.parametrize("wrong", [{"block_ms": 0}, {"block_ms": 10_000}, {"deliveries_max": 2}])
def test_options_that_would_hang_or_lose_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ConsumerOptions(**wrong)


async def _has_counted(streams: Streams, expected: GroupStatistics) -> bool:
    return bool(await groups(streams, [STREAM])) and await _statistics(streams) == expected
