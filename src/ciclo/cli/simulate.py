"""`ciclo simulate`: a whole business, played through a stack of its own or the one that runs here."""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ciclo.cli.banner import USUAL_FOLDER
from ciclo.cli.options import WORKERS_MAX, DataDir
from ciclo.cli.screen import Screen
from ciclo.localstack.choices import Role
from ciclo.localstack.errors import LocalStackError
from ciclo.localstack.folder import StackFolder

if TYPE_CHECKING:
    from ciclo.localstack.throwaway import ThrowawayStack
    from ciclo.simulation.simulation import Business, Progress, Result

CUSTOMERS_MAX: Final = 100_000
MONTHS_MAX: Final = 60
DIFFERENCES_LISTED_MAX: Final = 20
TOKEN_LIFETIME: Final = timedelta(days=1)
WATCH_S: Final = 0.5
DIFFERS: Final = 1
INTERRUPTED: Final = 130


def simulate(
    *,
    customers: Annotated[int, typer.Option(min=1, max=CUSTOMERS_MAX, help="How many subscribe.")] = 500,
    months: Annotated[int, typer.Option(min=1, max=MONTHS_MAX, help="For how long.")] = 12,
    seed: Annotated[int, typer.Option(min=0, help="Another seed is another business.")] = 7,
    workers: Annotated[int, typer.Option(min=1, max=WORKERS_MAX, help="How many billing workers.")] = 2,
    here: Annotated[
        bool, typer.Option("--here", help="Play into the stack that runs here; its clock moves on.")
    ] = False,
    data_dir: DataDir = USUAL_FOLDER,
) -> None:
    """Play a business: sign-ups, renewals, declines, upgrades, refunds. Exit code 1 if the audit differs.

    The same seed has the same fingerprint, whatever the number of workers.
    """
    from ciclo.localstack.signals import Interrupted
    from ciclo.logs import configure
    from ciclo.simulation.simulation import Business

    configure(level="ERROR")
    screen = Screen()
    business = Business(customers=customers, months=months, seed=seed)
    try:
        with _stack(screen, data_dir=data_dir, workers=None if here else workers) as running:
            with screen.step("Played") as step:
                result = asyncio.run(
                    _played(running, business, show=lambda progress: step.show(_far(progress)))
                )
                step.detail = f"{months} months, to {result.ends_on}"
            for label, text in summary(result):
                screen.line(label, text)
    except Interrupted:
        raise typer.Exit(INTERRUPTED) from None
    for difference in result.differences[:DIFFERENCES_LISTED_MAX]:
        screen.say(f"  {difference}")
    if result.differences:
        raise typer.Exit(DIFFERS)


def summary(result: "Result") -> Iterator[tuple[str, str]]:
    """Yield labels and texts that tell what is in the ledger, all of it."""
    from ciclo.domain.money import Money

    def money(amount: int) -> str:
        return f"{result.currency} {Money(amount, result.currency).to_decimal():,}"

    books, tally = result.books, result.tally
    yield "Customers", f"{len(books.customers):,}"
    yield "Subscriptions", f"{books.subscriptions:,}, {books.earning:,} of them earn"
    yield "Acts", f"{tally.done.total():,} done, {tally.refused.total():,} refused"
    yield "Invoices", f"{books.invoices:,}"
    yield "Payments", f"{books.payments:,}, {books.paid:,} of them came: {money(books.collected)}"
    yield "Refunds", f"{books.refunds:,}: {money(books.refunded)}"
    yield "MRR", money(result.mrr)
    count = len(result.differences)
    yield "Audit", f"{result.audited.events:,} events replayed, {count:,} differences"
    yield "Fingerprint", result.fingerprint


@contextmanager
def _stack(screen: Screen, *, data_dir: Path, workers: int | None) -> "Iterator[ThrowawayStack]":
    """Give a stack: one of our own with so many *workers*, or if None the one that runs here."""
    from ciclo.localstack.throwaway import ThrowawayStack, run_throwaway_stack

    if workers is None:
        yield ThrowawayStack(settings=_of_running(data_dir), check=lambda: None)
        return
    with ExitStack() as held:
        with screen.step("A stack of its own") as step:
            running = held.enter_context(run_throwaway_stack(workers=workers))
            step.detail = f"{running.settings['CICLO_BASE_URL']}, {workers} billing workers"
        yield running


def _of_running(data_dir: Path) -> Mapping[str, str]:
    """Return the settings of the stack that runs here.

    Raises:
        Fault: none is ready.
    """
    from ciclo.localstack.environment import read_settings
    from ciclo.localstack.status import read_status

    status = read_status(StackFolder(data_dir))
    if not status.ready or status.url is None:
        raise LocalStackError(
            f"no stack is ready in {data_dir}", remedy="start one with ciclo up, or leave out --here"
        )
    return {**read_settings(StackFolder(data_dir), os.environ), "CICLO_BASE_URL": status.url}


async def _played(
    running: "ThrowawayStack", business: "Business", *, show: Callable[["Progress"], None]
) -> "Result":
    """Play *business* while the stack is watched.

    Raises:
        Fault: the stack did not do its part.
        Interrupted: the end was asked for.
    """
    from ciclo.actions.dependencies import open_deps
    from ciclo.cli.serve import settings_from
    from ciclo.localstack.tokens import ADMIN_EMAIL, sign_token, signer_from
    from ciclo.simulation.api import ApiFailed
    from ciclo.simulation.simulation import run_simulation as play

    settings = settings_from(running.settings)
    signer = signer_from(running.settings, StackFolder(settings.data_dir))
    bearer = sign_token(
        signer, email=ADMIN_EMAIL, role=Role.ADMIN, lifetime=TOKEN_LIFETIME, now=datetime.now(UTC)
    )
    async with open_deps(settings) as deps:
        playing = asyncio.create_task(play(deps, business, token=bearer, progress=show))
        try:
            while not playing.done():
                running.check()
                await asyncio.wait({playing}, timeout=WATCH_S)
            return playing.result()
        except ApiFailed as failure:
            raise LocalStackError(
                f"the business could not be played: {failure}", remedy="ciclo doctor"
            ) from failure
        finally:
            playing.cancel()
            await asyncio.wait({playing})


def _far(progress: "Progress") -> str:
    return f"{progress.day:%B %Y}, {progress.played} of {progress.days} days"
