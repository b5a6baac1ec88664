"""Asks the API whether it can serve."""

import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from typing import Final
from urllib.parse import urlsplit

from ciclo.localstack.fault import Fault

READY_S_MAX: Final = 60.0
ANSWER_S_MAX: Final = 1.0
POLL_S: Final = 0.05
BODY_BYTES_MAX: Final = 2_000
OK: Final = 200


def readiness(url: str) -> tuple[int, str]:
    """Return the status and the beginning of the body of `/readyz`, or 0 and why nobody answers."""
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=ANSWER_S_MAX)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        return answer.status, answer.read(BODY_BYTES_MAX).decode("utf-8", "replace")
    except (OSError, HTTPException) as error:
        return 0, str(error) or type(error).__name__
    finally:
        connection.close()


def wait_until_ready(url: str, *, check: Callable[[], None], wait_s_max: float = READY_S_MAX) -> None:
    """Block until `/readyz` answers 200.

    Args:
        url: The API's address.
        check: Called while waiting; raises when waiting is pointless.
        wait_s_max: The longest wait.

    Raises:
        Fault: it did not, in time.
    """
    deadline = time.monotonic() + wait_s_max
    while True:
        check()
        status, body = readiness(url)
        if status == OK:
            return
        if time.monotonic() >= deadline:
            raise Fault(f"the API is not ready after {wait_s_max:.0f} s: {status or ''} {body}".strip())
        time.sleep(POLL_S)
