"""Starting again when somebody else changed the same documents first: the price of holding no locks."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from ciclo.backoff import Backoff
from ciclo.domain.errors.general import Conflict
from ciclo.store.mongo.contention import Contention

Result = TypeVar("Result")

CONTENTION_ATTEMPTS_MAX: Final = 8
"""How often work starts again because somebody else was faster."""

CONFLICT_BACKOFF: Final = Backoff(first=0.01, max=0.2)


async def retry_on_contention(
    attempt: Callable[[], Awaitable[Result]],
    *,
    attempts_max: int = CONTENTION_ATTEMPTS_MAX,
    backoff: Backoff = CONFLICT_BACKOFF,
) -> Result:
    """Return what *attempt* comes to, which loads, decides and commits, once nobody was faster.

    Raises:
        Conflict: somebody was, each of *attempts_max* times.
        Exception: whatever else *attempt* raises.
    """
    for number in range(attempts_max):
        try:
            return await attempt()
        except Contention:
            await wait_after_conflict(number, backoff)
    raise Conflict


async def wait_after_conflict(attempt: int, backoff: Backoff = CONFLICT_BACKOFF) -> None:
    """Pause for a random while, longer with every attempt (0 is the first), so that two do not meet again."""
    await asyncio.sleep(backoff.spread_s(attempt + 1))
