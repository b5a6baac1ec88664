"""`ciclo migrate`: does what a database of an older release needs, or tells it."""

import asyncio
import secrets
import time
from typing import Annotated, Any, Final

import typer

from ciclo.cli.banner import USUAL_FOLDER
from ciclo.cli.options import DataDir
from ciclo.cli.with_deps import run_with_deps
from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.folder import StackFolder

WAIT_S_MAX: Final = 90.0
"""How long another runner is waited for: longer than the lease of one that was killed."""

WAIT_S: Final = 1.0
BEHIND: Final = 1


def migrate(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit code 1 if there is something to do.")
    ] = False,
    data_dir: DataDir = USUAL_FOLDER,
) -> None:
    """Bring a database of an older release up to this one. Safe beside running processes, and to repeat."""
    behind = False

    async def work(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
        nonlocal behind
        if not check:
            await _migrated(deps)
        behind = await _told(deps)

    run_with_deps(work, data_dir=StackFolder(data_dir), read_only=check)
    if behind:
        raise typer.Exit(BEHIND)


async def _migrated(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
    """Do every step, after another runner if there is one."""
    from ciclo.store.mongo.migrations import MigratedElsewhere, migrate

    holder, ends_at = secrets.token_hex(8), time.monotonic() + WAIT_S_MAX
    while True:
        try:
            async for migration, batches in migrate(deps.store, holder=holder, now=deps.wall):
                typer.echo(f"{migration.number}  {migration.what}: batch {batches:,}")
        except MigratedElsewhere as elsewhere:
            if time.monotonic() >= ends_at:
                raise LocalStackError(str(elsewhere), remedy="ciclo migrate, once it is done") from None
            await asyncio.sleep(WAIT_S)
        else:
            return


async def _told(deps: Any) -> bool:  # noqa: ANN401 - imported when it runs
    """Tell how far the database is; return whether it is behind."""
    from ciclo.store.mongo.migrations import MIGRATIONS, read_migration_state

    found = await read_migration_state(deps.store)
    for migration in MIGRATIONS:
        state = "to be done" if migration in found.behind else "done"
        typer.echo(f"{migration.number}  {migration.what}: {state}")
    for number in found.ahead:
        typer.echo(f"{number}  a step of a newer release: done")
    return bool(found.behind)
