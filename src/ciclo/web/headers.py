"""Headers: what every request brings in and every answer carries, as plain ASGI middleware."""

import re
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import structlog
from prometheus_client import Histogram
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ciclo import deadline, logs, tracing
from ciclo.metrics import REQUEST_SECONDS
from ciclo.settings.settings import Settings
from ciclo.web.header_fields import Field, values_of
from ciclo.web.problems import HttpProblem, from_exception, refusal_response

if TYPE_CHECKING:
    from opentelemetry.trace import Span

REQUEST_ID: Final = "x-request-id"
REQUEST_ID_BYTES: Final = 12
IDS_DRAWN: Final = 200
"""Ids of requests that are drawn at a time."""
SERIES_MAX: Final = 1_000
FAULTS_FROM: Final = 400
HSTS: Final = "max-age=31536000; includeSubDomains"
API_POLICY: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
CORS_S: Final = 600

_REQUEST_ID_SHAPE: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_REQUEST_ID_NAME: Final = REQUEST_ID.encode()
_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", API_POLICY.encode()),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
_OVER_TLS: Final = (*_ALWAYS, (b"strict-transport-security", HSTS.encode()))
_OFTEN: Final = ("/api/webhooks/", "/api/entitlements/", "/healthz", "/readyz", "/metrics")
"""Asked all the time: what went well is counted, a notice is an event besides, and none is logged."""
_LINKS: Final = ("/i/", "/c/")
"""Addresses that open what they name: nobody who reads the log may open it."""
_WATCHED: Final = frozenset({"/healthz", "/readyz", "/metrics"})
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_STARTS: Final = frozenset({"http.response.start", "websocket.accept", "websocket.http.response.start"})

_NO_ONE_HOST: Final = HttpProblem(status=400, code="BAD_REQUEST", detail="send one Host header")

_log = structlog.get_logger("ciclo.access")


def middleware(settings: Settings) -> list[Middleware]:
    """Return what goes around the application, the outermost first.

    Raises:
        ValueError: an origin of `cors_origins` is not one plain origin.
    """
    https = urlsplit(settings.base_url).scheme == "https"
    around = [
        Middleware(RequestContext, https=https),
    ]
    if "*" not in settings.allowed_hosts:
        hosts = settings.allowed_hosts
        around.append(Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False))
    if settings.cors_origins:
        around.append(
            Middleware(
                CORSMiddleware,
                allow_origins=_plain_origins(settings.cors_origins),
                allow_methods=("GET", "POST"),
                allow_headers=("authorization", "content-type", REQUEST_ID),
                expose_headers=(REQUEST_ID, "retry-after"),
                allow_credentials=False,
                max_age=CORS_S,
            )
        )
    return around


class RequestContext:
    """Gives each request its id, logs and times it, and answers what nobody caught as a problem.

    Every answer gets the headers that keep browsers from doing what an API never wants; one that sets
    them itself, such as a page with its own policy, keeps its own.
    """

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self._https: Final = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope["headers"])
        status = 0
        started = time.perf_counter()
        answering = deadline.answering() if scope["type"] == "http" else nullcontext()

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] in _STARTS:
                if answer_due is not None:
                    answer_due.lift()
                status = message.get("status", 101)
                message["headers"] = self._headers(message.get("headers", ()), request_id, scope)
            await send(message)

        with logs.about(request_id=request_id), _span(scope) as span, answering as answer_due:
            try:
                if not _names_one_host(scope):
                    await refusal_response(_NO_ONE_HOST)(scope, receive, send_with_headers)
                    return
                await self.app(scope, receive, send_with_headers)
            except Exception as error:
                refusal = from_exception(error)
                # Too late for an answer, or not HTTP: the server ends the connection.
                if status or scope["type"] == "websocket":
                    raise
                await refusal_response(refusal)(scope, receive, send_with_headers)
            finally:
                _record(scope, status=status, seconds=time.perf_counter() - started)
                if span is not None:
                    _name(span, scope, status=status)

    def _headers(self, given: Iterable[Field], request_id: str, scope: Scope) -> list[Field]:
        own = (_REQUEST_ID_NAME, request_id.encode())
        if scope["type"] == "websocket":
            return [*given, own]
        names = {name.lower() for name, _ in given}
        wanted = _OVER_TLS if self._https or scope["scheme"] == "https" else _ALWAYS
        return [*given, own, *(header for header in wanted if header[0] not in names)]


