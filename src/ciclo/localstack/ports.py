"""Finding free ports on 127.0.0.1."""

import socket
from typing import Final

from ciclo.localstack.errors import LocalStackError

LOOPBACK: Final = "127.0.0.1"
PORT_MAX: Final = 65_535
BACKLOG: Final = 2_048
NEIGHBOURS_MAX: Final = 20


def free_port(preferred: int) -> int:
    """Return *preferred* if it is free, else one that the system chooses."""
    for port in (preferred, 0):
        try:
            with _bound(port) as held:
                return _port_of(held)
        except OSError:
            continue
    raise LocalStackError("no free port on 127.0.0.1")


def is_free(port: int) -> bool:
    """Return whether *port* could be bound now."""
    try:
        _bound(port).close()
    except OSError:
        return False
    return True


def open_listener(port: int, *, exactly: bool) -> socket.socket:
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
        raise LocalStackError(f"port {port} is in use", remedy=f"ciclo up --port {_port_of(other)}")


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
