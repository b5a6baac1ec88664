"""Remembers that the user or the system wants this process to end."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(Exception):
    """The end was asked for while something was still under way."""


class StopRequests:
    """How often the end was asked for."""

    def __init__(self) -> None:
        self._asked = 0

    @property
    def asked(self) -> bool:
        """Return whether it was asked for."""
        return self._asked > 0

    @property
    def urgent(self) -> bool:
        """Return whether it was asked for again, while we were stopping."""
        return self._asked > 1

    def check(self) -> None:
        """Leave what is under way.

        Raises:
            Interrupted: the end was asked for.
        """
        if self.asked:
            raise Interrupted

    def note(self, _number: int, _frame: FrameType | None) -> None:
        """Count one request; a signal handler may do no more."""
        self._asked += 1


@contextmanager
def catch_stop_signals() -> Iterator[StopRequests]:
    """Catch the signals that end a process, until the block is left."""
    ending = StopRequests()
    before = {number: signal.signal(number, ending.note) for number in ENDING}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
