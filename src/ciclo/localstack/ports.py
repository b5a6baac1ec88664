"""Finding free ports on 127.0.0.1, and naming who holds a busy one."""

import socket
import subprocess
from pathlib import Path
from typing import Final

from ciclo.localstack.fault import Fault

LOOPBACK: Final = "127.0.0.1"
PORT_MAX: Final = 65_535
BACKLOG: Final = 2_048
NEIGHBOURS_MAX: Final = 20
_LISTENING: Final = "0A"
_LSOF_S_MAX: Final = 5.0


def free_port(preferred: int) -> int:
    """Return *preferred* if it is free, else one that the system chooses."""
    for port in (preferred, 0):
        try:
            with _bound(port) as held:
                return _port_of(held)
        except OSError:
            continue
    raise Fault("no free port on 127.0.0.1")


def is_free(port: int) -> bool:
    """Return whether *port* could be bound now."""
    try:
        _bound(port).close()
    except OSError:
        return False
    return True


def listener(port: int, *, exactly: bool) -> socket.socket:
    """Return a socket that listens on *port*, or on one nearby unless it must be *exactly* that.

    The caller keeps it, so nobody can take the port between choosing it and serving on it. It
    listens at once, since two sockets may be bound to a port as long as neither does.

    Raises:
        Fault: *port* is in use and no other would do.
    """
    neighbours = () if exactly or port == 0 else (*range(port + 1, min(port + NEIGHBOURS_MAX, PORT_MAX)), 0)
    for candidate in (port, *neighbours):
        try:
            return _listening(candidate)
        except OSError:
            continue
    with _bound(0) as other:
        raise Fault(f"port {port} is used by {holder(port)}", remedy=f"ciclo up --port {_port_of(other)}")


def _bound(port: int) -> socket.socket:
    """Return a socket bound to *port*.

    Raises:
        OSError: the port is in use, also by a server on all addresses.
    """
    if port and _answers(port):
        raise OSError(f"port {port} is in use")
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # As servers do: connections of an earlier run that linger in TIME_WAIT are no obstacle.
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((LOOPBACK, port))
    except OSError:
        held.close()
        raise
    return held


def _listening(port: int) -> socket.socket:
    held = _bound(port)
    try:
        held.listen(BACKLOG)
    except OSError:
        held.close()
        raise
    return held


def _answers(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=0.5).close()
    except OSError:
        return False
    return True


def _port_of(held: socket.socket) -> int:
    return int(held.getsockname()[1])


def holder(port: int) -> str:
    """Return who listens on *port*, for a sentence: `pid 812 (python3)`, or `another process`."""
    pid = _pid_from_proc(port) if Path("/proc/net/tcp").exists() else _pid_from_lsof(port)
    if pid is None:
        return "another process"
    try:
        name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return f"pid {pid}"
    return f"pid {pid} ({name})"


def _pid_from_proc(port: int) -> int | None:
    inodes = {
        fields[9]
        for table in ("tcp", "tcp6")
        for fields in _table(Path("/proc/net") / table)
        if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port
    }
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = str(link.readlink())
        except OSError:
            continue  # gone meanwhile, or another user's
        if target.startswith("socket:[") and target[8:-1] in inodes:
            return int(link.parts[2])
    return None


def _table(path: Path) -> list[list[str]]:
    try:
        return [line.split() for line in path.read_text(encoding="ascii").splitlines()[1:]]
    except OSError:
        return []


def _pid_from_lsof(port: int) -> int | None:
    try:
        found = subprocess.run(  # noqa: S603 - a fixed command and a number
            ["lsof", "-nP", "-t", f"-iTCP:{port}", "-sTCP:LISTEN"],  # noqa: S607 - wherever the system has it
            capture_output=True,
            text=True,
            check=False,
            timeout=_LSOF_S_MAX,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    first = found.stdout.split()
    return int(first[0]) if first and first[0].isdigit() else None
