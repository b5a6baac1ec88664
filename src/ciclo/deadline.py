"""Deadlines: when the answer to a request is due, however many things it waits for on the way.

Each wait has a bound of its own, and their sum has none: who waited for a key, then behind others, then for
the store, would be told after all three. So a request has one deadline, from its arrival to its answer.
"""

import asyncio
from contextvars import ContextVar
from types import TracebackType
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

    def bound(self) -> "Bound":
        """Return what ends a block when the answer is due.

        Raises:
            DeadlinePassed: it was.
        """
        return Bound(self)

    def begin(self) -> asyncio.Timeout:
        """Return a time limit that moves with this deadline until it ends."""
        timeout = asyncio.timeout_at(self._at)
        self._bounds.append(timeout)
        return timeout

    def end(self, timeout: asyncio.Timeout) -> None:
        """Let a time limit go."""
        self._bounds.remove(timeout)

    def _set(self, at: float | None) -> None:
        self._at = at
        for timeout in self._bounds:
            timeout.reschedule(at)


class Bound:
    """Ends a block when an answer is due; None: when it likes.

    A class, since every request passes some: a generator's function takes three times as long.
    """

    __slots__ = ("_deadline", "_timeout")

    def __init__(self, deadline: AnswerDeadline | None) -> None:
        self._deadline: Final = deadline
        self._timeout: asyncio.Timeout | None = None

    async def __aenter__(self) -> None:
        """Begin."""
        if self._deadline is not None:
            self._timeout = self._deadline.begin()
            await self._timeout.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End.

        Raises:
            DeadlinePassed: the answer was due.
        """
        if self._deadline is None or self._timeout is None:
            return
        self._deadline.end(self._timeout)
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError as expired:
            raise DeadlinePassed from expired


_current: ContextVar[AnswerDeadline | None] = ContextVar("deadline", default=None)


class answering:  # noqa: N801 - used as a function is
    """Gives what is answered in the block a deadline, and whatever it calls."""

    __slots__ = ("_token",)

    def __enter__(self) -> AnswerDeadline:
        deadline = AnswerDeadline()
        self._token = _current.set(deadline)
        return deadline

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)


def current() -> AnswerDeadline | None:
    """Return the deadline of the request that is being answered; None outside of any, and on a WebSocket."""
    return _current.get()


def in_time() -> Bound:
    """Return what ends a block when the answer to this request is due, if there is one.

    Raises:
        DeadlinePassed: it was.
    """
    return Bound(current())
