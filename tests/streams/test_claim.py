"""Taking over what dead consumers left: every entry is delivered again, and no more than once at a time."""

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from ciclo.streams.connection import Streams
from ciclo.streams.groups import ensure_group
from ciclo.streams.status import GroupStatistics, groups
from tests.streams.record import (
    EAGER,
    GROUP,
    STREAM,
    Record,
    consuming,
    eventually,
    nothing_pending,
    pending,
    publish_ids,
)

DOOMED = Path(__file__).with_name("doomed.py")
ROOT = Path(__file__).parents[2]


async def _delivered_to_the_dead(streams: Streams, *event_ids: str) -> list[str]:
    """Publish entries and let a consumer that is dead by now read them; return their ids."""
    await ensure_group(streams, STREAM, GROUP)
    await publish_ids(streams, *event_ids)
    [[_, rows]] = await streams.redis.xreadgroup(GROUP, "dead", {streams.key(STREAM): ">"})
    return [entry_id.decode() for entry_id, _ in rows]


async def test_what_a_killed_worker_held_is_delivered_to_another(streams: Streams, redis_url: str) -> None:
    await publish_ids(streams, "evt_1", "evt_2", "evt_3")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(DOOMED), redis_url, streams.prefix, "doomed"]
    with subprocess.Popen(command, env=environment) as process:  # noqa: ASYNC220 - it is not waited for
        try:
            await eventually(lambda: _has_read(streams))
        finally:
            process.kill()
    assert await pending(streams) == 3
    record = Record()

    async with consuming(streams, record, consumer="heir", options=EAGER):
        await record.until(lambda: len(record.handled) == 3)
        await eventually(lambda: nothing_pending(streams))

    assert record.batches == [["evt_1", "evt_2", "evt_3"]]
    [state] = await groups(streams, [STREAM])
    assert state.statistics == GroupStatistics(handled=3, claimed=3)


async def _has_read(streams: Streams) -> bool:
    return int(await streams.redis.llen(streams.key("delivered"))) == 3


async def test_a_backlog_of_pages_is_claimed_to_its_end(streams: Streams) -> None:
    event_ids = [f"evt_{number:02}" for number in range(25)]
    await _delivered_to_the_dead(streams, *event_ids)
    await eventually(lambda: _all_idle(streams))
    record = Record()
    # There is one claim only.
    options = replace(EAGER, batch_max=4, claim_interval_ms=60_000)

    async with consuming(streams, record, options=options):
        await record.until(lambda: len(record.handled) == 25)

    assert record.handled == event_ids
    assert [len(batch) for batch in record.batches] == [4, 4, 4, 4, 4, 4, 1]


async def _all_idle(streams: Streams) -> bool:
    found = await streams.redis.xpending_range(
        streams.key(STREAM), GROUP, min="-", max="+", count=100, idle=EAGER.idle_ms_min
    )
    return len(found) == 25


async def test_what_got_no_answer_is_delivered_again(streams: Streams) -> None:
    await publish_ids(streams, "evt_1", "evt_2")
    record = Record(unanswered=3)

    async with consuming(streams, record, options=EAGER):
        await record.until(lambda: record.handled == ["evt_1", "evt_2"])
        await eventually(lambda: nothing_pending(streams))

    assert record.calls == [["evt_1", "evt_2"]] * 4


async def test_a_claim_without_an_answer_does_not_keep_new_entries_waiting(streams: Streams) -> None:
    await _delivered_to_the_dead(streams, *(f"old_{number}" for number in range(5)))
    record = Record(unanswered=1)
    await eventually(lambda: _is_idle(streams))
    await publish_ids(streams, "new")

    async with consuming(streams, record, options=replace(EAGER, batch_max=2, claim_interval_ms=60_000)):
        await record.until(lambda: "new" in record.handled)

    assert record.calls == [["old_0", "old_1"], ["new"]]


async def _is_idle(streams: Streams) -> bool:
    found = await streams.redis.xpending_range(
        streams.key(STREAM), GROUP, min="-", max="+", count=100, idle=EAGER.idle_ms_min
    )
    return len(found) == 5


async def test_entries_deleted_while_pending_are_forgotten(streams: Streams) -> None:
    first, _ = await _delivered_to_the_dead(streams, "evt_1", "evt_2")
    await streams.redis.xdel(streams.key(STREAM), first)
    record = Record()

    async with consuming(streams, record, options=EAGER):
        await record.until(lambda: record.handled == ["evt_2"])
        await eventually(lambda: nothing_pending(streams))

    assert record.calls == [["evt_2"]]


async def test_claimants_at_the_same_time_share_what_is_left(streams: Streams) -> None:
    event_ids = [f"evt_{number:02}" for number in range(40)]
    await _delivered_to_the_dead(streams, *event_ids)
    one, two = Record(), Record()
    options = replace(EAGER, batch_max=4, idle_ms_min=1_000)

    async with (
        consuming(streams, one, consumer="one", options=options),
        consuming(streams, two, consumer="two", options=options),
    ):
        await eventually(lambda: nothing_pending(streams))

    assert sorted(one.handled + two.handled) == event_ids


async def test_what_a_slow_consumer_has_in_hand_may_be_delivered_to_another(streams: Streams) -> None:
    await publish_ids(streams, "evt_1")
    release = asyncio.Event()

    async def wait(_entries: object) -> None:
        await release.wait()

    slow, quick = Record(during=wait), Record()
    async with consuming(streams, slow, consumer="slow", options=EAGER):
        await slow.until(lambda: slow.calls == [["evt_1"]])
        # The record knows that it is held, and answers for it.
        async with consuming(streams, quick, consumer="quick", options=EAGER):
            await quick.until(lambda: quick.handled == ["evt_1"])
            await eventually(lambda: nothing_pending(streams))
        release.set()
        await slow.until(lambda: slow.handled == ["evt_1"])
