"""Places: a bounded number in each window, counted for all who ask, and given back."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

from ciclo.streams.connection import Streams
from ciclo.streams.places import (
    Window,
    free_all_places,
    free_place,
    free_places_of,
    note_places,
    take_place,
)

NOON: Final = datetime(2027, 4, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WINDOWS: Final = (Window(places=2, lasts=HOUR), Window(places=3, lasts=DAY))


async def take(streams: Streams, place: str, *, at: timedelta = timedelta()) -> timedelta | None:
    """Take a place some time after noon, or return in how much time there is room."""
    now = NOON + at
    room_at = await take_place(streams, "tries", place, WINDOWS, now=now)
    return room_at - now if room_at else None


async def test_a_window_has_so_many_places_and_says_when_one_is_free(streams: Streams) -> None:
    assert [await take(streams, name) for name in ("a", "b")] == [None, None]

    assert await take(streams, "c", at=timedelta(minutes=10)) == timedelta(minutes=50)
    assert await take(streams, "c", at=timedelta(hours=1) - timedelta(milliseconds=1)) == timedelta(
        milliseconds=1
    )
    assert await take(streams, "c", at=HOUR) is None


async def test_each_of_several_windows_has_to_have_room(streams: Streams) -> None:
    for number in range(3):
        assert await take(streams, str(number), at=number * HOUR) is None

    # The hour has room, the day has none until its first one is over
    assert await take(streams, "4", at=4 * HOUR) == DAY - 4 * HOUR
    assert await take(streams, "4", at=DAY) is None


async def test_who_is_refused_takes_no_place(streams: Streams) -> None:
    await asyncio.gather(take(streams, "a"), take(streams, "b"))
    for _ in range(5):
        assert await take(streams, "c") == HOUR

    assert await streams.redis.zcard(streams.key("tries")) == 2


async def test_a_place_is_given_back(streams: Streams) -> None:
    await asyncio.gather(take(streams, "a"), take(streams, "b"))
    await free_place(streams, "tries", "b")
    assert await take(streams, "c") is None

    await free_all_places(streams, ["tries", "never used"])
    assert [await take(streams, name) for name in ("d", "e")] == [None, None]


async def test_who_knows_only_the_taker_gives_back_what_they_noted_last(streams: Streams) -> None:
    await take(streams, "a")
    await note_places(streams, "ana", "a", ["tries"], lasts=HOUR)
    await take(streams, "b")
    await note_places(streams, "ana", "b", ["tries", "never used"], lasts=HOUR)
    for _ in range(2):
        await free_places_of(streams, ["bruno", "ana"])

    assert await streams.redis.zrange(streams.key("tries"), 0, -1) == [b"a"]


async def test_of_many_at_a_time_as_many_get_in_as_there_are_places(streams: Streams) -> None:
    answers = await asyncio.gather(*(take(streams, str(number)) for number in range(50)))

    assert answers.count(None) == 2


async def test_a_count_that_nobody_needs_any_more_is_gone(streams: Streams) -> None:
    await take(streams, "a")

    assert 0 < await streams.redis.pttl(streams.key("tries")) <= DAY.total_seconds() * 1_000
