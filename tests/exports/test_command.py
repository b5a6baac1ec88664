"""`ciclo export`: the same files as over HTTP, whole or not at all."""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from ciclo.exports.kinds import Format, Kind
from tests.stack import WEBHOOK_SECRET, Stack

YEAR: Final = ("--from", "2028-01-01", "--to", "2029-01-01")
RUN_S_MAX: Final = 60.0


async def ciclo(stack: Stack, *arguments: str, folder: Path) -> tuple[int, bytes, str]:
    """Run `ciclo ARGUMENTS` on the servers of *stack*; return exit code, output and errors."""
    settings = stack.deps.settings
    environment = {
        "CICLO_MONGO_URL": settings.mongo_url.get_secret_value(),
        "CICLO_REDIS_URL": settings.redis_url.get_secret_value(),
        "CICLO_MONGO_DATABASE": settings.mongo_database,
        "CICLO_STREAM_PREFIX": settings.stream_prefix,
        "CICLO_JWT_SECRET": "nothing is signed here, but a secret is asked for",
        "CICLO_WEBHOOK_SECRETS": WEBHOOK_SECRET,
        "CICLO_DATA_DIR": str(folder),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "ciclo", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | environment,
    )
    async with asyncio.timeout(RUN_S_MAX):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out, err.decode()


def files_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        (Kind.PAYMENTS, Format.CSV),
        (Kind.INVOICES, Format.JSONL),
        (Kind.SUBSCRIPTIONS, Format.CSV),
        (Kind.MOVEMENTS, Format.JSONL),
        (Kind.EVENTS, Format.CSV),
        (Kind.CUSTOMERS, Format.JSONL),
    ],
)
async def test_the_command_writes_what_the_api_serves(
    stack: Stack, tmp_path: Path, kind: Kind, form: Format
) -> None:
    served = await stack.http.get(
        f"/exports/{kind}.{form}",
        params={"from": "2028-01-01", "to": "2029-01-01"},
        headers={"authorization": f"Bearer {stack.operator}"},
    )

    code, out, err = await ciclo(stack, "export", kind, *YEAR, "--format", form, folder=tmp_path)

    lines = out.count(b"\n") - (form is Format.CSV)
    assert (code, out, err) == (0, served.content, f"{lines} {kind}\n")
    assert lines > 0


async def test_a_file_is_there_once_it_is_whole(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "payments.csv"
    file.write_text("of last month")

    code, out, err = await ciclo(stack, "export", "payments", *YEAR, "--output", str(file), folder=tmp_path)

    assert (code, out, err) == (0, b"", f"5 payments in {file}\n")
    assert len(file.read_bytes().splitlines()) == 6
    assert files_in(tmp_path) == [file.name]


async def test_a_file_that_failed_is_not_there(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "payments.csv"
    unreadable = {"_id": "pay_broken", "created_at": datetime(2019, 1, 1, 12, tzinfo=UTC)}
    days = ("--from", "2019-01-01", "--to", "2019-01-02")
    await stack.deps.store["payments"].insert_one(unreadable)
    try:
        code, out, _ = await ciclo(stack, "export", "payments", *days, "--output", str(file), folder=tmp_path)
    finally:
        await stack.deps.store["payments"].delete_one({"_id": "pay_broken"})

    assert (code, out) == (1, b"")
    assert files_in(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("payments", "--from", "2028-01-01"), 2, "--to"),
        (("people", *YEAR), 2, "people"),
        (("payments", *YEAR, "--format", "xlsx"), 2, "xlsx"),
        (("payments", "--from", "2028-02-30", "--to", "2028-03-01"), 2, "2028-02-30"),
        (
            ("payments", "--from", "2028-01-01", "--to", "2028-01-01"),
            1,
            "ciclo: the end must be after the start: it is the first day not exported",
        ),
        (("payments", *YEAR, "--output", "/dev/null/nowhere.csv"), 1, "cannot be written: Not a directory"),
    ],
)
async def test_what_can_not_be_exported_is_said_on_standard_error(
    stack: Stack, tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    ended, out, err = await ciclo(stack, "export", *arguments, folder=tmp_path)

    assert (ended, out) == (code, b"")
    assert words in err
    assert "Traceback" not in err
