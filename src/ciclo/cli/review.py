"""The operator's commands on reviews: what waits for a person, and deciding it."""

from typing import Annotated, Any, Final

import typer

from ciclo.cli.banner import USUAL_FOLDER
from ciclo.cli.operate import command_actor
from ciclo.cli.options import DataDir
from ciclo.cli.with_deps import run_with_deps
from ciclo.localstack.folder import StackFolder

LISTED_MAX: Final = 100

reviews = typer.Typer(
    name="reviews", help="Notices that fit nothing, for a person to decide.", no_args_is_help=True
)

EventId = Annotated[str, typer.Argument(help="The event's id, evt_...")]
Reason = Annotated[str | None, typer.Option(help="Kept in the record.")]


@reviews.command("list")
def list_(data_dir: DataDir = USUAL_FOLDER) -> None:
    """List what is open, the newest first."""

    async def work(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
        from ciclo.store.events.lists import event_query, list_events

        page = await list_events(deps.store, event_query(needs_review=True), after=None, size=LISTED_MAX)
        for event in page.items:
            typer.echo(f"{event.id}  {event.type}  {event.subscription_id}  {event.review}")
        typer.echo(f"{len(page.items)} open reviews{' and more' if page.has_next else ''}")

    run_with_deps(work, data_dir=StackFolder(data_dir))


@reviews.command()
def apply(
    event: EventId,
    *,
    invoice: Annotated[str, typer.Option(help="What the money pays, inv_...")],
    reason: Reason = None,
    data_dir: DataDir = USUAL_FOLDER,
) -> None:
    """Let the money of a notice pay an invoice."""
    _decide(event, "APPLY", data_dir=StackFolder(data_dir), invoice_id=invoice, reason=reason)


@reviews.command()
def balance(
    event: EventId,
    *,
    subscription: Annotated[
        str | None, typer.Option(help="Whose customer has it, sub_...; the event's own.")
    ] = None,
    reason: Reason = None,
    data_dir: DataDir = USUAL_FOLDER,
) -> None:
    """Put the money of a notice onto a customer's balance."""
    _decide(event, "BALANCE", data_dir=StackFolder(data_dir), subscription_id=subscription, reason=reason)


@reviews.command()
def refund(event: EventId, *, reason: Reason = None, data_dir: DataDir = USUAL_FOLDER) -> None:
    """Give the money back: a refund that failed is sent again, other money at the provider by hand."""
    _decide(event, "REFUND", data_dir=StackFolder(data_dir), reason=reason)


@reviews.command()
def close(event: EventId, *, reason: Reason = None, data_dir: DataDir = USUAL_FOLDER) -> None:
    """Take note: it is not ours, or there is nothing to do."""
    _decide(event, "CLOSE", data_dir=StackFolder(data_dir), reason=reason)


def _decide(event: str, decision: str, *, data_dir: StackFolder, **given: str | None) -> None:
    async def work(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
        from ciclo.actions.caller import Caller
        from ciclo.actions.reviews import ReviewChoice, resolve_review
        from ciclo.domain.lifecycle.payments.reviews import ReviewDecision
        from ciclo.viewer import Viewer, ViewerKind

        choice = ReviewChoice(decision=ReviewDecision(decision), **given)
        by = command_actor()
        caller = Caller(viewer=Viewer(kind=ViewerKind.ADMIN, subject=by.name))
        record = await resolve_review(deps, event, choice, caller=caller, by=by)
        typer.echo(f"{record.id} is closed: {decision}")

    run_with_deps(work, data_dir=data_dir)
