"""The batches that a consumer has in hand: one, or two while there is more than a batch can hold.

Then the next batch is begun while the one before is being written, so that the worker's processor and the
database's work at a time. With less to do that would only make smaller batches of the same work.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from ciclo.streams.timeouts import stop_at_exit

Delivery = Coroutine[Any, Any, object]

BeginsAhead = Callable[[], "asyncio.Future[None]"]
"""Asked before a delivery begins; gives what is done once the next one may begin beside it."""


class Hand:
    """Deliveries that are not over. Whatever one raises is raised by whoever waits for it."""

    def __init__(self) -> None:
        self._before: asyncio.Task[object] | None = None

    async def take(self, delivery: Delivery, *, next_begins: "asyncio.Future[None] | None") -> None:
        """Begin *delivery*, and end the one before; end this one too, or wait until the next may begin."""
        current = asyncio.create_task(delivery)
        try:
            await self.empty()
        finally:
            self._before = current
        if next_begins is None:
            await self.empty()
            return
        either: set[asyncio.Future[Any]] = {current, next_begins}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        next_begins.cancel()

    async def empty(self) -> None:
        """Wait until nothing is in hand."""
        before, self._before = self._before, None
        if before is not None:
            async with stop_at_exit(before):
                await asyncio.wait({before})
            before.result()

    async def drop(self) -> None:
        """Cancel what is in hand."""
        if self._before is not None:
            async with stop_at_exit(self._before):
                self._before = None


@asynccontextmanager
async def open_hand() -> AsyncIterator[Hand]:
    """Give an empty hand. What was begun is finished at the end, and given up when all is cancelled."""
    hand = Hand()
    try:
        yield hand
    except Exception:
        await hand.empty()
        raise
    else:
        await hand.empty()
    finally:
        await hand.drop()
