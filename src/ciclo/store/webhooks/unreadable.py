"""Documents that can't be read: one of them is told of in the log, and holds up nothing else."""

from collections.abc import Callable
from typing import TypeVar

import structlog

from ciclo.store.mongo.client import Document

_log = structlog.get_logger(__name__)

Value = TypeVar("Value")


def read_safely(document: Document, read: Callable[[Document], Value]) -> Value | None:
    """Return what *document* holds; None, and a line in the log, if that can't be read."""
    try:
        return read(document)
    except (KeyError, TypeError, ValueError) as error:
        _log.error("webhook_document_unreadable", document_id=document.get("_id"), error=repr(error))
        return None
