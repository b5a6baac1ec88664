"""The scheduler: lets time pass for subscriptions whose day has come. Any number may run."""

import asyncio

import structlog

from ciclo.actions.deps import Deps, open_deps
from ciclo.actions.due import SUBSCRIPTIONS_MAX, Overtaken, run_due
from ciclo.settings import Settings
from ciclo.store.failures import is_passing
from workers.process import pause, stop_on_signals

_log = structlog.get_logger(__name__)


async def main(settings: Settings) -> None:
    """Sweep until the process is told to stop."""
    stop = stop_on_signals()
    async with open_deps(settings) as deps:
        await _sweep(deps, stop)


async def _sweep(deps: Deps, stop: asyncio.Event) -> None:
    interval_s = deps.settings.scheduler_interval_ms / 1_000
    while not stop.is_set():
        more = False
        try:
            due = await run_due(deps, now=await deps.clock.now())
            more = due >= SUBSCRIPTIONS_MAX
            if due:
                _log.info("due_done", subscriptions=due)
        except Overtaken:
            # Somebody else moved them; a pause keeps two schedulers from meeting again.
            _log.info("due_overtaken")
        except Exception as error:
            if not is_passing(error):
                raise
            _log.warning("due_put_off", error=str(error))
        await pause(stop, seconds=0 if more else interval_s)
