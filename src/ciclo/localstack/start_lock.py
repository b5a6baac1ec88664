"""Taking turns: of several starts on one machine, one at a time chooses ports and takes them."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

TURN_S_MAX: Final = 30.0
"""Who holds the turn for longer is not waited for: at worst a port is taken, and the start says so."""

POLL_S: Final = 0.05


@contextmanager
def own_turn(check: Callable[[], None]) -> Iterator[None]:
    """Hold the turn of this user on this machine; *check* is called while waiting for it."""
    name = f"ciclo-start-{os.getuid() if hasattr(os, 'getuid') else 0}.lock"
    with (Path(tempfile.gettempdir()) / name).open("w") as lock:
        ends_at = time.monotonic() + TURN_S_MAX
        while not _taken(lock) and time.monotonic() < ends_at:
            check()
            time.sleep(POLL_S)
        yield


def _taken(lock: IO[str]) -> bool:
    """Take the lock, which goes with its file, and say whether that was possible."""
    try:
        import fcntl  # noqa: PLC0415 - not there on Windows
    except ImportError:  # Windows: two starts at once are on their own
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
