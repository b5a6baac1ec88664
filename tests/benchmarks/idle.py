"""Rest: what the whole stack uses of a processor while nobody asks anything of it."""

import asyncio
from contextlib import AsyncExitStack
from typing import Final

from ciclo.actions.dependencies import Deps
from tests.benchmarks import usage
from tests.benchmarks.applying import mongod_pid
from tests.benchmarks.bench import Bench, api, process
from tests.benchmarks.measuring import Finding, at_most

SHARE_MAX: Final = 0.015
"""Of one core, by the stack's own processes; what the servers use beside them is told."""

ROLES: Final = ("billing", "collection", "delivery", "mailer", "relay", "scheduler")
STARTING: Final = 0.02
"""A process that uses more than this of a core is still busy with its start, however slow the machine."""

LOOK_S: Final = 3.0
START_S_MAX: Final = 90


async def measure(bench: Bench) -> list[Finding]:
    """Start an API and one worker of each role, let them rest, and count what each has used."""
    async with bench.deps("idle") as deps, AsyncExitStack() as stack:
        served, _port = await stack.enter_async_context(api(deps.settings))
        pids = {"api": served.pid}
        for role in ROLES:
            worker = await stack.enter_async_context(process("worker", role, settings=deps.settings))
            pids[role] = worker.pid
        servers = {"mongod": await mongod_pid(deps), "Valkey": await valkey_pid(deps)}
        await _settled(pids)
        samples = [await _shares(pids | servers, bench.scale.rest_s) for _ in range(bench.scale.repetitions)]
    own = [sum(one[name] for name in pids) for one in samples]
    said = {name: sum(one[name] for one in samples) / len(samples) for name in samples[0]}
    return [
        at_most(
            SHARE_MAX * 100,
            [share * 100 for share in own],
            goal="M",
            subject="CPU of the stack at rest, of a core",
            unit="%",
            note=", ".join(f"{name} {share * 100:.2f}" for name, share in said.items()),
        )
    ]


async def valkey_pid(deps: Deps) -> int:
    """Return the process id of the Valkey that *deps* use."""
    return int((await deps.streams.redis.info("server"))["process_id"])


async def _settled(pids: dict[str, int]) -> None:
    """Wait until every process is done with its start.

    Raises:
        TimeoutError: one is not.
    """
    async with asyncio.timeout(START_S_MAX):
        while max((await _shares(pids, LOOK_S)).values()) > STARTING:
            pass


async def _shares(pids: dict[str, int], seconds: float) -> dict[str, float]:
    before = {name: usage.cpu_s_of_threads(pid) for name, pid in pids.items()}
    await asyncio.sleep(seconds)
    return {name: (usage.cpu_s_of_threads(pid) - before[name]) / seconds for name, pid in pids.items()}
