"""Which accounts a process has in hand: whoever asks for one of them meanwhile would only be in the way.

While one batch of events is written the next one is loaded and decided. Whoever shares an account with a
batch before waits until that is written: it would decide by what is about to change. So does each command of
a person, which holds one account. Nobody who holds accounts asks for more, so nobody waits for ever. One
batch is written at a time, since their counters are the same documents.

Other processes are held off by the versions of what is written.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from ciclo.domain.ids import SubscriptionId


class AccountLocks:
    """The accounts that are held in this process, and the lock of the batch that is written."""

    def __init__(self) -> None:
        self._given_back: dict[SubscriptionId, asyncio.Event] = {}
        self._pen = asyncio.Lock()
        self._told: list[asyncio.Future[None]] = []

    @asynccontextmanager
    async def of(self, accounts: Iterable[SubscriptionId]) -> AsyncIterator[None]:
        """Hold *accounts* for the block, which begins once nobody else holds one of them."""
        wanted = frozenset(accounts)
        while (held := next((one for one in wanted if one in self._given_back), None)) is not None:
            await self._given_back[held].wait()
        given_back = asyncio.Event()
        self._given_back.update(dict.fromkeys(wanted, given_back))
        try:
            yield
        finally:
            # Without waiting for anything: whoever is cut off here must leave nothing held.
            for account in wanted:
                del self._given_back[account]
            given_back.set()

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
