"""Runs one command that must not outlive the process that asked for it.

    guard.py PARENT_PID -1 COMMAND...     Linux: the kernel kills the command when its parent dies
    guard.py PARENT_PID PIPE_FD COMMAND...  elsewhere: the command is killed when the pipe closes

Run as a file, by a bare interpreter: it imports nothing of Ciclo, so that it takes milliseconds.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
from types import FrameType
from typing import Final, NoReturn

PR_SET_PDEATHSIG: Final = 1
POLL_S: Final = 0.1
ORPHANED: Final = 3


def become(command: list[str], parent: int) -> NoReturn:
    """Replace this process by *command*, which the kernel kills when *parent* dies."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != parent:  # it died before the line above
        sys.exit(ORPHANED)
    os.execv(command[0], command)  # noqa: S606 - the command is the supervisor's own


def watch(command: list[str], pipe: int) -> int:
    """Run *command* until it ends or *pipe* closes; return its exit code."""
    os.set_inheritable(pipe, False)  # noqa: FBT003 - it takes no keywords
    child = subprocess.Popen(command, close_fds=False)  # noqa: S603 - the command is the supervisor's own

    def pass_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    while child.poll() is None:
        readable, _, _ = select.select([pipe], [], [], POLL_S)
        if readable and not os.read(pipe, 1):
            child.kill()
            child.wait()
            return ORPHANED
    return child.returncode


def main() -> int:
    """Read the arguments and run the command."""
    parent, pipe, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    if pipe >= 0:
        return watch(command, pipe)
    become(command, parent)


if __name__ == "__main__":
    sys.exit(main())
