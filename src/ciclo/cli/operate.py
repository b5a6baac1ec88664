"""The operator's commands on a running stack: dead letters, paying in the sandbox, reconciliation."""

import getpass
import socket
from datetime import timedelta
from typing import Annotated, Any, Final

import typer

from ciclo.cli.banner import USUAL_FOLDER
from ciclo.cli.options import DataDir
from ciclo.cli.with_deps import run_with_deps
from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.folder import StackFolder
from ciclo.viewer import CLI_PREFIX, Actor

LISTED_MAX: Final = 100

dead_letters = typer.Typer(
    name="dead-letters", help="Events that kept failing by their own fault.", no_args_is_help=True
)

Ids = Annotated[list[str] | None, typer.Argument(help="Event ids, evt_...", show_default=False)]
All = Annotated[bool, typer.Option("--all", help="Every dead letter, up to 100.")]


@dead_letters.command("list")
def list_(data_dir: DataDir = USUAL_FOLDER) -> None:
    """List dead letters, the newest first."""

    async def work(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
        from ciclo.store.events.dead_letters import list_dead

        page = await list_dead(deps.store, after=None, size=LISTED_MAX)
        for letter in page.items:
            typer.echo(
                f"{letter.id}  {letter.type}  {letter.subscription_id}  {letter.tries}  {letter.last_error}"
            )
        typer.echo(f"{len(page.items)} dead letters{' and more' if page.has_next else ''}")

    run_with_deps(work, data_dir=StackFolder(data_dir))


@dead_letters.command()
def replay(ids: Ids = None, *, everything: All = False, data_dir: DataDir = USUAL_FOLDER) -> None:
    """Put dead letters back to work."""

    async def work(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
        from ciclo.actions.processing.dead_letters import replay_dead_letters

        chosen = await _chosen(deps, ids, everything=everything)
        letters = await replay_dead_letters(deps, chosen, by=command_actor())
        typer.echo(f"{len(letters)} put back to work")

    run_with_deps(work, data_dir=StackFolder(data_dir))


@dead_letters.command()
def discard(
    ids: Ids = None,
    *,
    everything: All = False,
    reason: Annotated[str, typer.Option(help="Kept in the record.", prompt=True)],
    data_dir: DataDir = USUAL_FOLDER,
) -> None:
    """Close dead letters without applying them; they stay in the record."""

    async def work(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
        from ciclo.actions.processing.dead_letters import discard_dead_letters

        chosen = await _chosen(deps, ids, everything=everything)
        letters = await discard_dead_letters(deps, chosen, by=command_actor(), reason=reason)
        typer.echo(f"{len(letters)} discarded")

    run_with_deps(work, data_dir=StackFolder(data_dir))


def pay(
    payment: Annotated[str, typer.Argument(help="Its id, pay_...")], *, data_dir: DataDir = USUAL_FOLDER
) -> None:
    """Sandbox only: pay a pending PIX code or boleto, as the payer's bank would."""

    async def work(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
        from ciclo.domain.ids import parse_id
        from ciclo.gateways.protocol import GatewayError
        from ciclo.gateways.sandbox.gateway import SandboxGateway
        from ciclo.store.payments import find_payment

        gateway = deps.gateways.by_name.get(SandboxGateway.name)
        found = await find_payment(deps.store, parse_id("pay", payment), owner=None)
        if found is None or gateway is None:
            raise LocalStackError(f"there is no payment {payment} of the sandbox")
        try:
            await gateway.pay_code(found, at=await deps.clock.now())
        except GatewayError as error:
            raise LocalStackError(
                f"the notice did not get through: {error}", remedy="is the API running?"
            ) from None
        typer.echo("paid; the notice is on its way")

    run_with_deps(work, data_dir=StackFolder(data_dir))


def reconcile(
    *,
    minutes: Annotated[int, typer.Option(min=0, help="Ask about what waits for longer than this.")] = 60,
    data_dir: DataDir = USUAL_FOLDER,
) -> None:
    """Ask the payment providers what became of payments that have been pending for too long."""

    async def work(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
        from ciclo.actions.processing.reconcile import reconcile as ask

        asked = news = 0
        async for answer in ask(deps, older_than=timedelta(minutes=minutes)):
            asked += 1
            news += answer.news is not None
            if answer.news or answer.error:
                typer.echo(f"{answer.payment.id}  {answer.news or answer.error}")
        typer.echo(f"asked about {asked} payments, {news} with news")

    run_with_deps(work, data_dir=StackFolder(data_dir))


async def _chosen(deps: Any, ids: list[str] | None, *, everything: bool) -> list[str]:  # noqa: ANN401 - as above
    from ciclo.store.events.dead_letters import list_dead

    if everything:
        page = await list_dead(deps.store, after=None, size=LISTED_MAX)
        return [letter.id for letter in page.items]
    if not ids:
        raise LocalStackError("name dead letters, or say --all", remedy="ciclo dead-letters list")
    return ids


def command_actor() -> Actor:
    """Return who runs the command, as records name them."""
    return Actor(name=f"{CLI_PREFIX}{getpass.getuser()}@{socket.gethostname()}")
