"""What an HTTP answer that is no success means for whoever asked: try again, or mend the set-up."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from ciclo.gateways.protocol import Misconfigured, Unavailable

RETRY_AFTER_S_MAX: Final = 3_600.0
_RETRIED: Final = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)


def error_for_status(status: int, headers: Mapping[str, str], *, of: str) -> Unavailable | Misconfigured:
    """Return the error for an answer of *status* by the service named *of*.

    Its text has the status and nothing of the body: bodies hold what must not be logged.
    """
    if status in _RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unavailable(f"{of} answered {status}", retry_after_s=retry_after_s(headers))
    return Misconfigured(f"{of} answered {status}")


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a Retry-After header asks for; None without one, or for a date."""
    text = headers.get("retry-after", "").strip()
    if not (text.isascii() and text.isdigit()):
        return None
    return min(float(text[:10]), RETRY_AFTER_S_MAX)
