"""Asking together: what is asked of the store at the same time is answered by the same commands.

One task answers, a batch at a time. While one batch is under way, questions gather; a single one waits no
longer than a turn of the event loop. An app asks before most of what its users do, and each question by
itself would cost more in the driver than all else that it needs.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Final, Generic, TypeVar

from ciclo.store.mongo.client import StoreUnavailable

Question = TypeVar("Question")
Answer = TypeVar("Answer")

BATCH_MAX: Final = 200
"""Questions that are answered together: far below what one command may hold."""

WAITING_MAX: Final = 5_000
"""Questions that may wait at a time."""


class TooManyWaiting(StoreUnavailable):
    """More is asked than the store can answer; whoever asks has to come again."""

    def __init__(self) -> None:
        super().__init__("too many wait for the store")


class Together(Generic[Question, Answer]):
    """Answers the questions of one process by *answer*, which may give an exception for each of them."""

    def __init__(
        self,
        answer: Callable[[Sequence[Question]], Awaitable[Sequence[Answer | Exception]]],
        *,
        apart_s: float = 0.0,
    ) -> None:
        """Answer by *answer*; where several ask, batches begin *apart_s* from each other, or more."""
        self._answer: Final = answer
        self._apart_s: Final = apart_s
        self._next_s = 0.0
        """When the next batch may begin, on the loop's clock."""
        self._waiting: deque[tuple[Question, asyncio.Future[Answer]]] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> Answer:
        """Return the answer to *question*.

        Raises:
            TooManyWaiting: too many wait for theirs.
            Exception: what was answered, or what kept the whole batch from an answer.
        """
        if len(self._waiting) >= WAITING_MAX:
            raise TooManyWaiting
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._worker is None or self._worker.done():
            # In a context of its own: what it logs is not of the request that happened to be first.
            self._worker = asyncio.create_task(self._work(), context=Context())
        return await answer

    async def aclose(self) -> None:
        """Wait until all is answered that was asked."""
        if self._worker is not None:
            await self._worker

    async def _work(self) -> None:
        while self._waiting:
            await self._gather()
            taken = [self._waiting.popleft() for _ in range(min(BATCH_MAX, len(self._waiting)))]
            # Who has gone meanwhile was told that there is no answer, and asks again.
            batch = [(question, future) for question, future in taken if not future.cancelled()]
            if not batch:
                continue
            # Who asked alone will ask alone again, and waits for nobody.
            self._next_s = asyncio.get_running_loop().time() + (self._apart_s if len(batch) > 1 else 0.0)
            for (_, future), answer in zip(batch, await self._answers(batch), strict=True):
                if future.cancelled():
                    continue
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)

    async def _gather(self) -> None:
        """Let what is being asked now come along: for a turn of the loop at least."""
        await asyncio.sleep(max(0.0, self._next_s - asyncio.get_running_loop().time()))

    async def _answers(
        self, batch: Sequence[tuple[Question, asyncio.Future[Answer]]]
    ) -> Sequence[Answer | Exception]:
        try:
            return await self._answer([question for question, _ in batch])
        except Exception as error:  # noqa: BLE001 - it is passed on to everybody of the batch
            return [error] * len(batch)
