"""`ciclo export`: payments, invoices, customers and other things of some days, as a file."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from ciclo.cli.banner import USUAL_FOLDER
from ciclo.cli.operate import command_actor
from ciclo.cli.options import DataDir
from ciclo.cli.with_deps import run_with_deps
from ciclo.exports.kinds import Format, Kind
from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.folder import StackFolder

if TYPE_CHECKING:
    from ciclo.actions.dependencies import Deps
    from ciclo.actions.exports import Export

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
    from ciclo.domain.period import Period

    wanted = Export(kind=kind, form=form, window=Period(start.date(), end.date()))
    rows = 0
    with _open_target(output) as target, _progress(kind, shown=output is not None) as progress:

        async def work(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
            nonlocal rows
            rows = await _write(deps, wanted, target=target, progress=progress)

        run_with_deps(work, data_dir=StackFolder(data_dir))
    typer.echo(f"{rows:,} {kind}{f' in {output}' if output else ''}", err=True)


async def _write(deps: "Deps", wanted: "Export", *, target: BinaryIO, progress: Progress) -> int:
    """Write the file to *target*; return how many rows it has."""
    from ciclo.actions.exports import export_chunks

    rows = 0
    async for piece in export_chunks(deps, wanted, by=command_actor()):
        target.write(piece.content)
        rows += piece.rows
        progress(rows)
    return rows


@contextmanager
def _open_target(path: Path | None) -> Iterator[BinaryIO]:
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
        raise LocalStackError(f"{path} cannot be written: {error.strerror}") from error


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
