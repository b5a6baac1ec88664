"""`ciclo backup` and `ciclo restore`: everything that MongoDB has, to any moment since."""

import asyncio
import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ciclo import __version__
from ciclo.cli.banner import USUAL_FOLDER
from ciclo.cli.operate import command_actor
from ciclo.cli.options import DataDir
from ciclo.cli.with_deps import run_with_deps
from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.folder import StackFolder

if TYPE_CHECKING:
    from ciclo.store.backup.archive import Archive
    from ciclo.store.backup.backing_up import BackedUp
    from ciclo.store.backup.copying import Progress

Folder = Annotated[Path, typer.Argument(file_okay=False, help="The backup's folder.")]


def backup(
    folder: Folder,
    *,
    every: Annotated[
        int | None,
        typer.Option(
            min=1, help="Go on adding to it, each so many seconds, until SIGTERM.", show_default="once"
        ),
    ] = None,
    data_dir: DataDir = USUAL_FOLDER,
) -> None:
    """Back up the database into a new folder, or add to a backup what was written since.

    Writing may go on meanwhile. The user needs rights to read, and to write to `backups` and `operations`.
    """

    async def work(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
        from ciclo.store.backup.archive import Archive

        with _owned(folder):
            await _back_up(deps, Archive(folder), every=every)

    run_with_deps(work, data_dir=StackFolder(data_dir), read_only=True)


def restore(
    folder: Folder,
    *,
    to: Annotated[
        str | None,
        typer.Option(
            help="A moment by the clock of MongoDB's primary, such as 2026-11-29T17:30:00Z.",
            show_default="the last one that the backup reaches",
        ),
    ] = None,
    data_dir: DataDir = USUAL_FOLDER,
) -> None:
    """Restore a backup into an empty database, as it was at a moment. Nothing may run on it meanwhile."""
    moment = _moment_of(to) if to else None

    async def work(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
        from ciclo.actions.access.operations import new_operation
        from ciclo.store.access.operations import log_operation
        from ciclo.store.backup.archive import Archive, DamagedBackup
        from ciclo.store.backup.restoring import NotEmpty, OutOfReach
        from ciclo.store.backup.restoring import restore as restore_database

        try:
            done = await restore_database(deps.store, Archive(folder), to=moment, now=deps.wall())
        except (DamagedBackup, OutOfReach) as error:
            raise LocalStackError(str(error)) from None
        except NotEmpty as error:
            raise LocalStackError(str(error), remedy="name an empty one by CICLO_MONGO_DATABASE") from None
        what = {"folder": str(folder), "moment": done.moment.isoformat()}
        act = new_operation(deps, command_actor(), "restore", deps.store.database.name, after=what)
        await log_operation(deps.store, act)
        typer.echo(
            f"restored {done.documents:,} documents and {done.changes:,} changes since, "
            f"as it was at {done.moment.isoformat()}"
        )
        typer.echo("next: ciclo audit, then ciclo migrate, then start the processes")

    run_with_deps(work, data_dir=StackFolder(data_dir), read_only=True)


async def _back_up(deps: Any, archive: "Archive", *, every: int | None) -> None:  # noqa: ANN401 - imported when it runs
    """Back up once, or again and again; what passes is told then, and tried again."""
    from ciclo.actions.access.operations import log_reading
    from ciclo.backoff import pause
    from ciclo.store.mongo.transient_errors import is_transient

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if archive.manifest() is None:
        what = {"folder": str(archive.folder)}
        await log_reading(deps, command_actor(), "backup", deps.store.database.name, what=what)
    while True:
        try:
            _tell(await _add(deps, archive))
        except Exception as error:
            if every is None or not is_transient(error):
                raise
            typer.echo(f"put off: {error}", err=True)
        if every is None or not await pause(stop, seconds=every):
            return


async def _add(deps: Any, archive: "Archive") -> "BackedUp":  # noqa: ANN401 - imported when it runs
    from ciclo.store.backup.archive import DamagedBackup
    from ciclo.store.backup.backing_up import OtherDatabase, back_up
    from ciclo.store.backup.copying import CopyOptions
    from ciclo.store.backup.history import HistoryLost

    try:
        with _progress() as progress:
            return await back_up(
                deps.store,
                archive,
                release=__version__,
                now=deps.wall,
                options=CopyOptions(),
                progress=progress,
            )
    except DamagedBackup as error:
        raise LocalStackError(str(error)) from None
    except (HistoryLost, OtherDatabase) as error:
        raise LocalStackError(str(error), remedy="begin another backup, in another folder") from None


def _tell(done: "BackedUp") -> None:
    begun = f"{done.documents:,} documents, " if done.documents else ""
    earliest, latest = done.reach.earliest.isoformat(), done.reach.latest.isoformat()
    typer.echo(f"{begun}{done.changes:,} changes; it reaches from {earliest} to {latest}")


def _moment_of(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("not an instant such as 2026-11-29T17:30:00Z", param_hint="--to") from None
    if moment.tzinfo is None:
        raise typer.BadParameter("say its offset too: Z, or -03:00", param_hint="--to")
    return moment.astimezone(UTC)


@contextmanager
def _progress() -> Iterator["Progress"]:
    """Show on a terminal how far it is."""
    from rich.console import Console

    console, copied = Console(stderr=True), 0
    if not console.is_terminal:
        yield lambda _name, _documents: None
        return
    with console.status("backup ...") as status:

        def show(name: str, documents: int) -> None:
            nonlocal copied
            copied += documents
            status.update(f"{copied:,} documents, {name} ...")

        yield show


@contextmanager
def _owned(folder: Path) -> Iterator[None]:
    """Make the folder, for its owner alone, and keep other backups out of it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise LocalStackError(f"{folder} can't be used: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise LocalStackError(f"another process is backing up into {folder}") from None
    finally:
        os.close(descriptor)
