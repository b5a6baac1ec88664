"""The commands and their options; each imports what it needs when it runs, so that `--help` is quick."""

import os
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from ciclo.cli.audit import audit
from ciclo.cli.banner import USUAL_FOLDER
from ciclo.cli.export import export
from ciclo.cli.migrate import migrate
from ciclo.cli.operate import dead_letters, pay, reconcile
from ciclo.cli.options import DataDir
from ciclo.cli.report import report
from ciclo.cli.simulate import simulate
from ciclo.localstack.choices import PaymentNotice, Role, WorkerName
from ciclo.localstack.fault import Fault
from ciclo.localstack.folder import DataFolder

FAULT: Final = 1
TTL_S_MAX: Final = 31_536_000
WORKERS_MAX: Final = 64

app = typer.Typer(
    name="ciclo",
    help="Subscription billing: run the stack, and the small tools around it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they would show locals, secrets among them
)


def main() -> None:
    """Run the command line; a fault is told in a few lines and exit code 1."""
    try:
        app()
    except Fault as fault:
        for line in fault.evidence:
            typer.echo(f"  | {line}", err=True)
        typer.echo(f"ciclo: {fault.cause}", err=True)
        if fault.remedy:
            typer.echo(f"  try: {fault.remedy}", err=True)
        sys.exit(FAULT)


@app.command()
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
        folder=DataFolder(data_dir),
        port=port,
        workers=workers,
        demo=demo,
        open_browser=browser and screen.console.is_terminal,
        command=_how_called(),
    )
    run(options, screen, given=os.environ)


@app.command()
def api(
    *,
    host: Annotated[str, typer.Option(envvar="CICLO_HOST", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="PORT", min=0, max=65_535, help="The port.")] = 8000,
    descriptor: Annotated[int | None, typer.Option("--fd", hidden=True)] = None,
    gated: Annotated[bool, typer.Option("--gated", hidden=True)] = False,
) -> None:
    """Serve the API. The settings are CICLO_ variables."""
    from ciclo.cli.serve import serve_api

    serve_api(host=host, port=port, descriptor=descriptor, gated=gated)


@app.command()
def worker(
    *,
    name: Annotated[WorkerName, typer.Argument(help="Which one.")],
    consumer: Annotated[
        str | None, typer.Option(help="Its name in the consumer group.", show_default="a new one")
    ] = None,
) -> None:
    """Run one worker. The settings are CICLO_ variables; any number may run."""
    from ciclo.cli.serve import CONSUMERS, serve_worker

    if consumer is not None and name.value not in CONSUMERS:
        raise typer.BadParameter(f"{name.value} reads no consumer group", param_hint="--consumer")
    serve_worker(name=name.value, consumer=consumer)


@app.command()
def demo(data_dir: DataDir = USUAL_FOLDER) -> None:
    """Load the demo data into a running stack."""
    import asyncio
    from importlib import import_module
    from inspect import isawaitable

    from ciclo.cli.serve import settings_from
    from ciclo.localstack.environment import known
    from ciclo.logs import configure

    configure(level="ERROR")  # what is printed is the months, and the last line is shown by `up`
    settings = settings_from(known(DataFolder(data_dir), os.environ))

    async def load() -> object:
        loaded = import_module("ciclo.simulation.demo").load(settings)
        return await loaded if isawaitable(loaded) else loaded

    said = asyncio.run(load())
    if said is not None:
        typer.echo(said)


@app.command()
def token(
    *,
    role: Annotated[Role, typer.Option(help="What it allows.")] = Role.CUSTOMER,
    email: Annotated[str | None, typer.Option(help="Whose it is; a customer's is needed.")] = None,
    ttl: Annotated[int, typer.Option(min=1, max=TTL_S_MAX, help="Seconds until it ends.")] = 3_600,
    data_dir: DataDir = USUAL_FOLDER,
) -> None:
    """Print a token, signed with CICLO_JWT_SECRET or the local stack's secret."""
    from ciclo.localstack.environment import known
    from ciclo.localstack.tokens import ADMIN_EMAIL, signer_from
    from ciclo.localstack.tokens import token as signed

    if email is None and role is Role.CUSTOMER:
        raise typer.BadParameter("a customer's token needs it", param_hint="--email")
    folder = DataFolder(data_dir)
    typer.echo(
        signed(
            signer_from(known(folder, os.environ), folder),
            email=email or ADMIN_EMAIL,
            role=role,
            lifetime=timedelta(seconds=ttl),
            now=datetime.now(UTC),
        )
    )


