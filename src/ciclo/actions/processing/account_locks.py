"""Which accounts the batches of one worker have in hand: two batches at a time, no account in both.

While one batch is written the next one is loaded and decided. Whoever shares an account with a batch before
waits until that is written: it would decide by what is about to change. One batch is written at a time, since
their counters are the same documents.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from ciclo.domain.ids import SubscriptionId


class AccountLocks:
    """The accounts that the batches of this process hold, and the lock of the one that is written."""

    def __init__(self) -> None:
        self._taken: set[SubscriptionId] = set()
        self._given_back = asyncio.Condition()
        self._pen = asyncio.Lock()
        self._told: list[asyncio.Future[None]] = []

    @asynccontextmanager
    async def of(self, accounts: Iterable[SubscriptionId]) -> AsyncIterator[None]:
        """Hold *accounts* for the block, which begins once no other batch holds one of them."""
        wanted = frozenset(accounts)
        async with self._given_back:
            await self._given_back.wait_for(lambda: self._taken.isdisjoint(wanted))
            self._taken |= wanted
        try:
            yield
        finally:
            self._taken -= wanted
            async with self._given_back:
                self._given_back.notify_all()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Let nobody else write for the block."""
        async with self._pen:
            for future in self._told:
                if not future.done():
                    future.set_result(None)
            self._told.clear()
            yield

    def next_write(self) -> "asyncio.Future[None]":
        """Return what is done once a batch is being written: it holds its accounts, so the next may begin."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._told.append(future)
        return future
