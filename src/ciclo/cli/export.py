"""`ciclo export`: payments, invoices, subscriptions, movements or events of some days, as a file."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from ciclo.cli.banner import USUAL_FOLDER
from ciclo.cli.fault import Fault
from ciclo.cli.folder import DataFolder
from ciclo.cli.options import DataDir
from ciclo.exports.kinds import Format, Kind

if TYPE_CHECKING:
    from ciclo.actions.exports import Export
    from ciclo.settings import Settings

Progress = Callable[[int], None]
"""Told how many rows there are so far."""

DAY = "%Y-%m-%d"


def export(
    kind: Annotated[Kind, typer.Argument(help="Of what.")],
    *,
    start: Annotated[datetime, typer.Option("--from", formats=[DAY], help="The first day, the seller's.")],
    end: Annotated[datetime, typer.Option("--to", formats=[DAY], help="The first day that is left out.")],
    form: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.CSV,
    output: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            help="The file; it appears once all of it is there.",
            show_default="standard output",
        ),
    ] = None,
    data_dir: DataDir = USUAL_FOLDER,
) -> None:
    """Write what is stored of some days as CSV or JSON lines, the oldest first."""
    from ciclo.actions.exports import Export
    from ciclo.cli.environment import known
    from ciclo.cli.serve import settings_from
    from ciclo.domain.period import Period
    from ciclo.logs import configure

    configure(level="ERROR")
    wanted = Export(kind=kind, form=form, window=Period(start.date(), end.date()))
    settings = settings_from(known(DataFolder(data_dir), os.environ))
    with _opened(output) as target, _progress(kind, shown=output is not None) as progress:
        rows = asyncio.run(_write(settings, wanted, target=target, progress=progress))
    typer.echo(f"{rows:,} {kind}{f' in {output}' if output else ''}", err=True)


async def _write(settings: "Settings", wanted: "Export", *, target: BinaryIO, progress: Progress) -> int:
    """Write the file to *target*; return how many rows it has.

    Raises:
        Fault: this can't be asked for, or MongoDB failed.
        OSError: *target* can't be written.
    """
    from ciclo.actions.deps import open_deps
    from ciclo.actions.exports import exported
    from ciclo.domain.errors import BillingError
    from ciclo.store.failures import is_passing

    rows = 0
    try:
        async with open_deps(settings) as deps:
            async for piece in exported(deps, wanted):
                target.write(piece.content)
                rows += piece.rows
                progress(rows)
    except BillingError as error:
        raise Fault(str(error)) from None
    except OSError:
        raise
    except Exception as error:
        if not is_passing(error):
            raise
        raise Fault(f"MongoDB failed after {rows:,} rows: {error}", remedy="ciclo status") from None
    return rows


@contextmanager
def _opened(path: Path | None) -> Iterator[BinaryIO]:
    """Give *path*, or standard output, to write to; a file that is not finished never bears its name."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    fresh = path.with_name(f"{path.name}.part")
    try:
        with fresh.open("wb") as target:
            try:
                yield target
            except BaseException:
                fresh.unlink()
                raise
        fresh.replace(path)
    except OSError as error:
        raise Fault(f"{path} cannot be written: {error.strerror}") from error


@contextmanager
def _progress(kind: Kind, *, shown: bool) -> Iterator[Progress]:
    """Show on a terminal how far it is, *shown* or not if the rows go to the same one."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal or (not shown and sys.stdout.isatty()):
        yield lambda _rows: None
        return
    with console.status(f"{kind} ...") as status:
        yield lambda rows: status.update(f"{rows:,} {kind} ...")
