"""How long a process had to wait for a processor: the machine's fault, and not that of what is tested."""

from pathlib import Path
from typing import Final

NS_PER_S: Final = 1e9


def waited_s(pid: int | str = "self") -> float:
    """Return for how many seconds the main thread of a process was ready to run and did not, so far.

    It is 0 where the kernel does not count it, and for a process that is gone.
    """
    try:
        counted = Path(f"/proc/{pid}/schedstat").read_text(encoding="utf-8").split()
    except OSError:
        return 0.0
    return int(counted[1]) / NS_PER_S
