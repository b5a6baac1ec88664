"""Exporting: how much memory `ciclo export` holds at its most, however many rows it writes."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pymongo

from ciclo.actions.dependencies import Deps
from ciclo.exports.kinds import Format, Kind
from tests.benchmarks.filling import DAYS, FIRST_DAY, fill, payments
from tests.chaos.processes import environment

ROWS: Final = 1_000_000
RESIDENT_MB_MAX: Final = 150
"""The goal, in MB of 10^6 bytes."""

FILL_S_MAX: Final = 900.0
EXPORT_S_MAX: Final = 600.0
POLL_S: Final = 0.02
SAID_CHARS_MAX: Final = 1_000


class ExportFailed(Exception):
    """The command did not write the file that it should have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFigures:
    """What one export took. Memory is the process's own high-water mark, in MB of 10^6 bytes."""

    rows: int
    file_bytes: int
    seconds: float
    resident_mb_max: float

    @property
    def rows_per_s(self) -> float:
        """Return the pace, the start of the process included."""
        return self.rows / self.seconds


async def export_memory(
    deps: Deps, *, rows: int = ROWS, kind: Kind = Kind.PAYMENTS, form: Format = Format.CSV
) -> ExportFigures:
    """Fill an empty database with *rows* payments and their customers, then export them by a process.

    Linux only: the memory is read from /proc. Takes some minutes for a million rows, and not longer than
    FILL_S_MAX and EXPORT_S_MAX.

    Raises:
        ExportFailed: the file has other than *rows* rows, or the command failed.
        TimeoutError, PyMongoError: it took too long.
    """
    # A busy disk may take longer over one batch than a request may.
    with pymongo.timeout(FILL_S_MAX):
        await _fill(deps, rows)
    with tempfile.TemporaryDirectory(prefix="ciclo-bench-") as folder:
        file = Path(folder) / f"{kind}.{form}"
        async with asyncio.timeout(EXPORT_S_MAX):
            began = time.perf_counter()
            resident_mb_max = await _exported(deps, file, kind=kind, form=form)
            seconds = time.perf_counter() - began
        found = await asyncio.to_thread(_lines, file) - (form is Format.CSV)
        if found != rows:
            raise ExportFailed(f"{found:,} rows, not {rows:,}")
        return ExportFigures(
            rows=rows,
            file_bytes=file.stat().st_size,
            seconds=seconds,
            resident_mb_max=resident_mb_max,
        )


async def _fill(deps: Deps, rows: int) -> None:
    customers: set[str] = set()

    def noted() -> Iterator[dict[str, Any]]:
        for document in payments(rows, seed=1):
            customers.add(document["customer_id"])
            yield document

    await fill(deps.store, "payments", noted())
    await fill(deps.store, "customers", ({"_id": id_, "email": f"{id_}@example.com"} for id_ in customers))


async def _exported(deps: Deps, file: Path, *, kind: Kind, form: Format) -> float:
    """Run `ciclo export` into *file*; return the most memory that it had resident."""
    days = ("--from", str(FIRST_DAY), "--to", str(FIRST_DAY + timedelta(days=DAYS)))
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-P",
            "-m",
            "ciclo",
            "export",
            kind,
            *days,
            "--format",
            form,
            "--output",
            str(file),
        ),
        env=environment(deps.settings),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    resident_mb_max = 0.0
    try:
        while process.returncode is None:
            resident_mb_max = max(resident_mb_max, _high_water_mb(process.pid))
            await asyncio.sleep(POLL_S)
    finally:
        if process.returncode is None:
            process.kill()
        _, said = await process.communicate()
    if process.returncode:
        raise ExportFailed(f"exit code {process.returncode}: {said.decode()[-SAID_CHARS_MAX:]}")
    return resident_mb_max


def _high_water_mb(pid: int) -> float:
    """Return what the kernel noted as the most; getrusage would count the parent's memory too."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1_024 / 1_000_000
    return 0.0


def _lines(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for _ in lines)
