"""`ciclo report`: the revenue report in a terminal."""

from datetime import UTC, datetime
from pathlib import Path

from tests.journeys.asking import a_plan, subscribe
from tests.reports.commands import ciclo
from tests.stack import Stack


async def test_the_months_are_shown_with_their_moves_and_cash(stack: Stack, tmp_path: Path) -> None:
    plan_id = await a_plan(stack, trialDays=0, price={"amount": "1234.50"})
    for name in ("ana", "bia"):
        await subscribe(stack, plan_id, f"{name}@example.com", card="tok_visa")
    month = f"{datetime.now(UTC):%Y-%m}"

    done = await ciclo(stack, "report", "--months", "2", "--currency", "brl", folder=tmp_path)

    assert (done.code, done.errors) == (0, "")
    rows = [line.split() for line in done.lines]
    assert ["MRR", "in", "BRL"] in rows
    [chart] = [line for line in done.lines if line.strip().startswith(month) and "█" in line]
    assert chart.split()[-1] == "2,469.00"
    # Two customers are new, nobody left: each column between is a dash.
    assert [month, "2,469.00", "-", "-", "-", "-", "-", "2,469.00", "2,469.00"] in rows
    # Nobody was there at the start to churn; both paid.
    assert [month, "2", "-", "-", "1,234.50", "2,469.00", "-", "-"] in rows


async def test_a_currency_that_is_none_is_refused(stack: Stack, tmp_path: Path) -> None:
    done = await ciclo(stack, "report", "--currency", "XXX", folder=tmp_path)

    assert (done.code, done.lines) == (1, [])
    assert done.errors.startswith("ciclo: ")
