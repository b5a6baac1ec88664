"""The scheduler: lets time pass for subscriptions whose day has come. Any number may run."""

import asyncio

import structlog

from ciclo.actions.dependencies import STORE_AWAITED_S_MAX, Deps, open_deps
from ciclo.actions.mails.reminders import write_reminders
from ciclo.actions.processing.due_work import SUBSCRIPTIONS_MAX, run_due_work
from ciclo.backoff import pause
from ciclo.outage import Outage
from ciclo.settings.settings import Settings
from ciclo.store.mongo.transient_errors import is_transient
from workers.process import stop_on_signals

_log = structlog.get_logger(__name__)


async def main(settings: Settings) -> None:
    """Sweep until the process is told to stop."""
    stop = stop_on_signals()
    async with open_deps(settings, store_s_max=STORE_AWAITED_S_MAX) as deps:
        await run_sweeps(deps, stop)


async def run_sweeps(deps: Deps, stop: asyncio.Event) -> None:
    """Do what is due, again and again; nothing that goes wrong with it ends the loop."""
    interval_s = deps.settings.scheduler_interval_ms / 1_000
    put_off = Outage("due_put_off")
    while not stop.is_set():
        more = False
        try:
            now = await deps.clock.now()
            due = await run_due_work(deps, now=now)
            await write_reminders(deps, now=now)
            more = due >= SUBSCRIPTIONS_MAX
            put_off.end()
            if due:
                _log.info("due_done", subscriptions=due)
        except Exception as error:  # noqa: BLE001 - it is logged, and the next sweep begins anew
            if is_transient(error):
                put_off.count(error=str(error))
            else:
                _log.exception("due_failed")
        await pause(stop, seconds=0 if more else interval_s)
