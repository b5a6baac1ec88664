"""Waits for what another process will do, and asks whether a process is alive."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

WAIT_S_MAX: Final = 20.0
POLL_S: Final = 0.02

T = TypeVar("T")


def eventually(look: Callable[[], T], *, wait_s_max: float = WAIT_S_MAX) -> T:
    """Return the first truthy thing that *look* sees."""
    deadline = time.monotonic() + wait_s_max
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not within {wait_s_max} s"
        time.sleep(POLL_S)
    return seen


def alive(pid: int) -> bool:
    """Return whether *pid* runs; a dead child that nobody has reaped does not."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return fields[0] not in {"Z", "X"}
