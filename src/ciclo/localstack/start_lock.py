"""Taking turns: of several starts on one machine, one at a time chooses ports and takes them."""

import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.folder import PRIVATE_FILE, PRIVATE_FOLDER

TURN_S_MAX: Final = 30.0
"""Who holds the turn for longer is not waited for: at worst a port is taken, and the start says so."""

POLL_S: Final = 0.05


@contextmanager
def hold_start_lock(check: Callable[[], None]) -> Iterator[None]:
    """Hold the turn of this user on this machine; *check* is called while waiting for it.

    Raises:
        Fault: the place of the lock is somebody else's.
    """
    lock = _open_lock(_user_folder() / "start.lock")
    try:
        ends_at = time.monotonic() + TURN_S_MAX
        while not _try_lock(lock) and time.monotonic() < ends_at:
            check()
            time.sleep(POLL_S)
        yield
    finally:
        os.close(lock)


def _user_folder() -> Path:
    """Return this user's folder in the system's temporary one, where anybody may have put something else."""
    folder = Path(tempfile.gettempdir()) / f"ciclo-{os.getuid()}"
    with suppress(FileExistsError):
        folder.mkdir(mode=PRIVATE_FOLDER)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise LocalStackError(
            f"{folder} is not a folder of yours alone",
            remedy="remove it, or set TMPDIR to a folder of your own",
        )
    return folder


def _open_lock(path: Path) -> int:
    """Open the lock as it is: a link would lead to another file, and nothing in this one is ours to empty."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE)
    except OSError as error:
        raise LocalStackError(
            f"{path} cannot be opened: {error.strerror}", remedy=f"remove {path.parent}"
        ) from error


def _try_lock(lock: int) -> bool:
    """Take the lock, which goes with its file, and say whether that was possible."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
