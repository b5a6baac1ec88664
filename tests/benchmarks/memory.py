"""Memory: what the API and a worker hold after many events, and whether it still grows."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from ciclo.actions.clock import read_wall_clock
from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.publish_events import BILLING
from ciclo.streams.status import groups
from tests.benchmarks import usage
from tests.benchmarks.accounts import Names, notice_document, owing
from tests.benchmarks.applying import require_paid
from tests.benchmarks.bench import Bench, api, ring, workers
from tests.benchmarks.exporting import export_memory
from tests.benchmarks.ingress import MANY, NotStored, prepared
from tests.benchmarks.load import Load, Loader, loader
from tests.benchmarks.measuring import Finding, at_most

STEPS: Final = 10
RESIDENT_MB_MAX: Final = 150
GROWTH_MAX: Final = 1.05
"""Over the last half: more than an allocator's own unrest."""

STEP_S_MAX: Final = 120.0
POLL_S: Final = 0.05
ACCEPTED: Final = 202


async def measure(bench: Bench) -> list[Finding]:
    """Let events pass through one worker and notices through one API, and watch what stays."""
    size = max(1, bench.scale.memory_events // STEPS)
    async with bench.deps("memory_export") as full:
        exported = await export_memory(full, rows=bench.scale.many)
    async with bench.deps("memory") as deps, bench.deps("memory_api") as inlet:
        async with workers(deps.settings, BILLING, number=1) as (process,):
            worker = await _watched(process.pid, partial(_applied, bench, deps, size))
        with loader() as sender:
            async with api(inlet.settings) as (process, port):
                web = await _watched(process.pid, partial(_accepted, bench, inlet, sender, port, size))
    export = at_most(
        RESIDENT_MB_MAX,
        [exported.resident_mb_max],
        goal="M",
        subject=f"most memory of an export of {exported.rows:,} rows",
        unit="MB",
        note=f"{exported.rows_per_s:,.0f} rows/s",
    )
    each = size * STEPS
    return [*_findings("worker", worker, each), *_findings("API", web, each), export]


def _findings(name: str, resident_mb: list[float], events: int) -> list[Finding]:
    middle, end = resident_mb[len(resident_mb) // 2 - 1], resident_mb[-1]
    return [
        at_most(
            RESIDENT_MB_MAX,
            [end],
            goal="M",
            subject=f"memory of the {name} after {events:,} events",
            unit="MB",
            note=f"{resident_mb[0]:.0f} MB at first",
        ),
        at_most(GROWTH_MAX, [end / middle], goal="M", subject=f"the {name}'s growth over the last half"),
    ]


async def _watched(pid: int, step: Callable[[], Awaitable[None]]) -> list[float]:
    """Return a process's memory after each of some steps."""
    resident_mb = []
    for _ in range(STEPS):
        await step()
        resident_mb.append(usage.resident_mb(pid))
    return resident_mb


async def _applied(bench: Bench, deps: Deps, size: int) -> None:
    """Let the worker apply some events, all of them."""
    numbers, now = bench.take(size), read_wall_clock()

    def fill() -> None:
        with bench.ledger("memory") as ledger:
            ledger.add(owing().cast(number) for number in numbers)
            ledger.insert("events", (notice_document(number, now=now) for number in numbers))

    await asyncio.to_thread(fill)
    await ring(deps, [Names(number).of("evt") for number in numbers])
    async with asyncio.timeout(STEP_S_MAX):
        while not await _is_drained(deps):  # noqa: ASYNC110 - the worker is another process
            await asyncio.sleep(POLL_S)
    await require_paid(deps, numbers)


async def _is_drained(deps: Deps) -> bool:
    """Return whether every entry is acknowledged."""
    return all(group.lag == group.pending == 0 for group in await groups(deps.streams, [BILLING]))


async def _accepted(bench: Bench, deps: Deps, sender: Loader, port: int, size: int) -> None:
    """Let the API accept some notices, all of them.

    Raises:
        NotStored: it did not, or they are not stored.
    """
    before = await deps.store["events"].count_documents({})
    requests = prepared(bench.take(size))
    outcome = await sender.send(Load(port=port, connections=MANY, seconds=STEP_S_MAX, requests=requests))
    stored = await deps.store["events"].count_documents({}) - before
    if outcome.statuses != {ACCEPTED: size} or stored != size:
        raise NotStored(f"{size} notices: answers were {outcome.statuses}, {stored} are stored")
