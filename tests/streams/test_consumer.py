"""The group loop: batches, answers, and what is acknowledged when."""

import pytest

from ciclo.streams.connection import Streams
from ciclo.streams.consumer import ConsumerOptions, Delivered
from ciclo.streams.groups import consumer_name, ensure_group
from ciclo.streams.status import GroupStatistics, groups
from tests.streams.record import (
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


async def test_a_dead_entry_is_announced(streams: Streams) -> None:
    await publish_ids(streams, "evt_1")
    [row] = await streams.redis.xrange(streams.key(STREAM))
    record = Record(says=lambda _: Delivered(dead={"evt_1": "ValueError: can't apply evt_1"}))

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


async def test_what_the_record_says_of_entries_is_counted_and_acknowledged(streams: Streams) -> None:
    await publish_ids(streams, "evt_1", "evt_2", "evt_3", "evt_4")
    record = Record(says=lambda _: Delivered(retried=8, failed=1, dead={"evt_2": "poison"}))

    async with consuming(streams, record):
        await eventually(
            lambda: _has_counted(streams, GroupStatistics(handled=2, retried=8, failed=1, dead=1))
        )

    assert await nothing_pending(streams)
    assert [letter["event_id"] for letter in await dead_letters(streams)] == ["evt_2"]


async def test_what_has_no_answer_stays_pending_and_is_not_counted(streams: Streams) -> None:
    await publish_ids(streams, "evt_1", "evt_2")
    record = Record(unanswered=1)

    async with consuming(streams, record):
        await record.until(lambda: record.calls == [["evt_1", "evt_2"]])
        await publish_ids(streams, "evt_3")
        await eventually(lambda: _has_counted(streams, GroupStatistics(handled=1)))

    assert record.handled == ["evt_3"]
    assert await pending(streams) == 2


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


async def test_a_full_server_does_not_keep_work_from_being_acknowledged(own_streams: Streams) -> None:
    await publish_ids(own_streams, "evt_1", "evt_2")
    await ensure_group(own_streams, STREAM, GROUP)
    await own_streams.redis.config_set("maxmemory", "1")
    record = Record(says=lambda _: Delivered(dead={"evt_2": "poison"}))

    async with consuming(own_streams, record):
        await record.until(lambda: record.handled == ["evt_1", "evt_2"])
        await eventually(lambda: nothing_pending(own_streams))

    assert await dead_letters(own_streams) == []


def test_no_two_consumers_have_one_name() -> None:
    assert consumer_name() != consumer_name()


@pytest.mark.parametrize("wrong", [{"block_ms": 0}, {"block_ms": 10_000}])
def test_options_that_would_hang_or_lose_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ConsumerOptions(**wrong)


async def _has_counted(streams: Streams, expected: GroupStatistics) -> bool:
    return bool(await groups(streams, [STREAM])) and await _statistics(streams) == expected
