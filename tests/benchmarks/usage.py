"""What processes use, as Linux tells it in /proc: CPU time, the steadiest gauge there is, and memory."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_STAT_USER: Final = 11
"""The place of utime after the command's name; stime follows it."""


def is_known() -> bool:
    """Return whether this system tells."""
    return Path("/proc/self/stat").exists()


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process has used so far."""
    # The command's name may hold spaces and parentheses, so count from its end.
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[_STAT_USER]) + int(fields[_STAT_USER + 1])) / _TICKS_PER_S


def cpu_s_of_threads(pid: int) -> float:
    """Return the same to the nanosecond, for short looks; of living threads alone."""
    spent_ns = 0
    for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            spent_ns += int(thread.read_text(encoding="ascii").split()[0])
    return spent_ns / 1e9


def resident_mb(pid: int) -> float:
    """Return how much memory of a process is resident now, in MB of 10^6 bytes."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1_024 / 1_000_000
    raise ProcessLookupError(f"process {pid} has no memory any more")
