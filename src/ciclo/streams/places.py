"""Places: how often something may happen in sliding windows of time, for all processes together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ciclo.streams.connection import Streams, run_script, within

ANSWER_MS_MAX: Final = 500

_NOTES: Final = "places"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """So many places within so much time."""

    places: int
    lasts: timedelta


async def take_place(
    streams: Streams, key: str, place: str, windows: Sequence[Window], *, now: datetime
) -> datetime | None:
    """Take a *place* that has room in every window, under a name of its own; else return when there is room.

    Raises:
        StreamsUnavailable: it is unknown whether it was taken.
    """
    bounds: list[int] = [bound for window in windows for bound in (_ms(window.lasts), window.places)]
    args: list[int | str] = [int(now.timestamp() * 1_000), place, *bounds]
    taking = run_script(streams, "take_place", key=key, args=args)
    wait_ms = await within(f"take a place in {key}", taking, ms=ANSWER_MS_MAX)
    return now + timedelta(milliseconds=wait_ms) if wait_ms else None


async def free_place(streams: Streams, key: str, place: str) -> None:
    """Give a place back, whether it was taken or not.

    Raises:
        StreamsUnavailable: it may be taken still, until its windows pass.
    """
    await within(f"free a place in {key}", streams.redis.zrem(streams.key(key), place), ms=ANSWER_MS_MAX)


async def note_places(
    streams: Streams, taker: str, place: str, keys: Sequence[str], *, lasts: timedelta
) -> None:
    """Note for some time which place *taker* has taken last, so that who knows only them can free it.

    Raises:
        StreamsUnavailable: it may not be noted.
    """
    words = " ".join([place, *map(streams.key, keys)])
    noting = streams.redis.set(streams.key(f"{_NOTES}:{taker}"), words, px=_ms(lasts))
    await within("note a place", noting, ms=ANSWER_MS_MAX)


async def free_places_of(streams: Streams, takers: Sequence[str]) -> None:
    """Give back what was noted for each of *takers*.

    Raises:
        StreamsUnavailable: it may be taken still, until its windows pass.
    """
    freeing = run_script(streams, "free_places_of", key=_NOTES, args=list(takers))
    await within("free noted places", freeing, ms=ANSWER_MS_MAX)


async def free_all_places(streams: Streams, keys: Sequence[str]) -> None:
    """Give all places of each of *keys* back.

    Raises:
        StreamsUnavailable: they may be taken still, until their windows pass.
    """
    names = [streams.key(key) for key in keys]
    await within("free places", streams.redis.delete(*names), ms=ANSWER_MS_MAX)


def _ms(lasts: timedelta) -> int:
    return int(lasts.total_seconds() * 1_000)
