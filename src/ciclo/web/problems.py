"""Problems: every HTTP refusal as RFC 9457 problem+json, with a code that clients branch on."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any, Final, TypeVar

import orjson
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ciclo import deadline
from ciclo.logs import request_id
from ciclo.store.mongo.breaker import Breaker
from ciclo.store.mongo.client import StoreUnavailable
from ciclo.store.mongo.transient_errors import is_store_fault
from ciclo.web.strict_json import MalformedJson

MEDIA_TYPE: Final = "application/problem+json"
INTERNAL: Final = "INTERNAL"
UNAVAILABLE: Final = "UNAVAILABLE"
UNAVAILABLE_RETRY_S: Final = 5
_CODES: Final = {400: "BAD_REQUEST", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "BODY_TOO_LARGE"}

_log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")


class HttpProblem(Exception):
    """A refusal on its way to the caller; `detail` is shown, so it never repeats a secret."""

    def __init__(
        self,
        *,
        status: int,
        code: str,
        detail: str,
        retry_after_s: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status: Final = status
        self.code: Final = code
        self.detail: Final = detail
        self.retry_after_s: Final = retry_after_s
        self.headers: Final = headers or {}

    def response_headers(self) -> dict[str, str]:
        """Return what the answer carries beside its body."""
        headers = {"cache-control": "no-store", **self.headers}
        if self.retry_after_s is not None:
            headers["retry-after"] = str(self.retry_after_s)
        return headers


class StoreAway(HttpProblem):
    """MongoDB does not answer, or has no primary; nobody's request is at fault."""

    def __init__(self) -> None:
        super().__init__(
            status=503,
            code=UNAVAILABLE,
            detail="the database does not answer in time; try again",
            retry_after_s=UNAVAILABLE_RETRY_S,
        )


async def answer_with_store(breaker: Breaker, work: Coroutine[Any, Any, Answer]) -> Answer:
    """Return the answer that *work* comes to, as long as the store is there and the deadline allows.

    Raises:
        StoreAway: the store is away, has refused for a reason that passes, or takes too long.
        Exception: whatever else *work* raises.
    """
    return await answer_in_time(breaker.during(work))


async def answer_in_time(work: Awaitable[Answer]) -> Answer:
    """Return the answer that *work* comes to, which asks the breaker itself, as long as the deadline allows.

    Raises:
        StoreAway: the store is away, has refused for a reason that passes, or takes too long.
        Exception: whatever else *work* raises.
    """
    try:
        async with deadline.in_time():
            return await work
    except deadline.DeadlinePassed as error:
        _log.warning("http.answer_overdue")
        raise StoreAway from error
    except Exception as error:
        if is_store_fault(error):
            raise from_exception(error) from error
        raise


def refusal_response(refusal: HttpProblem) -> Response:
    """Return *refusal* as a response."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.detail,
        "request_id": request_id(),
    }
    return Response(
        orjson.dumps(body), refusal.status, headers=refusal.response_headers(), media_type=MEDIA_TYPE
    )


def from_exception(error: Exception) -> HttpProblem:
    """Return what the caller may know of *error*; one that nobody foresaw is logged, here and only here."""
    match error:
        case HttpProblem():
            return error
        case MalformedJson():
            return HttpProblem(status=400, code="MALFORMED_JSON", detail=str(error))
        case HTTPException():
            return HttpProblem(
                status=error.status_code,
                code=_CODES.get(error.status_code, f"HTTP_{error.status_code}"),
                detail=HTTPStatus(error.status_code).phrase.lower(),
                headers=error.headers,
            )
        case StoreUnavailable() | deadline.DeadlinePassed():
            return StoreAway()
        case _ if is_store_fault(error):
            _log.warning("http.store_fault", exc_info=error)
            return StoreAway()
        case _:
            _log.error("http.unexpected_error", exc_info=error)
            return HttpProblem(status=500, code=INTERNAL, detail="internal error")


async def _handle(_request: Request, error: Exception) -> Response:
    return refusal_response(from_exception(error))


HANDLERS: Final[Mapping[type[Exception], Callable[[Request, Exception], Awaitable[Response]]]] = {
    HttpProblem: _handle,
    MalformedJson: _handle,
    HTTPException: _handle,
}
"""For `Starlette(exception_handlers=...)`: with them every refusal of a route is a problem."""