@app.command()
def webhook(
    *,
    event: Annotated[PaymentNotice, typer.Argument(help="What happened.")],
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
    from ciclo.localstack.environment import known
    from ciclo.simulation.notice import Order, send

    order = Order(
        event=event,
        subscription=subscription,
        amount=amount,
        payment=payment_id,
        on=date.date() if date else None,
        currency=currency,
        failure_code=failure_code,
        message_id=message_id,
    )
    answer = send(order, known(DataFolder(data_dir), os.environ), now=datetime.now(UTC))
    typer.echo(f"{answer.status_code} {answer.text}")
    if not answer.is_success:
        raise typer.Exit(FAULT)


@app.command()
def env(data_dir: DataDir = USUAL_FOLDER) -> None:
    """Print the local stack's addresses and tokens: eval "$(ciclo env)"."""
    from ciclo.localstack.environment import as_exports, known

    values = known(DataFolder(data_dir), {})
    if not values:
        raise Fault(f"no env file in {data_dir}", remedy="start the stack once: ciclo up")
    typer.echo(as_exports(values), nl=False)


@app.command()
def status(
    *,
    data_dir: DataDir = USUAL_FOLDER,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Tell what is running; exit code 0 only if it is ready."""
    from ciclo.localstack import status as module

    folder = DataFolder(data_dir)
    found = module.status_of(folder)
    typer.echo(module.as_json(found) if as_json else module.as_text(found, folder))
    if not found.ready:
        raise typer.Exit(FAULT)


@app.command()
def doctor(data_dir: DataDir = USUAL_FOLDER) -> None:
    """Look for what keeps a stack from starting, and say what to do."""
    from ciclo.cli.doctor import examine_machine

    healthy = True
    for finding in examine_machine(DataFolder(data_dir)):
        typer.echo(f"{'ok   ' if finding.ok else 'FAULT'}  {finding.what:<12} {finding.detail}")
        healthy = healthy and finding.ok
    if not healthy:
        raise typer.Exit(FAULT)


@app.command()
def reset(
    *,
    data_dir: DataDir = USUAL_FOLDER,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove the local stack's data, logs and secrets."""
    from ciclo.localstack.folder import clear, running_pid

    folder = DataFolder(data_dir)
    if not folder.lock.exists():
        typer.echo(f"Nothing of Ciclo in {data_dir}.")
        return
    pid = running_pid(folder)
    if pid is not None:
        raise Fault(f"the stack in {data_dir} is running (pid {pid})", remedy="stop it first with Ctrl+C")
    if not yes:
        typer.confirm(f"Remove all data of Ciclo in {data_dir}?", abort=True)
    clear(folder)
    typer.echo(f"Removed the data in {data_dir}.")


@app.command()
def schema(
    *,
    check: Annotated[bool, typer.Option("--check", help="Compare with the committed file.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Write the committed file.")] = False,
) -> None:
    """Print the GraphQL schema, or check or write graphql_schema/schema.graphql."""
    from ciclo.cli.schema_file import committed_file, difference, printed

    text, file = printed(), committed_file()
    if write:
        file.write_text(text, encoding="utf-8")
    elif check:
        found = difference(file.read_text(encoding="utf-8") if file.exists() else "", text)
        if found:
            typer.echo(found, nl=False)
            raise Fault(f"{file.name} is not what the code says", remedy="ciclo schema --write")
    else:
        typer.echo(text, nl=False)


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


@app.command()
def assets() -> None:
    """Fetch and build the web pages' files: GraphiQL, fonts, portal."""
    import ciclo
    from ciclo.web.assets_build import build_all

    failures = build_all(Path(ciclo.__file__).parent, say=typer.echo)
    if failures:
        raise Fault(
            "; ".join(failures),
            remedy=f"mend that and run it again: {_how_called()} assets",
        )


app.command()(export)
app.command()(audit)
app.command()(migrate)
app.command()(report)
app.command()(pay)
app.command()(reconcile)
app.command()(simulate)
app.add_typer(dead_letters)
