"""The line that says why a process died is found in each kind of log."""

import json
from pathlib import Path

import pytest

from ciclo.localstack.crash_report import read_crash_report

TRACEBACK = ["Traceback (most recent call last):", '  File "app.py", line 1', "KeyError: 'mongo_url'", ""]
MONGOD = [
    {"s": "I", "c": "CONTROL", "msg": "MongoDB starting"},
    {
        "s": "E",
        "c": "STORAGE",
        "msg": "WiredTiger error message",
        "attr": {"error": -31802, "message": {"ts_sec": 1, "msg": "fatal turtle file read error"}},
    },
    {"s": "F", "c": "ASSERT", "msg": "Fatal assertion", "attr": {"msgid": 50853}},
    {"s": "I", "c": "CONTROL", "msg": "Now exiting"},
]
OURS = [
    {"time": "2026-11-22T06:00:00Z", "level": "info", "event": "started"},
    {
        "time": "2026-11-22T06:00:01Z",
        "level": "error",
        "event": "Application startup failed",
        "exception": "Traceback ...\nConnectionError: no primary",
    },
]
UVICORN = [
    {
        "level": "error",
        "event": "Traceback (most recent call last):\n  File ...\nValueError: no replica set\n",
    },
    {"level": "error", "event": "Application startup failed. Exiting."},
]
REFUSAL = [
    {
        "level": "error",
        "event": "Traceback (most recent call last):\n  File ...\n"
        "ciclo.gateways.protocol.Misconfigured: the sandbox signs its notices: set CICLO_WEBHOOK_SECRETS\n",
    },
]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (TRACEBACK, "KeyError: 'mongo_url'"),
        ([json.dumps(line) for line in MONGOD], "WiredTiger error message: fatal turtle file read error"),
        ([json.dumps(line) for line in OURS], "Application startup failed: ConnectionError: no primary"),
        ([json.dumps(line) for line in UVICORN], "ValueError: no replica set"),
        (
            [json.dumps(line) for line in REFUSAL],
            "the sandbox signs its notices: set CICLO_WEBHOOK_SECRETS",
        ),
        ([json.dumps({"level": "info", "event": "started"}), "Killed"], "Killed"),
        ([], ""),
    ],
)
def test_the_reason_is_found(tmp_path: Path, lines: list[str], reason: str) -> None:
    log = tmp_path / "some.log"
    log.write_text("\n".join(lines), encoding="utf-8")

    assert read_crash_report(log).reason == reason


def test_a_long_log_is_read_from_its_end_only(tmp_path: Path) -> None:
    log = tmp_path / "some.log"
    log.write_bytes(b"x" * 1_000_000 + b"\n" + b"\n".join(b"line %d" % n for n in range(100)) + b"\xff\n")

    told = read_crash_report(log)

    assert (len(told.lines), told.lines[0]) == (12, "line 88")
    assert told.reason == "line 99\N{REPLACEMENT CHARACTER}"
