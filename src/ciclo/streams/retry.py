"""Trying again: bounded, with growing pauses, and never on after a stop."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from ciclo.streams.ending import Overdue, limited
from ciclo.streams.entry import described
from ciclo.streams.work import Seat

DOUBLINGS_MAX: Final = 32

T = TypeVar("T")


class GaveUp(Exception):
    """The surroundings failed too often, or a stop came between two tries. No entry is to blame."""


class NoAnswer(Exception):
    """A call did not end in its time, which is what a hung entry looks like."""


def backoff_ms(failures: int, *, ms_min: int, ms_max: int) -> float:
    """Return the pause after the *failures*-th failure in a row: half of it fixed, half random."""
    longest = min(ms_max, ms_min << min(failures - 1, DOUBLINGS_MAX))
    return longest * random.uniform(0.5, 1)  # noqa: S311 - spreads load, keeps no secret


async def pause(stop: asyncio.Event, *, ms: float) -> bool:
    """Wait *ms*; return False at once if *stop* is or gets set."""
    try:
        async with asyncio.timeout(ms / 1_000):
            await stop.wait()
    except TimeoutError:
        return True
    return False


async def attempt(
    seat: Seat,
    call: Callable[[], Awaitable[T]],
    *,
    is_passing: Callable[[BaseException], bool],
    on_retry: Callable[[], None] = lambda: None,
) -> T:
    """Return what *call* answers, calling it again while its errors are passing.

    Raises:
        GaveUp: the last error was passing, too.
        NoAnswer: a call took longer than `handle_ms_max`.
        Exception: an error of *call* that is not passing.
    """
    options = seat.options
    failures = 0
    while True:
        try:
            return await limited(call(), ms=options.handle_ms_max)
        except Overdue as error:
            raise NoAnswer(str(error)) from error
        except Exception as error:
            if not is_passing(error):
                raise
            failures += 1
            if failures >= options.passing_tries_max:
                raise GaveUp(described(error)) from error
            seat.log.warning("stream_try_failed", failures=failures, error=described(error))
            reason = described(error)
        ms = backoff_ms(failures, ms_min=options.backoff_ms_min, ms_max=options.backoff_ms_max)
        if not await pause(seat.stop, ms=ms):
            raise GaveUp(f"stopping, after {reason}")
        on_retry()
