"""Problems: every HTTP refusal as RFC 9457 problem+json, with a code that clients branch on."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final

import orjson
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ciclo.logs import request_id
from ciclo.web.strict_json import MalformedJson

MEDIA_TYPE: Final = "application/problem+json"
INTERNAL: Final = "INTERNAL"
_CODES: Final = {400: "BAD_REQUEST", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "BODY_TOO_LARGE"}

_log = structlog.get_logger(__name__)


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
