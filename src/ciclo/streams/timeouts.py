"""Ending calls that take too long, also where a cancellation gets lost on the way.

Up to Python 3.11 `asyncio.wait_for` swallows a cancellation that arrives while its inner call completes, and
the driver sends every command through it. `asyncio.timeout` cancels once only, so a call that lost its
cancellation would go on until the socket times out, and a loop for ever.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

CANCELS_MAX: Final = 20
CANCEL_AGAIN_MS: Final = 500

T = TypeVar("T")


class Overdue(TimeoutError):
    """A call was cancelled because it took too long; a TimeoutError of the call's own is none."""


async def with_timeout(call: Awaitable[T], *, ms: int) -> T:
    """Return what *call* answers.

    Raises:
        Overdue: it did not end within *ms*.
    """
    task = asyncio.ensure_future(call)
    async with stop_at_exit(task):
        await asyncio.wait({task}, timeout=ms / 1_000)
        if not task.done():
            raise Overdue(f"no answer in {ms} ms")
    return task.result()


@asynccontextmanager
async def stop_at_exit(task: asyncio.Future[Any]) -> AsyncIterator[None]:
    """Cancel *task* if it is not done when the block ends, as often as it takes, within bounds."""
    try:
        yield
    finally:
        if not task.done():
            await _cancel(task)


async def _cancel(task: asyncio.Future[Any]) -> None:
    for _ in range(CANCELS_MAX):
        task.cancel()
        await asyncio.wait({task}, timeout=CANCEL_AGAIN_MS / 1_000)
        if task.done():
            break
    if task.done() and not task.cancelled():
        task.exception()  # nobody waits for it any more, so asyncio need not complain about it


def check_cancelled() -> None:
    """Raise the cancellation of the running task again, in case it was swallowed.

    Raises:
        CancelledError: the task was asked to end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
