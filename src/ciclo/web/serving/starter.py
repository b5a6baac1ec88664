"""Tells whoever started this process how it is: systemd, or anybody else who speaks its protocol.

Source: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

import os
import socket
from typing import Final

import structlog

NOTIFY_SOCKET: Final = "NOTIFY_SOCKET"
"""The variable with the address of the starter's datagram socket; where it is not set nobody asks."""

_log = structlog.get_logger(__name__)


def tell_starter(state: str) -> None:
    """Send a line such as READY=1; it changes nothing here whether it arrives."""
    address = os.environ.get(NOTIFY_SOCKET, "")
    if not address:
        return
    # An address that begins so has no file: the kernel wants a zero byte there.
    name = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(0)  # a starter that does not read must not hold us up
            sender.sendto(state.encode(), name)
    except OSError as error:
        _log.warning("starter_not_told", state=state, error=str(error))
