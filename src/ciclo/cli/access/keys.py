"""`ciclo keys`: API keys, the first one too, without the portal."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from ciclo.cli.banner import USUAL_FOLDER
from ciclo.cli.operate import command_actor
from ciclo.cli.options import DataDir
from ciclo.cli.with_deps import run_with_deps
from ciclo.localstack.folder import StackFolder
from ciclo.permissions import Permission

LISTED_MAX: Final = 100

keys = typer.Typer(name="keys", help="API keys of the seller's services.", no_args_is_help=True)


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    *,
    scope: Annotated[list[Permission] | None, typer.Option(help="A permission; several if need be.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every permission.")] = False,
    expires: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From this day on (UTC) it is refused.")
    ] = None,
    allow: Annotated[
        list[str] | None, typer.Option(help="An IP address or network; several if need be.")
    ] = None,
    data_dir: DataDir = USUAL_FOLDER,
) -> None:
    """Make a key and print it, once: nobody can tell it again."""

    async def work(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
        from ciclo.actions.access.api_keys import ApiKeyDraft, create_api_key

        draft = ApiKeyDraft(
            name=name,
            scopes=frozenset(Permission if everything else scope or ()),
            expires_at=expires.replace(tzinfo=UTC) if expires else None,
            allowed_addresses=allow or (),
        )
        key, secret = await create_api_key(deps, draft, by=command_actor(), permissions=frozenset(Permission))
        typer.echo(secret)
        typer.echo(f"{key.id}: keep it, it is not shown again", err=True)

    run_with_deps(work, data_dir=StackFolder(data_dir))


@keys.command("list")
def list_(data_dir: DataDir = USUAL_FOLDER) -> None:
    """List keys, the newest first."""

    async def work(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
        from ciclo.store.access.api_keys import list_keys

        page = await list_keys(deps.store, after=None, size=LISTED_MAX)
        for key in page.items:
            state = "revoked" if key.revoked_at else "expired" if _is_past(deps, key.expires_at) else "valid"
            used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
            typer.echo(f"{key.id}  {key.hint}  {state}  {used}  {','.join(key.scopes)}  {key.name}")
        typer.echo(f"{len(page.items)} keys{' and more' if page.has_next else ''}")

    run_with_deps(work, data_dir=StackFolder(data_dir))


@keys.command()
def revoke(
    key: Annotated[str, typer.Argument(help="Its id, key_...")], *, data_dir: DataDir = USUAL_FOLDER
) -> None:
    """Take a key back for good; it is refused within 30 seconds."""

    async def work(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
        from ciclo.actions.access.api_keys import revoke_api_key

        revoked = await revoke_api_key(deps, key, by=command_actor())
        typer.echo(f"{revoked.id} is revoked")

    run_with_deps(work, data_dir=StackFolder(data_dir))


def _is_past(deps: Any, instant: datetime | None) -> bool:  # noqa: ANN401 - imported when it runs
    return instant is not None and instant <= deps.wall()
