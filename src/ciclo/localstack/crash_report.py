"""The end of a dead process's log, and the line in it that says why it died."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

LINES_MAX: Final = 12
BYTES_MAX: Final = 262_144
LINE_CHARACTERS_MAX: Final = 300

_SEVERE: Final = frozenset({"F", "E", "critical", "error"})
"""How mongod and how our own logs mark them."""

_OUR_ERROR: Final = re.compile(r"^ciclo(?:\.\w+)+: ")
"""Begins the last line of a traceback; the text of an error of ours is a sentence without it."""


@dataclass(frozen=True)
class CrashReport:
    """What a log tells of an end."""

    reason: str
    """One line; empty if the log is."""
    lines: tuple[str, ...]


def read_crash_report(log: Path) -> CrashReport:
    """Return the errors in a JSON log, of which the first is the cause; of any other log the last lines."""
    with log.open("rb") as handle:
        handle.seek(0, os.SEEK_END)
        handle.seek(max(0, handle.tell() - BYTES_MAX))
        lines = [line for line in handle.read().decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [_short(error) for error in _errors_in(lines)]
    if errors:
        return CrashReport(errors[0], tuple(errors[:LINES_MAX]))
    last = tuple(_short(line) for line in lines[-LINES_MAX:])
    return CrashReport(_last_line(last[-1]) if last else "", last)


def _short(line: str) -> str:
    return line[:LINE_CHARACTERS_MAX]


def _errors_in(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and (entry.get("s") in _SEVERE or entry.get("level") in _SEVERE):
            yield _sentence(entry)


def _sentence(entry: Mapping[str, Any]) -> str:
    """Return what an entry of mongod (msg, attr) or of ours (event, exception) says."""
    details = {**entry, **entry.get("attr", {})}
    message = details.get("message")
    why = message.get("msg") if isinstance(message, dict) else message
    parts = (entry.get("msg") or entry.get("event"), why or details.get("error") or details.get("exception"))
    return ": ".join(_last_line(str(part)) for part in parts if part)


def _last_line(text: str) -> str:
    """Return the last line of what may be a traceback, where it is the exception."""
    return _OUR_ERROR.sub("", text.strip().splitlines()[-1])
