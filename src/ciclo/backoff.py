"""Backing off: how long whoever tries again waits before it, and how to wait."""

import asyncio
import random
from dataclasses import dataclass
from typing import Final

GROWTHS_MAX: Final = 32
"""Pauses grow this often at most: powers beyond it say nothing, and may not fit a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Pauses in seconds: *first* after a failure, *growth* times as long after each more, *max* at most."""

    first: float
    growth: float = 2.0
    max: float

    def pause_s(self, failures: int) -> float:
        """Return the pause after the *failures*-th failure in a row, in seconds; 1 is the first."""
        return min(self.max, self.first * self.growth ** min(failures - 1, GROWTHS_MAX))

    def spread_s(self, failures: int, *, least: float = 0.0) -> float:
        """Return a random part of that pause, so that those who failed together do not come back together.

        Args:
            failures: failures in a row.
            least: the smallest part, from 0 to 1.
        """
        return self.pause_s(failures) * random.uniform(least, 1)  # noqa: S311 - spreads load, keeps no secret


async def pause(stop: asyncio.Event, *, seconds: float) -> bool:
    """Wait; return False at once if *stop* is or gets set."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return True
    return False
