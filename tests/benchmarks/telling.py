"""Telling: what an endpoint costs the billing worker, whose commits then write messages too."""

from statistics import median
from typing import Final

from ciclo.actions.dependencies import Deps
from tests.benchmarks.applying import BATCH, Sample, Subject, WorkNotDone, mongod_pid
from tests.benchmarks.bench import Bench
from tests.benchmarks.measuring import Finding, at_least, at_most, in_turns, ratios

SLOWER_MAX: Final = 0.25
"""How much of its throughput a worker may lose by one endpoint."""


async def measure(bench: Bench) -> list[Finding]:
    """Compare a worker without an endpoint with one whose every event is told."""
    async with bench.deps("telling_none") as quiet, bench.deps("telling_one") as told:
        pid = await mongod_pid(quiet)
        await told.store["webhook_endpoints"].insert_one({"_id": "whe_bench", "deleted_at": None})
        without, with_one = (Subject(bench, deps, deps, pid) for deps in (quiet, told))
        samples = await in_turns(
            {
                "with one": lambda: with_one.through_stream(bench.scale.events, batch=BATCH),
                "without": lambda: without.through_stream(bench.scale.events, batch=BATCH),
            },
            repetitions=bench.scale.repetitions,
        )
        messages = await _require_told(quiet, told, samples["with one"])
    rates = {name: [one.rate for one in taken] for name, taken in samples.items()}
    cpu_us = {name: [one.python_us + one.mongod_us for one in taken] for name, taken in samples.items()}
    said = {name: f"{median(taken):.0f} µs" for name, taken in cpu_us.items()}
    return [
        at_least(
            1 - SLOWER_MAX,
            ratios(rates["with one"], rates["without"]),
            goal="W",
            subject="worker with an endpoint against one without",
            note=f"{messages:.1f} messages an event",
        ),
        # What it comes to where others use the processors too.
        at_most(
            1 / (1 - SLOWER_MAX),
            ratios(cpu_us["with one"], cpu_us["without"]),
            goal="W",
            subject="CPU of the worker and mongod per event, with against without",
            note=f"{said['with one']} against {said['without']}",
        ),
    ]


async def _require_told(quiet: Deps, told: Deps, samples: list[Sample]) -> float:
    """Return how many messages an event brought.

    Raises:
        WorkNotDone: events were not told, or where nobody is told they were.
    """
    events = sum(sample.events for sample in samples)
    messages = await told.store["messages"].count_documents({})
    if messages < events or await quiet.store["messages"].find_one({}) is not None:
        raise WorkNotDone(f"{messages} messages of {events} events")
    return messages / events
