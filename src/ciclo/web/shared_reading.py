"""One reading for all who ask at the same time: however many they are, one is under way."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

Subject = TypeVar("Subject")
Found = TypeVar("Found")


class SharedReading(Generic[Subject, Found]):
    """Joins those who ask while something is being read; who comes later has it read anew."""

    def __init__(self, read: Callable[[Subject], Awaitable[Found]]) -> None:
        self._read: Final = read
        self._under_way: asyncio.Task[Found] | None = None

    async def get(self, subject: Subject) -> Found:
        """Return what is read of *subject*, which is the same for all callers."""
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(self._begin(subject))
        # Shielded: one who hangs up does not take it from the others.
        return await asyncio.shield(self._under_way)

    async def _begin(self, subject: Subject) -> Found:
        return await self._read(subject)
