"""The commands; each imports what it needs when it runs, so that `--help` is quick."""

import sys
from typing import Final

import typer

from ciclo.cli.access.keys import keys
from ciclo.cli.access.members import members
from ciclo.cli.audit import audit
from ciclo.cli.database.backup import backup, restore
from ciclo.cli.database.migrate import migrate
from ciclo.cli.desk import listen, trigger
from ciclo.cli.development import assets, schema
from ciclo.cli.export import export
from ciclo.cli.local import demo, doctor, env, reset, status, token, up, webhook
from ciclo.cli.operate import dead_letters, pay, reconcile
from ciclo.cli.options import FAULT
from ciclo.cli.production import api, worker
from ciclo.cli.report import report
from ciclo.cli.review import reviews
from ciclo.cli.simulate import simulate
from ciclo.localstack.errors import LocalStackError

COMMANDS: Final = (
    *(up, api, worker, demo, token, webhook, listen, trigger, env, status, doctor, reset, schema, assets),
    *(export, audit, backup, restore, migrate, report, pay, reconcile, simulate),
)
"""In the order of `ciclo --help`."""

app = typer.Typer(
    name="ciclo",
    help="Subscription billing: run the stack, and the small tools around it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they would show locals, secrets among them
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(dead_letters)
app.add_typer(reviews)
app.add_typer(keys)
app.add_typer(members)


def main() -> None:
    """Run the command line; a fault is told in a few lines and exit code 1."""
    try:
        app()
    except LocalStackError as fault:
        for line in fault.evidence:
            typer.echo(f"  | {line}", err=True)
        typer.echo(f"ciclo: {fault.cause}", err=True)
        if fault.remedy:
            typer.echo(f"  try: {fault.remedy}", err=True)
        sys.exit(FAULT)
