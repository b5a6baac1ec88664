"""Logs: one event, one line, with the request's id, without secrets and card numbers."""

import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Final, TextIO

import orjson
import structlog
from structlog.contextvars import bound_contextvars, get_contextvars
from structlog.typing import EventDict, Processor

from ciclo.redaction import redact_member

# Strawberry logs each error with the query's text, before it is masked; ours is logged where it is masked.
# uvicorn's access log writes query strings; ciclo.web.headers has its own.
_SILENT: Final = ("strawberry.execution", "uvicorn.access")
_OURS: Final = frozenset({"time", "level", "logger", "request_id"})
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
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    last: list[Processor] = [
        structlog.processors.format_exc_info,
        _redacted,
        _as_json_line if as_json else structlog.dev.ConsoleRenderer(colors=target.isatty()),
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
    return str(get_contextvars().get("request_id", ""))


@contextmanager
def about(**facts: str) -> Iterator[None]:
    """Write *facts* (request_id, event_id, ...) into every line that is logged within."""
    with bound_contextvars(**facts):
        yield


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


def _as_json_line(_logger: object, _method: str, event: EventDict) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
