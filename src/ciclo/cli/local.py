"""The commands around the stack of this machine: run it, look at it, sign in, send a notice, clear it."""

import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from ciclo.cli.banner import USUAL_FOLDER
from ciclo.cli.options import FAULT, WORKERS_MAX, DataDir
from ciclo.finding import Finding
from ciclo.localstack.choices import NoticeChoice, Role
from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.folder import StackFolder
from ciclo.permissions import OperatorRole

TTL_S_MAX: Final = 31_536_000


def up(
    *,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65_535, help="The API's port.", show_default="8000, or the next free one"),
    ] = None,
    data_dir: DataDir = USUAL_FOLDER,
    demo: Annotated[bool, typer.Option("--demo/--no-demo", help="Load demo data at the first start.")] = True,
    workers: Annotated[int, typer.Option(min=1, max=WORKERS_MAX, help="How many billing workers.")] = 2,
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the portal in a browser.")] = True,
) -> None:
    """Run everything on this machine: servers, API, workers and demo data, until Ctrl+C."""
    from ciclo.cli.screen import Screen
    from ciclo.cli.up import Options
    from ciclo.cli.up import up as run

    screen = Screen()
    options = Options(
        folder=StackFolder(data_dir),
        port=port,
        workers=workers,
        demo=demo,
        open_browser=browser and screen.console.is_terminal,
        command=_how_called(),
    )
    run(options, screen, given=os.environ)


def demo(data_dir: DataDir = USUAL_FOLDER) -> None:
    """Load the demo data into a running stack."""
    import asyncio

    from ciclo.cli.serve import settings_from
    from ciclo.localstack.environment import read_settings
    from ciclo.logs import configure
    from ciclo.simulation.demo import load_demo

    configure(level="ERROR")  # what is printed is the months, and the last line is shown by `up`
    settings = settings_from(read_settings(StackFolder(data_dir), os.environ))
    typer.echo(asyncio.run(load_demo(settings)))


def token(
    *,
    role: Annotated[Role, typer.Option(help="What it allows.")] = Role.CUSTOMER,
    email: Annotated[str | None, typer.Option(help="Whose it is; a customer's is needed.")] = None,
    roles: Annotated[
        list[OperatorRole] | None,
        typer.Option("--as", help="An administrator's, several if need be.", show_default="OWNER"),
    ] = None,
    ttl: Annotated[int, typer.Option(min=1, max=TTL_S_MAX, help="Seconds until it ends.")] = 3_600,
    data_dir: DataDir = USUAL_FOLDER,
) -> None:
    """Print a token, signed with CICLO_JWT_SECRET or the local stack's secret."""
    from ciclo.localstack.environment import read_settings
    from ciclo.localstack.tokens import ADMIN_EMAIL, signer_from
    from ciclo.localstack.tokens import sign_token as signed

    if email is None and role is Role.CUSTOMER:
        raise typer.BadParameter("a customer's token needs it", param_hint="--email")
    folder = StackFolder(data_dir)
    typer.echo(
        signed(
            signer_from(read_settings(folder, os.environ), folder),
            email=email or ADMIN_EMAIL,
            role=role,
            roles=roles or (),
            lifetime=timedelta(seconds=ttl),
            now=datetime.now(UTC),
        )
    )


