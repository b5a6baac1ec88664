"""Adding workers: two processes against one, and how latency takes to more events a second."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from statistics import median
from typing import Final

import orjson

from ciclo.actions.clock import read_wall_clock
from ciclo.actions.dependencies import Deps
from ciclo.actions.live_updates import CHANNEL
from ciclo.actions.processing.publish_events import BILLING
from ciclo.streams.broadcast import follow
from ciclo.streams.status import groups
from tests.benchmarks.accounts import Names, notice_document, owing
from tests.benchmarks.applying import require_paid
from tests.benchmarks.bench import Bench, ring, workers
from tests.benchmarks.measuring import P50, P99, Finding, at_least, at_most, in_turns, percentile, ratios

DRAIN_S_MAX: Final = 120.0
POLL_S: Final = 0.005
SLOW: Final = 50
FAST: Final = 1_000
"""Events per second."""


async def measure(bench: Bench) -> list[Finding]:
    """Let worker processes empty a full stream, then let events come at a steady pace."""
    async with bench.deps("scaling") as deps:
        drained = await in_turns(
            {str(number): partial(_drained, bench, deps, number) for number in (1, 2)},
            repetitions=bench.scale.repetitions,
        )
        async with workers(deps.settings, BILLING, number=1):
            await _paced(bench, deps, SLOW)  # warms the worker up
            paced = await in_turns(
                {str(pace): partial(_paced, bench, deps, pace) for pace in (SLOW, FAST)},
                repetitions=bench.scale.repetitions,
            )
    slow, fast = ([percentile(one, P99) for one in paced[str(pace)]] for pace in (SLOW, FAST))
    middle = [median(percentile(one, P50) for one in paced[str(pace)]) * 1e3 for pace in (SLOW, FAST)]
    return [
        at_least(
            1.4,
            ratios(drained["2"], drained["1"]),
            goal="A3",
            subject="two worker processes against one",
            note=f"{median(drained['2']):,.0f}/s against {median(drained['1']):,.0f}/s",
        ),
        at_most(
            3,
            ratios(fast, slow),
            goal="A3",
            subject="p99 at 1,000 events/s against p99 at 50",
            note=f"{median(fast) * 1e3:.0f} against {median(slow) * 1e3:.0f} ms;"
            f" p50 {middle[1]:.0f} against {middle[0]:.0f} ms",
        ),
    ]


async def _drained(bench: Bench, deps: Deps, number: int) -> float:
    """Return how many events per second so many workers apply."""
    numbers = await _recorded(bench, deps, bench.scale.worker_events)
    async with workers(deps.settings, BILLING, number=number):
        began = time.perf_counter()
        await ring(deps, _events(numbers))
        async with asyncio.timeout(DRAIN_S_MAX):
            while await _left(deps):  # noqa: ASYNC110 - the workers are other processes
                await asyncio.sleep(POLL_S)
        seconds = time.perf_counter() - began
    await require_paid(deps, numbers)
    return len(numbers) / seconds


async def _left(deps: Deps) -> int:
    """Return how many entries are not acknowledged; an unknown lag is some."""
    found = await groups(deps.streams, [BILLING])
    return sum((1 if group.lag is None else group.lag) + group.pending for group in found)


async def _paced(bench: Bench, deps: Deps, pace: int) -> list[float]:
    """Return the seconds from each event's due time to the news that it is applied."""
    numbers = await _recorded(bench, deps, max(1, int(pace * bench.scale.pace_s)))
    heard: dict[str, float] = {}
    stop, ready = asyncio.Event(), asyncio.Event()
    wanted = set(_events(numbers))
    listening = asyncio.create_task(_listen(deps, wanted, heard, ready=ready, stop=stop))
    await ready.wait()
    due: dict[str, float] = {}
    sending: set[asyncio.Task[None]] = set()
    began = time.perf_counter()
    for place, event_id in enumerate(_events(numbers)):
        at = began + place / pace
        if (early := at - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        # By the due time, not by when it was sent: a late sender must not hide a slow worker.
        due[event_id] = at
        task = asyncio.create_task(ring(deps, [event_id]))
        sending.add(task)
    await asyncio.gather(*sending)
    async with asyncio.timeout(DRAIN_S_MAX):
        await listening
    await require_paid(deps, numbers)
    return [heard[event_id] - at for event_id, at in due.items()]


async def _listen(
    deps: Deps, wanted: set[str], heard: dict[str, float], *, ready: asyncio.Event, stop: asyncio.Event
) -> None:
    """Note when each event of *wanted* was told to be applied, until all of them were."""
    async for messages in follow(deps.streams, CHANNEL, stop=stop):
        ready.set()
        at = time.perf_counter()
        for message in messages or ():
            heard |= {row[0]: at for row in orjson.loads(message) if row[0] in wanted}
        if len(heard) == len(wanted):
            stop.set()


async def _recorded(bench: Bench, deps: Deps, size: int) -> list[int]:
    numbers, now = bench.take(size), read_wall_clock()

    def fill() -> None:
        with bench.ledger("scaling") as ledger:
            ledger.add(owing().cast(number) for number in numbers)
            ledger.insert("events", (notice_document(number, now=now) for number in numbers))

    await asyncio.to_thread(fill)
    return numbers


def _events(numbers: Sequence[int]) -> list[str]:
    return [Names(number).of("evt") for number in numbers]
