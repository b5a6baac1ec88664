"""Live updates: followers hear everything from now on, or are told that they missed something."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from ciclo.streams.broadcast import KEPT_MIN, READ_MAX, announce, follow
from ciclo.streams.connection import Streams, StreamsUnavailable
from tests.streams.record import DONE_S_MAX, eventually
from tests.streams.server import Server

Heard = tuple[bytes, ...] | None


async def _next(following: AsyncGenerator[Heard]) -> Heard:
    async with asyncio.timeout(DONE_S_MAX):
        return await anext(following)


async def _hear(following: AsyncGenerator[Heard], number: int) -> list[bytes]:
    heard: list[bytes] = []
    while len(heard) < number:
        heard.extend(await _next(following) or ())
    return heard


async def test_a_follower_is_told_to_fetch_and_hears_what_comes_after(streams: Streams) -> None:
    await announce(streams, "live", [b"before"])
    following = follow(streams, "live", stop=asyncio.Event())

    assert await _next(following) is None
    await announce(streams, "live", [b"one", b"two"])
    assert await _next(following) == (b"one", b"two")
    await announce(streams, "live", [b"three"])
    assert await _next(following) == (b"three",)
    await following.aclose()


async def test_every_follower_hears_everything(streams: Streams) -> None:
    followers = [follow(streams, "live", stop=asyncio.Event()) for _ in range(3)]
    for following in followers:
        assert await _next(following) is None

    await announce(streams, "live", [b"one"])

    assert [await _next(following) for following in followers] == [(b"one",)] * 3
    for following in followers:
        await following.aclose()


async def test_only_so_many_messages_are_kept(streams: Streams) -> None:
    await announce(streams, "live", [b"x"] * (3 * KEPT_MIN), timeout_ms=10_000)

    assert KEPT_MIN <= await streams.redis.xlen(streams.key("live")) < 2 * KEPT_MIN


async def test_a_follower_that_trimming_overtook_is_told(streams: Streams) -> None:
    following = follow(streams, "live", stop=asyncio.Event())
    await announce(streams, "live", [b"start"])
    assert await _next(following) is None
    await announce(streams, "live", [b"seen"])
    assert await _next(following) == (b"seen",)

    messages = [b"%d" % number for number in range(4 * KEPT_MIN)]
    await announce(streams, "live", messages, timeout_ms=10_000)

    assert await _next(following) is None
    heard = await _next(following)
    assert heard is not None
    assert len(heard) == READ_MAX
    await following.aclose()


async def test_a_busy_follower_misses_nothing_within_the_bound(streams: Streams) -> None:
    following = follow(streams, "live", stop=asyncio.Event())
    await announce(streams, "live", [b"start"])
    assert await _next(following) is None
    messages = [b"%d" % number for number in range(KEPT_MIN - 1)]

    await announce(streams, "live", messages, timeout_ms=10_000)

    assert await _hear(following, len(messages)) == messages
    await following.aclose()


async def test_a_follower_outlives_its_server_and_is_told_of_the_gap(
    own_server: Server, own_streams: Streams
) -> None:
    following = follow(own_streams, "live", stop=asyncio.Event())
    assert await _next(following) is None
    waiting = asyncio.create_task(_next(following))
    await eventually(lambda: _is_blocked(own_streams))

    own_server.kill()
    own_server.start()

    assert await waiting is None
    await announce(own_streams, "live", [b"after"])
    assert await _next(following) == (b"after",)
    await following.aclose()


async def test_a_follower_of_an_emptied_server_hears_what_comes_after(own_streams: Streams) -> None:
    following = follow(own_streams, "live", stop=asyncio.Event())
    await own_streams.redis.xadd(own_streams.key("live"), {b"message": b"old"}, id="99999999999999-0")
    assert await _next(following) is None

    await own_streams.redis.flushall()

    assert await _next(following) is None
    await announce(own_streams, "live", [b"after"])
    assert await _next(following) == (b"after",)
    await following.aclose()


async def test_a_stop_ends_following_at_once(own_streams: Streams) -> None:
    stop = asyncio.Event()

    async def follow_all() -> list[Heard]:
        return [heard async for heard in follow(own_streams, "live", stop=stop)]

    task = asyncio.create_task(follow_all())
    await eventually(lambda: _is_blocked(own_streams))
    stop.set()

    async with asyncio.timeout(1):
        assert await task == [None]


async def test_announcing_to_a_dead_server_is_reported(own_server: Server, own_streams: Streams) -> None:
    own_server.kill()

    with pytest.raises(StreamsUnavailable, match="announce on live"):
        await announce(own_streams, "live", [b"one"])


async def _is_blocked(streams: Streams) -> bool:
    return any("b" in client["flags"] for client in await streams.redis.client_list())