def webhook(
    *,
    event: Annotated[NoticeChoice, typer.Argument(help="What happened.")],
    subscription: Annotated[str, typer.Argument(help="Its id, sub_...")],
    amount: Annotated[
        str | None, typer.Option(help="Such as 29.90.", show_default="what is due, asked from the API")
    ] = None,
    payment_id: Annotated[str | None, typer.Option(help="The provider's reference.")] = None,
    date: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], show_default="today")] = None,
    currency: Annotated[str | None, typer.Option(help="Such as BRL.")] = None,
    failure_code: Annotated[str | None, typer.Option(help="Such as insufficient_funds.")] = None,
    message_id: Annotated[str | None, typer.Option("--id", help="webhook-id.", show_default="random")] = None,
    data_dir: DataDir = USUAL_FOLDER,
) -> None:
    """Post a signed payment notice to the API, as a provider would."""
    from ciclo.localstack.environment import read_settings
    from ciclo.simulation.notice import NoticeOptions, send_notice

    order = NoticeOptions(
        event=event,
        subscription=subscription,
        amount=amount,
        payment=payment_id,
        on=date.date() if date else None,
        currency=currency,
        failure_code=failure_code,
        message_id=message_id,
    )
    answer = send_notice(order, read_settings(StackFolder(data_dir), os.environ), now=datetime.now(UTC))
    typer.echo(f"{answer.status_code} {answer.text}")
    if not answer.is_success:
        raise typer.Exit(FAULT)


def env(data_dir: DataDir = USUAL_FOLDER) -> None:
    """Print the local stack's addresses and tokens: eval "$(ciclo env)"."""
    from ciclo.localstack.environment import as_exports, read_settings

    values = read_settings(StackFolder(data_dir), {})
    if not values:
        raise LocalStackError(f"no env file in {data_dir}", remedy="start the stack once: ciclo up")
    typer.echo(as_exports(values), nl=False)


def status(
    *,
    data_dir: DataDir = USUAL_FOLDER,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Tell what is running; exit code 0 only if it is ready."""
    from ciclo.localstack import status as module

    folder = StackFolder(data_dir)
    found = module.read_status(folder)
    typer.echo(module.as_json(found) if as_json else module.as_text(found, folder))
    if not found.ready:
        raise typer.Exit(FAULT)


def doctor(
    *,
    data_dir: DataDir = USUAL_FOLDER,
    live: Annotated[
        bool, typer.Option("--live", help="Look at what a production relies on, as CICLO_ variables say.")
    ] = False,
) -> None:
    """Look for what keeps a stack from starting, or a production from working, and say what to do."""
    from ciclo.cli.doctor import examine_machine

    healthy = True

    def show(finding: Finding) -> None:
        nonlocal healthy
        typer.echo(f"{'ok   ' if finding.ok else 'FAULT'}  {finding.what:<14} {finding.detail}")
        healthy = healthy and finding.ok

    if live:
        _examine_production(show, data_dir=StackFolder(data_dir))
    else:
        for finding in examine_machine(StackFolder(data_dir)):
            show(finding)
    if not healthy:
        raise typer.Exit(FAULT)


def _examine_production(show: Callable[[Finding], None], *, data_dir: StackFolder) -> None:
    from ciclo.actions.dependencies import Deps
    from ciclo.actions.production.examine import examine_production
    from ciclo.cli.with_deps import run_with_deps

    async def look(deps: Deps) -> None:
        async for finding in examine_production(deps):
            show(finding)

    run_with_deps(look, data_dir=data_dir, read_only=True)


def reset(
    *,
    data_dir: DataDir = USUAL_FOLDER,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove the local stack's data, logs and secrets."""
    from ciclo.localstack.folder import clear_folder, running_pid

    folder = StackFolder(data_dir)
    if not folder.lock.exists():
        typer.echo(f"Nothing of Ciclo in {data_dir}.")
        return
    pid = running_pid(folder)
    if pid is not None:
        raise LocalStackError(
            f"the stack in {data_dir} is running (pid {pid})", remedy="stop it first with Ctrl+C"
        )
    if not yes:
        typer.confirm(f"Remove all data of Ciclo in {data_dir}?", abort=True)
    clear_folder(folder)
    typer.echo(f"Removed the data in {data_dir}.")


def _how_called() -> str:
    """Return how this shell calls us: `ciclo` if that is on PATH, else the file or module that was run."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return f"{sys.executable} -m ciclo"
    found = shutil.which("ciclo")
    if found and Path(found).samefile(called):
        return "ciclo"
    relative = os.path.relpath(called)
    return str(called.absolute()) if relative.startswith("..") else relative
