"""The billing run: renewals in batches against one by one, on a small and on a large ledger."""

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Final

from ciclo.actions.dependencies import Deps
from ciclo.actions.processing import due_work
from ciclo.actions.processing.apply_events import commit_entries
from ciclo.actions.processing.due_work import SUBSCRIPTIONS_MAX, run_due_work
from ciclo.store.accounts import load_accounts
from ciclo.store.subscriptions import find_due_subscriptions
from tests.benchmarks import usage
from tests.benchmarks.accounts import RENEWAL, Names, paid, resting
from tests.benchmarks.applying import WorkNotDone, mongod_pid
from tests.benchmarks.bench import Bench
from tests.benchmarks.measuring import Finding, at_least, at_most, in_turns, ratios

DEVIATION_MAX: Final = 1.3


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Some renewals done."""

    rate: float
    mongod_us: float


async def measure(bench: Bench) -> list[Finding]:
    """Renew what is due among few and among many subscriptions."""
    few, many = bench.scale.few, bench.scale.many
    async with bench.deps("renewing_few") as small, bench.deps("renewing_many") as large:
        await _filled(bench, "renewing_few", few)
        await _filled(bench, "renewing_many", many)
        pid = await mongod_pid(small)
        samples = await in_turns(
            {
                "few": partial(_swept, bench, small, pid, bench.scale.renewals),
                "many": partial(_swept, bench, large, pid, bench.scale.renewals),
                "one by one": partial(_one_by_one, bench, small, pid, bench.scale.renewal_singles),
            },
            repetitions=bench.scale.repetitions,
        )
    rates = {name: [one.rate for one in taken] for name, taken in samples.items()}
    cpu = {name: [one.mongod_us for one in taken] for name, taken in samples.items()}
    growth = ratios(cpu["many"], cpu["few"])
    return [
        at_least(
            30,
            ratios(rates["few"], rates["one by one"]),
            goal="D",
            subject="billing run against a transaction a renewal",
            note=f"{median(rates['few']):,.0f}/s against {median(rates['one by one']):,.0f}/s",
        ),
        at_most(
            DEVIATION_MAX,
            [max(one, 1 / one) for one in growth],
            goal="D",
            subject=f"mongod's CPU per renewal, {many:,} subscriptions against {few:,}, either way",
            note=f"{median(cpu['many']):.0f} against {median(cpu['few']):.0f} µs",
        ),
    ]


async def _swept(bench: Bench, deps: Deps, pid: int, renewals: int) -> Sample:
    """Renew in batches, as the scheduler does."""
    numbers = await _due(bench, deps, renewals)
    began, cpu_s = time.perf_counter(), usage.cpu_s(pid)
    for _ in range(renewals // SUBSCRIPTIONS_MAX + 1):
        await run_due_work(deps, now=RENEWAL)
    return await _sample(deps, pid, numbers, began=began, cpu_s=cpu_s)


async def _one_by_one(bench: Bench, deps: Deps, pid: int, renewals: int) -> Sample:
    """Renew by the same code, a transaction for each."""
    numbers = await _due(bench, deps, renewals)
    began, cpu_s = time.perf_counter(), usage.cpu_s(pid)
    for _ in numbers:
        ids = await find_due_subscriptions(deps.store, now=RENEWAL, subscriptions_max=1)
        loaded = await load_accounts(deps.store, (), ids=ids)
        entries = due_work._apply_due_events(deps, loaded, now=RENEWAL)  # noqa: SLF001 - the same code, with a batch of one
        await commit_entries(deps, entries, loaded=loaded, recorded=None)
    return await _sample(deps, pid, numbers, began=began, cpu_s=cpu_s)


async def _sample(deps: Deps, pid: int, numbers: list[int], *, began: float, cpu_s: float) -> Sample:
    """Return the sample that ends now, if every subscription was renewed, once.

    Raises:
        WorkNotDone: one was not.
    """
    seconds, used_s = time.perf_counter() - began, usage.cpu_s(pid) - cpu_s
    ids = [Names(number).of("sub") for number in numbers]
    invoiced = await deps.store["invoices"].count_documents(
        {"subscription_id": {"$in": ids}, "status": "PENDING"}
    )
    moved = await deps.store["subscriptions"].count_documents(
        {"_id": {"$in": ids}, "next_billing_date": "2026-04-10"}
    )
    if (invoiced, moved) != (len(ids), len(ids)):
        raise WorkNotDone(f"{len(ids)} renewals were due: {invoiced} invoices, {moved} moved on")
    return Sample(rate=len(numbers) / seconds, mongod_us=used_s / len(numbers) * 1e6)


async def _filled(bench: Bench, name: str, size: int) -> None:
    """Store subscriptions for which nothing falls due."""
    numbers = bench.take(size)

    def fill() -> None:
        with bench.ledger(name) as ledger:
            ledger.add(resting().cast(number, only=("subscriptions",)) for number in numbers)

    await asyncio.to_thread(fill)


async def _due(bench: Bench, deps: Deps, size: int) -> list[int]:
    """Store accounts that are due, and make sure that nothing else is."""
    numbers = bench.take(size)

    def fill() -> None:
        with bench.ledger(deps.settings.mongo_database.partition("_")[2]) as ledger:
            ledger.add(paid().cast(number) for number in numbers)

    await asyncio.to_thread(fill)
    found = await deps.store["subscriptions"].count_documents({"due_at": {"$lte": RENEWAL}})
    if found != size:
        raise WorkNotDone(f"{found} subscriptions are due, not {size}")
    return numbers
