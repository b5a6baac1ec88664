"""`ciclo audit`: replays the whole ledger and tells every document that is not what its history says."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ciclo.cli.banner import USUAL_FOLDER
from ciclo.cli.operate import command_actor
from ciclo.cli.options import DataDir
from ciclo.cli.with_deps import run_with_deps
from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.folder import StackFolder

if TYPE_CHECKING:
    from ciclo.actions.audit.ledger import AuditCounts
    from ciclo.domain.replay import Difference

LISTED_MAX: Final = 100
"""Differences that are listed; the rest is counted."""

DIFFERS: Final = 1


def audit(
    *,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Count anew what reports count; nothing else is ever written."),
    ] = False,
    at_once: Annotated[
        bool,
        typer.Option(
            "--snapshot/--no-snapshot", help="Read everything as it is at the start, or as it is by then."
        ),
    ] = True,
    operations: Annotated[
        bool,
        typer.Option(
            "--operations", help="Check the operations log instead: what people did beside billing."
        ),
    ] = False,
    data_dir: DataDir = USUAL_FOLDER,
) -> None:
    """Replay the ledger and compare it with what is stored, to the cent. Exit code 1 if anything differs.

    It writes nothing, and needs rights to read only. Without a snapshot, or with --repair, what changes
    meanwhile may look like a difference.
    """
    if operations and repair:
        raise typer.BadParameter("an operations log is never repaired", param_hint="--repair")
    left = 0

    async def work(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
        nonlocal left
        if repair:
            await _log_repair(deps)
        auditing = _told_operations if operations else partial(_told, repair=repair)
        left = await _audited(deps, auditing, at_once=at_once and not repair)

    run_with_deps(work, data_dir=StackFolder(data_dir), read_only=not repair)
    if left:
        raise typer.Exit(DIFFERS)


async def _log_repair(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
    """Tell in the operations log who has counts put right."""
    from ciclo.actions.access.operations import new_operation
    from ciclo.store.access.operations import log_operation

    act = new_operation(deps, command_actor(), "repair", deps.store.database.name)
    await log_operation(deps.store, act)


async def _audited(
    deps: Any,  # noqa: ANN401 - imported when it runs
    auditing: Callable[[Any], Awaitable[int]],
    *,
    at_once: bool,
) -> int:
    """Audit a snapshot if that can be, else what is there by the time that it is read."""
    from ciclo.store.mongo.snapshot import SnapshotGone, snapshot

    if not at_once:
        return await auditing(deps)
    try:
        async with snapshot(deps.store) as then:
            return await auditing(replace(deps, store=then))
    except SnapshotGone as gone:
        remedy = "raise MongoDB's minSnapshotHistoryWindowInSeconds, or --no-snapshot while nothing is billed"
        raise LocalStackError(str(gone), remedy=remedy) from gone


async def _told(deps: Any, *, repair: bool) -> int:  # noqa: ANN401 - imported when it runs
    """Tell every difference; return how many there are."""
    from ciclo.actions.audit.ledger import AuditCounts, audit_ledger
    from ciclo.store.ledger.histories import UnreadableDocument
    from ciclo.store.ledger.orphans import count_all

    audited, found = AuditCounts(), 0
    listed: list[Difference] = []
    total = await count_all(deps.store, "subscriptions")
    try:
        with _progress(audited, total=total) as progress:
            async for difference in audit_ledger(deps, audited, repair=repair, progress=progress):
                found += 1
                if found <= LISTED_MAX:
                    listed.append(difference)
    except UnreadableDocument as error:
        raise LocalStackError(str(error), remedy="restore that document from a backup") from error
    finally:
        # After the progress, which would be written between the lines.
        for one in listed:
            typer.echo(_line(one))
    _conclude(audited, found)
    return found


async def _told_operations(deps: Any) -> int:  # noqa: ANN401 - imported when it runs
    """Tell where the operations log is not what its chain says; return how many places there are."""
    from ciclo.actions.audit.operations import OperationCounts, audit_operations

    counts, found = OperationCounts(), 0
    async for difference in audit_operations(deps.store, counts, now=deps.wall()):
        found += 1
        if found <= LISTED_MAX:
            typer.echo(_line(difference))
    if found > LISTED_MAX:
        typer.echo(f"and {found - LISTED_MAX:,} more")
    typer.echo(f"checked {_number(counts.operations, 'operation')}: {_number(found, 'difference')}")
    return found


def _conclude(audited: "AuditCounts", found: int) -> None:
    if found > LISTED_MAX:
        typer.echo(f"and {found - LISTED_MAX:,} more")
    for difference in audited.repaired[:LISTED_MAX]:
        typer.echo(f"put right: {_line(difference)}")
    if len(audited.repaired) > LISTED_MAX:
        typer.echo(f"and {len(audited.repaired) - LISTED_MAX:,} more put right")
    checked = (
        _number(audited.subscriptions, "subscription"),
        f"{_number(audited.events, 'event')} ({_how(audited)})",
        _number(audited.invoices, "invoice"),
        _number(audited.payments, "payment"),
        _number(audited.customers, "customer"),
    )
    right = f", {len(audited.repaired):,} put right" if audited.repaired else ""
    typer.echo(f"checked {', '.join(checked)}: {_number(found, 'difference')}{right}")


def _how(audited: "AuditCounts") -> str:
    """Return how the events were checked; those of before there were digests only by what they left."""
    unsealed = audited.events - audited.redecided - audited.sealed
    parts = [f"{audited.redecided:,} re-decided", f"{audited.sealed:,} by digest"]
    return ", ".join([*parts, f"{unsealed:,} older than digests"] if unsealed else parts)


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _line(difference: "Difference") -> str:
    return f"{difference.document}: {difference.what}"


@contextmanager
def _progress(audited: "AuditCounts", *, total: int) -> Iterator[Callable[[], None]]:
    """Show on a terminal how many subscriptions of about *total* were replayed."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    shown = Progress(
        *columns,
        console=console,
        transient=True,
        disable=not console.is_terminal,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with shown as bar:
        task = bar.add_task("subscriptions", total=total)
        yield lambda: bar.update(task, completed=audited.subscriptions)
