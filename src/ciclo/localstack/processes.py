"""One child process: what to run, how it is started so that it cannot be orphaned, how it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import IO, Final

GUARD: Final = Path(__file__).with_name("guard.py")
KERNEL_WATCHES_PARENT: Final = sys.platform == "linux"
NO_PIPE: Final = -1
KILLED_S_MAX: Final = 10.0
OPEN_GATE: Final = b"go\n"


class StopStage(IntEnum):
    """When a process is stopped: the lower stages first, since they use the higher ones."""

    WORK = 0
    REDIS = 1
    MONGO = 2


@dataclass(frozen=True, kw_only=True)
class Process:
    """What to run, as data."""

    name: str
    command: tuple[str, ...]
    """Begins with the absolute path of a program."""
    environment: Mapping[str, str]
    stage: StopStage = StopStage.WORK
    gated: bool = False
    """It imports at once, but touches no server before it reads a line from its standard input."""
    files: tuple[int, ...] = ()
    """Open file descriptors that it gets under the same numbers."""
    stop_s_max: float = 25.0


@dataclass(frozen=True)
class Child:
    """A process that was started."""

    process: Process
    handle: subprocess.Popen[bytes]
    log: Path
    lifeline: int
    """Our end of the pipe that tells the guard that we live; NO_PIPE where the kernel does that."""


def spawn(process: Process, *, logs: Path, kernel_watches_parent: bool = KERNEL_WATCHES_PARENT) -> Child:
    """Start *process* in a session of its own, writing to `logs/NAME.log`; it dies when this process dies.

    Call it from the main thread: Linux takes the end of the starting thread for the end of the parent.
    """
    theirs, ours = (NO_PIPE, NO_PIPE) if kernel_watches_parent else os.pipe()
    files = process.files if theirs == NO_PIPE else (*process.files, theirs)
    log = logs / f"{process.name}.log"
    with log.open("ab") as output:
        handle = subprocess.Popen(  # noqa: S603 - our own commands
            (sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), str(theirs), *process.command),
            stdin=subprocess.PIPE if process.gated else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(process.environment),
            pass_fds=files,
            # Ctrl+C reaches the whole foreground group; children are stopped by us, in order.
            start_new_session=True,
        )
    if theirs != NO_PIPE:
        os.close(theirs)
    return Child(process, handle, log, ours)


def open_gate(child: Child) -> None:
    """Let a gated child go on; one that has died meanwhile is noticed elsewhere."""
    gate: IO[bytes] | None = child.handle.stdin
    if gate is None:
        return
    with suppress(BrokenPipeError):
        gate.write(OPEN_GATE)
        gate.close()


def ask_to_stop(child: Child) -> None:
    """Send SIGTERM."""
    child.handle.send_signal(signal.SIGTERM)


def kill(child: Child) -> None:
    """End the child and whatever it has started, and wait for it."""
    release(child)
    # Only a process that is stuck in the kernel takes longer, and nobody can end that.
    with suppress(subprocess.TimeoutExpired):
        child.handle.wait(KILLED_S_MAX)


def release(child: Child) -> None:
    """Kill what is left of the child's process group, and close our ends of its pipes."""
    # The group outlives its leader where a guard was killed and its command was not.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.handle.pid, signal.SIGKILL)
    if child.handle.stdin is not None and not child.handle.stdin.closed:
        with suppress(BrokenPipeError):
            child.handle.stdin.close()
    if child.lifeline != NO_PIPE:
        os.close(child.lifeline)


def rotate(logs: Path) -> None:
    """Set the last run's logs aside, one generation, so that they stay bounded by two runs."""
    for log in logs.glob("*.log"):
        log.replace(log.with_suffix(".log.1"))
