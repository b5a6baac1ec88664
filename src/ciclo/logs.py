"""Logs: one event, one line, with the request's id, without secrets and card numbers."""

import logging
import re
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar, Token
from typing import Any, Final, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor

from ciclo.redaction import redact_member

# Strawberry logs each error with the query's text, before it is masked; ours is logged where it is masked.
# uvicorn's access log writes query strings; ciclo.web.headers has its own.
_SILENT: Final = ("strawberry.execution", "uvicorn.access")
_OURS: Final = frozenset({"time", "level", "logger", "request_id", "method", "status", "ms"})
"""Parts of a line that only Ciclo writes: no text of a caller is in them."""

_UNSEEN: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"
    r"\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)
"""What a terminal acts on instead of showing it: controls, C1 too, and those that turn text around."""

_facts: Final[ContextVar[dict[str, str]]] = ContextVar("facts", default={})  # noqa: B039 - never changed in place
_ROUTED: Final = ("uvicorn", "uvicorn.error", "uvicorn.asgi")


def configure(*, level: str = "INFO", json: bool | None = None, stream: TextIO | None = None) -> None:
    """Send structlog's and the standard library's logs to *stream* (standard error).

    Args:
        level: The least level that is written, by its standard name.
        json: One JSON object a line; None means JSON unless *stream* is a terminal.
        stream: Where lines go.
    """
    target = sys.stderr if stream is None else stream
    as_json = not target.isatty() if json is None else json
    first: list[Processor] = [
        with_facts,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    last: list[Processor] = [
        structlog.processors.format_exc_info,
        _redacted,
        *((_as_json_line,) if as_json else (_visible, structlog.dev.ConsoleRenderer(colors=target.isatty()))),
    ]
    structlog.configure(
        processors=[*first, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(target),
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*first, structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder()],
            processors=[
                _without_colors_of_uvicorn,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    _arrange_libraries()


def request_id() -> str:
    """Return the id of the request that is being served, empty outside of one."""
    return _facts.get().get("request_id", "")


class about:  # noqa: N801 - used as a function is
    """Writes *facts* (request_id, event_id, ...) into every line that is logged within."""

    __slots__ = ("_added", "_token")

    def __init__(self, **facts: str) -> None:
        self._added: Final = facts
        self._token: Token[dict[str, str]] | None = None

    def __enter__(self) -> None:
        self._token = _facts.set(_facts.get() | self._added)

    def __exit__(self, *_: object) -> None:
        if self._token is not None:
            _facts.reset(self._token)


def with_facts(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Add what is known of the work that is being done."""
    for name, fact in _facts.get().items():
        event.setdefault(name, fact)
    return event


def _arrange_libraries() -> None:
    for name in _SILENT:
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False
    for name in _ROUTED:
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True


def _without_colors_of_uvicorn(_logger: object, _method: str, event: EventDict) -> EventDict:
    event.pop("color_message", None)
    return event


def _redacted(_logger: object, _method: str, event: EventDict) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if name not in _OURS:
            event[name] = redact_member(name, value)
    return event


def _visible(_logger: object, _method: str, event: EventDict) -> MutableMapping[str, Any]:
    """Write as an escape what would not be seen; line breaks are those of tracebacks."""
    for name, value in event.items():
        if isinstance(value, str) and name not in _OURS and _UNSEEN.search(value):
            event[name] = _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], value)
    return event


def _as_json_line(_logger: object, _method: str, event: EventDict) -> str:
    line = orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    # Within JSON they can be in texts only, where an escape means the same.
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", line)
