"""Asks the API of a local stack whether it can serve, and for something to show in the banner."""

import json
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException
from typing import Final
from urllib.parse import urlsplit

from ciclo.localstack.errors import LocalStackError

READY_S_MAX: Final = 60.0
ANSWER_S_MAX: Final = 1.0
POLL_S: Final = 0.05
BODY_BYTES_MAX: Final = 65_536
OK: Final = 200

_SOME_SUBSCRIPTION: Final = "{ subscriptions(first: 1) { edges { node { id } } } }"


def readiness(url: str) -> tuple[int, str]:
    """Return the status and the body of `/readyz`, or 0 and why nobody answers."""
    return _answer(url, "GET", "/readyz")


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
            raise LocalStackError(
                f"the API is not ready after {wait_s_max:.0f} s: {status or ''} {body}".strip()
            )
        time.sleep(POLL_S)


def some_subscription(url: str, *, token: str) -> str | None:
    """Return the id of a subscription, None if there is none; without an answer too, being for show only."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    query = json.dumps({"query": _SOME_SUBSCRIPTION})
    _, body = _answer(url, "POST", "/graphql", body=query, headers=headers)
    try:
        return str(json.loads(body)["data"]["subscriptions"]["edges"][0]["node"]["id"])
    except (ValueError, LookupError, TypeError):
        return None


def _answer(
    url: str, method: str, path: str, *, body: str | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Return the status and the beginning of the body, or 0 and why nobody answers."""
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=ANSWER_S_MAX)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(BODY_BYTES_MAX).decode("utf-8", "replace")
    except (OSError, HTTPException) as error:
        return 0, str(error) or type(error).__name__
    finally:
        connection.close()
