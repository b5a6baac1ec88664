"""Outages in the log: told once when one begins and once when it is over, with how often it was met."""

import time
from typing import Final

import structlog

_log = structlog.get_logger(__name__)


class Outage:
    """What keeps failing while something is away; *event* is the name of its line in the log.

    A line for each failure would tell the same thing hundreds of times, just when the log is needed.
    """

    def __init__(self, event: str) -> None:
        self.event: Final = event
        self._times = 0
        self._since = 0.0

    def count(self, *, times: int = 1, **facts: object) -> None:
        """Count what failed; the first time it is told, with its *facts*."""
        if self._times == 0:
            self._since = time.monotonic()
            _log.warning(self.event, **facts)
        self._times += times

    def end(self) -> None:
        """Tell how often it failed, if it did: this time it did not."""
        if self._times:
            lasted_s = round(time.monotonic() - self._since, 1)
            _log.info(f"{self.event}_no_more", times=self._times, lasted_s=lasted_s)
            self._times = 0
