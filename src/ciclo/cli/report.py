"""`ciclo report`: the months of the revenue report as tables, and MRR as a small chart."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ciclo.cli.banner import USUAL_FOLDER
from ciclo.cli.options import DataDir
from ciclo.cli.with_deps import run_with_deps
from ciclo.localstack.folder import StackFolder

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from ciclo.domain.metrics.customer_movements import MovementKind
    from ciclo.domain.metrics.revenue import Revenue, RevenueReport

MONTHS_MAX: Final = 60
"""As many as a report may have."""

MONTHS_USUAL: Final = 12
BAR_CHARS: Final = 40
PIPE_CHARS: Final = 160
"""How wide the tables may be where no terminal tells."""


def report(
    *,
    months: Annotated[
        int, typer.Option(min=1, max=MONTHS_MAX, help="How many, this one last.")
    ] = MONTHS_USUAL,
    currency: Annotated[
        str | None, typer.Option(help="Such as BRL.", show_default="the seller's own")
    ] = None,
    data_dir: DataDir = USUAL_FOLDER,
) -> None:
    """Show MRR month by month, how it moved, and the cash that came in."""

    async def work(deps: Any) -> None:  # noqa: ANN401 - imported when it runs
        from rich.console import Console

        from ciclo.actions.reports import load_revenue_report
        from ciclo.domain.metrics.months import last_months
        from ciclo.domain.period import local_date

        today = local_date(await deps.clock.now(), deps.policy.timezone)
        chosen = (currency or deps.settings.currency).upper()
        found = await load_revenue_report(deps, window=last_months(today, months), currency=chosen)
        console = Console(highlight=False)
        if not console.is_terminal:
            console.width = PIPE_CHARS
        for part in render_report(found, chosen):
            console.print(part)
            console.print()

    run_with_deps(work, data_dir=StackFolder(data_dir))


def render_report(found: "RevenueReport", currency: str) -> "Iterable[RenderableType]":
    """Return the parts of what is shown, one below the other."""
    yield _chart(found, currency)
    yield _moves_table(found, currency)
    yield _cash_table(found, currency)


def _chart(found: "RevenueReport", currency: str) -> "RenderableType":
    from rich.bar import Bar
    from rich.table import Table

    grid = Table(box=None, show_header=False, title=f"MRR in {currency}", title_justify="left")
    grid.add_column()
    grid.add_column(width=BAR_CHARS)
    grid.add_column(justify="right", no_wrap=True)
    size = max(1, *(row.end for row in found.months))
    for row in found.months:
        grid.add_row(_month(row), Bar(size, 0, row.end, color="green"), _amount(row.end, currency))
    return grid


def _moves_table(found: "RevenueReport", currency: str) -> "RenderableType":
    from ciclo.domain.metrics.customer_movements import MovementKind

    table = _table(
        "How it moved",
        "month",
        "new",
        "expansion",
        "returned",
        "contraction",
        "churn",
        "paused",
        "MRR",
        "committed",
    )
    for row in (*found.months, found.total):
        moves = row.moves
        table.add_row(
            _month(row) if row is not found.total else "all",
            *(
                _amount(_sum(moves, *kinds), currency)
                for kinds in (
                    (MovementKind.NEW,),
                    (MovementKind.EXPANSION,),
                    (MovementKind.REACTIVATION, MovementKind.RESUME),
                    (MovementKind.CONTRACTION,),
                    (MovementKind.CHURN,),
                    (MovementKind.PAUSE,),
                )
            ),
            _amount(row.end, currency),
            "-" if row.committed is None else _amount(row.committed, currency),
        )
    return table


def _cash_table(found: "RevenueReport", currency: str) -> "RenderableType":
    table = _table(
        "Customers and cash",
        *("month", "customers", "churn", "retention", "ARPU", "collected", "refunded", "outstanding"),
    )
    for row in (*found.months, found.total):
        table.add_row(
            _month(row) if row is not found.total else "all",
            f"{row.subscribers:,}",
            _percent(row.customer_churn),
            _percent(row.net_retention),
            "-" if row.arpu is None else _amount(row.arpu, currency),
            _amount(row.cash.collected, currency),
            _amount(row.cash.refunded, currency),
            _amount(row.cash.outstanding, currency),
        )
    return table


def _table(title: str, first: str, *others: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, title=title, title_justify="left", header_style="bold")
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _month(row: "Revenue") -> str:
    return f"{row.period.start:%Y-%m}"


def _sum(moves: "Mapping[MovementKind, int]", *kinds: "MovementKind") -> int:
    return sum(moves.get(kind, 0) for kind in kinds)


def _amount(amount: int, currency: str) -> str:
    """Return minor units with the currency's own decimals; a movement of nothing is a dash."""
    from ciclo.domain.money import Money

    return f"{Money(amount, currency).to_decimal():,}" if amount else "-"


def _percent(share: Fraction | None) -> str:
    """Return a share with one decimal, a dash if there is none."""
    from ciclo.domain.money import half_up

    if share is None:
        return "-"
    return f"{Decimal(half_up(share.numerator * 1000, share.denominator)).scaleb(-1)} %"
