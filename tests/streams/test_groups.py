"""Trimming and reaping: nothing goes that anyone still needs."""

import asyncio
import secrets

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ciclo.streams.connection import Streams
from ciclo.streams.groups import ensure_group, leave, reap, trim
from tests.streams.record import GROUP, STREAM, eventually, pending, publish_ids

Position = tuple[int, int]

NUMBERS = st.sampled_from([0, 1, 9, 10, 99, 100, 2**53, 2**53 + 1, 2**64 - 2, 2**64 - 1])
POSITIONS = st.lists(
    st.tuples(NUMBERS, NUMBERS).filter(lambda position: position > (0, 0)),
    min_size=1,
    max_size=12,
    unique=True,
).map(sorted)
GROUPS = st.lists(st.tuples(st.integers(0, 12), st.sets(st.integers(0, 11))), min_size=1, max_size=3)
"""For each group: how many entries it has read, and which of these it has acknowledged."""


def _text(position: Position) -> str:
    return f"{position[0]}-{position[1]}"


async def _kept(streams: Streams) -> list[str]:
    return [entry_id.decode() for entry_id, _ in await streams.redis.xrange(streams.key(STREAM))]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(positions=POSITIONS, groups=GROUPS)
async def test_trimming_keeps_exactly_what_a_group_may_still_need(
    streams: Streams, positions: list[Position], groups: list[tuple[int, set[int]]]
) -> None:
    streams = Streams(streams.redis, prefix=f"test-{secrets.token_hex(6)}")
    key = streams.key(STREAM)
    for position in positions:
        await streams.redis.xadd(key, {"event_id": "evt", "type": "paid"}, id=_text(position))
    first_needed = positions[-1]
    for number, (read, acknowledged) in enumerate(groups):
        await ensure_group(streams, STREAM, f"group-{number}")
        if read:
            await streams.redis.xreadgroup(f"group-{number}", "one", {key: ">"}, count=read)
        delivered = positions[:read]
        done = [position for index, position in enumerate(delivered) if index in acknowledged]
        if done:
            await streams.redis.xack(key, f"group-{number}", *map(_text, done))
        last_read = delivered[-1] if delivered else (0, 0)
        first_needed = min([first_needed, last_read, *(set(delivered) - set(done))])

    removed = await trim(streams, STREAM)

    kept = [position for position in positions if position >= first_needed]
    assert await _kept(streams) == [_text(position) for position in kept]
    assert removed == len(positions) - len(kept)


async def test_a_group_set_back_keeps_what_it_will_read_again(streams: Streams) -> None:
    await ensure_group(streams, STREAM, GROUP)
    await publish_ids(streams, "evt_1", "evt_2", "evt_3")
    ids = await _kept(streams)
    await streams.redis.xreadgroup(GROUP, "one", {streams.key(STREAM): ">"})
    await streams.redis.xack(streams.key(STREAM), GROUP, *ids[:2])
    await streams.redis.xgroup_setid(streams.key(STREAM), GROUP, "0")

    await trim(streams, STREAM)

    assert await _kept(streams) == ids


async def test_a_stream_without_groups_is_not_trimmed(streams: Streams) -> None:
    await publish_ids(streams, "evt_1")

    assert await trim(streams, STREAM) == 0
    assert len(await _kept(streams)) == 1


async def test_a_stream_that_does_not_exist_needs_no_trimming(streams: Streams) -> None:
    assert await trim(streams, STREAM) == 0


async def _names(streams: Streams) -> list[str]:
    infos = await streams.redis.xinfo_consumers(streams.key(STREAM), GROUP)
    return sorted(info["name"].decode() for info in infos)


async def _all_idle(streams: Streams, ms: int) -> bool:
    infos = await streams.redis.xinfo_consumers(streams.key(STREAM), GROUP)
    return all(info["idle"] > ms for info in infos)


async def _three_consumers(streams: Streams) -> None:
    """One that holds an entry, one that holds nothing, and one that asks."""
    await ensure_group(streams, STREAM, GROUP)
    for consumer in ("holds", "empty", "asks"):
        await streams.redis.xgroup_createconsumer(streams.key(STREAM), GROUP, consumer)
    await publish_ids(streams, "evt_1")
    await streams.redis.xreadgroup(GROUP, "holds", {streams.key(STREAM): ">"})


async def test_reaping_spares_who_holds_entries_and_who_asks(streams: Streams) -> None:
    await _three_consumers(streams)
    await eventually(lambda: _all_idle(streams, 20))

    reaped = await reap(streams, stream=STREAM, group=GROUP, idle_ms_min=20, keep="asks")

    assert reaped == 1
    assert await _names(streams) == ["asks", "holds"]
    assert await pending(streams) == 1


async def test_reaping_spares_who_was_active_lately(streams: Streams) -> None:
    await _three_consumers(streams)

    assert await reap(streams, stream=STREAM, group=GROUP, idle_ms_min=3_600_000) == 0
    assert await _names(streams) == ["asks", "empty", "holds"]


async def test_there_is_nobody_to_reap_without_a_group(streams: Streams) -> None:
    assert await reap(streams, stream=STREAM, group=GROUP, idle_ms_min=0) == 0


async def test_only_a_consumer_that_holds_nothing_may_leave(streams: Streams) -> None:
    await _three_consumers(streams)

    assert await leave(streams, stream=STREAM, group=GROUP, consumer="empty")
    assert not await leave(streams, stream=STREAM, group=GROUP, consumer="holds")
    assert await _names(streams) == ["asks", "holds"]
    assert await pending(streams) == 1


async def test_leaving_a_group_that_is_gone_is_done(streams: Streams) -> None:
    assert await leave(streams, stream=STREAM, group=GROUP, consumer="one")


async def test_a_reaped_consumer_that_still_reads_gets_its_entry(streams: Streams) -> None:
    await ensure_group(streams, STREAM, GROUP)
    await streams.redis.xgroup_createconsumer(streams.key(STREAM), GROUP, "quiet")
    reading = asyncio.create_task(
        streams.redis.xreadgroup(GROUP, "quiet", {streams.key(STREAM): ">"}, block=5_000)
    )
    await eventually(lambda: _all_idle(streams, 10))

    await reap(streams, stream=STREAM, group=GROUP, idle_ms_min=5)
    await publish_ids(streams, "evt_1")

    [[_, rows]] = await reading
    assert [fields[b"event_id"] for _, fields in rows] == [b"evt_1"]
    assert await _names(streams) == ["quiet"]
