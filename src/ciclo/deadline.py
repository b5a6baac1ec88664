"""Deadlines: when the answer to a request is due, however many things it waits for on the way.

Each wait has a bound of its own, and their sum has none: who waited for a key, then behind others, then for
the store, would be told after all three. So a request has one deadline, from its arrival to its answer.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Final

ANSWER_S_MAX: Final = 4.5
"""From a request's arrival, or from the end of its body, to its answer: callers are promised five seconds."""


class DeadlinePassed(Exception):
    """The answer was due. What had begun may or may not have been done."""


class AnswerDeadline:
    """One request's; starts at once."""

    def __init__(self, seconds: float = ANSWER_S_MAX) -> None:
        self._seconds: Final = seconds
        self._bounds: list[asyncio.Timeout] = []
        self._at: float | None = None
        self.restart()

    def restart(self) -> None:
        """Count from now: what passed was the caller's own time."""
        self.put_off(self._seconds)

    def put_off(self, seconds: float) -> None:
        """Let the answer be due *seconds* from now: what is asked for takes time by its nature."""
        self._set(asyncio.get_running_loop().time() + seconds)

    def lift(self) -> None:
        """Let nothing be due any more: the answer has begun."""
        self._set(None)

    @asynccontextmanager
    async def bound(self) -> AsyncIterator[None]:
        """End the block when the answer is due.

        Raises:
            DeadlinePassed: it was.
        """
        timeout = asyncio.timeout_at(self._at)
        try:
            async with timeout:
                self._bounds.append(timeout)
                try:
                    yield
                finally:
                    self._bounds.remove(timeout)
        except TimeoutError as error:
            if not timeout.expired():
                raise
            raise DeadlinePassed from error

    def _set(self, at: float | None) -> None:
        self._at = at
        for timeout in self._bounds:
            timeout.reschedule(at)


_current: ContextVar[AnswerDeadline | None] = ContextVar("deadline", default=None)


@contextmanager
def answering() -> Iterator[AnswerDeadline]:
    """Give what is answered in the block a deadline, and whatever it calls."""
    deadline = AnswerDeadline()
    token = _current.set(deadline)
    try:
        yield deadline
    finally:
        _current.reset(token)


def current() -> AnswerDeadline | None:
    """Return the deadline of the request that is being answered; None outside of any, and on a WebSocket."""
    return _current.get()


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    """End the block when the answer to this request is due, if there is one.

    Raises:
        DeadlinePassed: it was.
    """
    deadline = current()
    if deadline is None:
        yield
        return
    async with deadline.bound():
        yield
