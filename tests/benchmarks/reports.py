"""The subscription report: its time on a large ledger against its time on a small one."""

import asyncio
import time
from functools import partial
from statistics import median
from typing import Final

from ciclo.actions.dependencies import Deps
from ciclo.domain.ids import ProductId
from ciclo.domain.products.product import first_price
from ciclo.domain.subscription import Status
from ciclo.store.products import write_product
from ciclo.store.reports.subscriptions import read_counts, recount, subscription_report
from tests.benchmarks.accounts import plan_id, plan_of, resting
from tests.benchmarks.applying import WorkNotDone
from tests.benchmarks.bench import Bench
from tests.benchmarks.measuring import Finding, at_most, in_turns, ratios

SLOT: Final = 0


async def measure(bench: Bench) -> list[Finding]:
    """Ask for the report of few and of many subscriptions."""
    few, many = bench.scale.few, bench.scale.many
    async with bench.deps("reports_few") as small, bench.deps("reports_many") as large:
        await _filled(bench, small, "reports_few", few)
        await _filled(bench, large, "reports_many", many)
        seconds = await in_turns(
            {
                "few": partial(_asked, small, few, bench.scale.asks),
                "many": partial(_asked, large, many, bench.scale.asks),
            },
            repetitions=bench.scale.repetitions,
        )
    return [
        at_most(
            1.5,
            ratios(seconds["many"], seconds["few"]),
            goal="C3",
            subject=f"subscription report, {many:,} subscriptions against {few:,}",
            note=f"{median(seconds['many']) * 1e3:.2f} against {median(seconds['few']) * 1e3:.2f} ms",
        )
    ]


async def _asked(deps: Deps, size: int, asks: int) -> float:
    """Return the median seconds of one report; each must count every subscription."""
    taken = []
    for _ in range(asks):
        began = time.perf_counter()
        report = await subscription_report(deps.store)
        taken.append(time.perf_counter() - began)
        if report.total_active != size:
            raise WorkNotDone(f"the report counts {report.total_active} of {size} subscriptions")
    return median(taken)


async def _filled(bench: Bench, deps: Deps, name: str, size: int) -> None:
    """Store subscriptions, their plan and the counters that the transactions would have kept."""
    await write_product(deps.store, first_price(plan_of(plan_id()), ProductId("prod_bench")), None)
    numbers = bench.take(size)
    counter = {
        "_id": f"{plan_id()}|{SLOT}",
        "plan_id": plan_id(),
        "statuses": {Status.ACTIVE.value: size},
    }

    def fill() -> None:
        with bench.ledger(name) as ledger:
            ledger.add(resting().cast(number, only=("subscriptions",)) for number in numbers)
            ledger.insert("plan_counts", iter([counter]))

    await asyncio.to_thread(fill)
    if await read_counts(deps.store) != await recount(deps.store):
        raise WorkNotDone("the counters are not those of the subscriptions")
