"""`ciclo members`: who works for the seller; the first owner too, whom nobody in the portal can invite."""

from typing import Annotated, Any, Final

import typer

from ciclo.cli.banner import USUAL_FOLDER
from ciclo.cli.operate import command_actor
from ciclo.cli.options import DataDir
from ciclo.cli.with_deps import run_with_deps
from ciclo.localstack.folder import StackFolder
from ciclo.permissions import OperatorRole

LISTED_MAX: Final = 100

members = typer.Typer(name="members", help="The people who work for the seller.", no_args_is_help=True)


@members.command()
def invite(
    email: Annotated[str, typer.Argument(help="Their e-mail address.")],
    *,
    role: Annotated[
        list[OperatorRole] | None, typer.Option("--as", help="A role; several if need be.")
    ] = None,
    owner: Annotated[bool, typer.Option("--owner", help="The same as --as OWNER.")] = False,
    data_dir: DataDir = USUAL_FOLDER,
) -> None:
    """Make somebody a member, or let one in again: prints a link that signs them in, once, within 3 days."""

    async def work(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
        from ciclo.actions.access.members import invite_by_command
        from ciclo.actions.access.sign_in import sign_in_url

        roles = [*(role or ()), *([OperatorRole.OWNER] if owner else [])]
        member, secret = await invite_by_command(deps, email, roles, by=command_actor())
        typer.echo(sign_in_url(deps, secret))
        typer.echo(f"{member.id}: {', '.join(member.roles)}; whoever opens the link is signed in", err=True)

    run_with_deps(work, data_dir=StackFolder(data_dir))


@members.command("list")
def list_(data_dir: DataDir = USUAL_FOLDER) -> None:
    """List members, the newest first."""

    async def work(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
        from ciclo.store.access.members import list_members

        page = await list_members(deps.store, after=None, size=LISTED_MAX)
        for member in page.items:
            seen = f"{member.last_seen_at:%Y-%m-%d %H:%M}" if member.last_seen_at else "not here yet"
            typer.echo(f"{member.id}  {member.email}  {','.join(member.roles)}  {seen}")
        typer.echo(f"{len(page.items)} members{' and more' if page.has_next else ''}")

    run_with_deps(work, data_dir=StackFolder(data_dir))
