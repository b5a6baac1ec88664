"""Random bytes of the operating system, fetched by the page: asking for each id costs most of the id."""

import os
import threading
from typing import Final

PAGE_BYTES: Final = 4_096


class _Entropy:
    """A page of random bytes; each is given out once, in one process only."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._page = b""
        self._next = 0

    def take(self, number: int) -> bytes:
        with self._lock:
            if self._next + number > len(self._page):
                self._page, self._next = os.urandom(PAGE_BYTES), 0
            start, self._next = self._next, self._next + number
            return self._page[start : self._next]

    def forget(self) -> None:
        """Start anew: a forked process must not give out what its parent does."""
        self._lock = threading.Lock()
        self._page, self._next = b"", 0


_entropy: Final = _Entropy()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_entropy.forget)


def random_bytes(number: int) -> bytes:
    """Return *number* random bytes, PAGE_BYTES at most, fit for secrets."""
    return _entropy.take(number)