def _names_one_host(scope: Scope) -> bool:
    """Return whether a request has the one Host header that RFC 9112 asks for; HTTP/1.0 knew none."""
    [hosts] = values_of(scope["headers"], b"host")
    return len(hosts) == 1 or (not hosts and scope.get("http_version") == "1.0")


def _request_id(fields: Iterable[Field]) -> str:
    [given] = values_of(fields, _REQUEST_ID_NAME)
    if len(given) == 1 and _REQUEST_ID_SHAPE.fullmatch(given[0]):
        return given[0].decode()
    return next(_request_ids)


def _random_ids() -> Iterator[str]:
    """Yield ids without end: many are drawn at a time, since each time lets another thread in between."""
    while True:
        drawn = secrets.token_hex(REQUEST_ID_BYTES * IDS_DRAWN)
        for place in range(IDS_DRAWN):
            yield drawn[2 * REQUEST_ID_BYTES * place : 2 * REQUEST_ID_BYTES * (place + 1)]


_request_ids: Final = _random_ids()


def _record(scope: Scope, *, status: int, seconds: float) -> None:
    """Count a request under the pattern of its route, and log it without its query string."""
    method = scope["method"] if scope.get("method") in _METHODS else "OTHER"
    if scope["type"] == "websocket":
        method = "WEBSOCKET"
    else:
        route = getattr(scope.get("route"), "path", "") or "unmatched"
        _seconds_of(route, method, status).observe(seconds)
    if 0 < status < FAULTS_FROM and scope["path"].startswith(_OFTEN):
        return
    _log.info(
        "request", method=method, path=_shown(scope["path"]), status=status, ms=round(seconds * 1_000, 1)
    )


def _shown(path: str) -> str:
    """Return a path without what opens something."""
    return next((f"{link}[redacted]" for link in _LINKS if path.startswith(link)), path)


def _span(scope: Scope) -> AbstractContextManager["Span | None"]:
    """Return the span of a request, in its caller's trace if it names one; sockets and watchers have none."""
    if scope["type"] != "http" or scope["path"] in _WATCHED:
        return nullcontext()
    [given] = values_of(scope["headers"], b"traceparent")
    parent = given[0].decode("latin-1") if len(given) == 1 else None
    return tracing.span("request", role=tracing.SpanRole.SERVER, parent=parent)


def _name(span: "Span", scope: Scope, *, status: int) -> None:
    """Name a request's span by the pattern of its route: a path may hold anything."""
    method = scope["method"] if scope["method"] in _METHODS else "OTHER"
    route = getattr(scope.get("route"), "path", "") or "unmatched"
    span.update_name(f"{method} {route}")
    span.set_attributes(
        {"http.request.method": method, "http.route": route, "http.response.status_code": status}
    )


@lru_cache(maxsize=SERIES_MAX)
def _seconds_of(route: str, method: str, status: int) -> Histogram:
    return REQUEST_SECONDS.labels(route, method, status)


def _plain_origins(origins: Sequence[str]) -> Sequence[str]:
    for origin in origins:
        parts = urlsplit(origin)
        if (
            parts.scheme not in {"http", "https"}
            or not parts.netloc
            or origin != f"{parts.scheme}://{parts.netloc}"
        ):
            raise ValueError(f"CICLO_CORS_ORIGINS: {origin!r} is not like https://app.example.com")
    return origins
