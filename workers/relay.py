"""The relay: publishes again what waits unprocessed, and keeps the streams clean. Any number may run."""

import asyncio
from typing import Final

import structlog

from ciclo.actions.access.log_upkeep import keep_operations_log
from ciclo.actions.dependencies import STORE_AWAITED_S_MAX, Deps, open_deps
from ciclo.actions.processing.publish_events import STREAMS, publish_events
from ciclo.actions.webhooks.fan_out import announce_waiting
from ciclo.backoff import pause
from ciclo.outage import Outage
from ciclo.settings.settings import Settings
from ciclo.store.events.outbox import find_unpublished, postpone_publication
from ciclo.store.mongo.transient_errors import is_transient
from ciclo.streams.connection import StreamsUnavailable
from ciclo.streams.groups import reap, trim
from workers.process import stop_on_signals

_log = structlog.get_logger(__name__)

EVENTS_MAX: Final = 500
HOUSEKEEPING_EVERY_S: Final = 30.0
CONSUMER_IDLE_MS_MIN: Final = 3_600_000
"""A consumer that holds nothing and has not been heard of for an hour is gone."""


async def main(settings: Settings) -> None:
    """Relay until the process is told to stop."""
    stop = stop_on_signals()
    async with (
        open_deps(settings, store_s_max=STORE_AWAITED_S_MAX) as deps,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(_repeat(deps, stop))
        tasks.create_task(_keep_house(deps, stop))


async def relay_once(deps: Deps) -> int:
    """Publish a batch of what has waited long enough; return how many events it was, or messages if more."""
    now = deps.wall()
    events = await find_unpublished(deps.store, now=now, events_max=EVENTS_MAX)
    pairs, traces = [(one.event_id, one.type) for one in events], {one.event_id: one.trace for one in events}
    if events and await publish_events(deps, pairs, traces=traces):
        await postpone_publication(deps.store, [event.event_id for event in events], now=now)
        _log.info("events_republished", events=len(events))
    return max(len(events), await announce_waiting(deps, messages_max=EVENTS_MAX))


async def keep_house(deps: Deps) -> None:
    """Tell the day's head of the operations log; drop what every group is done with, and gone consumers.

    Raises:
        StreamsUnavailable: Redis is away; there is no hurry.
        Exception: MongoDB is (`is_transient`).
    """
    await keep_operations_log(deps)
    for stream in STREAMS:
        await reap(deps.streams, stream=stream, group=stream, idle_ms_min=CONSUMER_IDLE_MS_MIN)
        await trim(deps.streams, stream)


async def _repeat(deps: Deps, stop: asyncio.Event) -> None:
    interval_s = deps.settings.relay_interval_ms / 1_000
    put_off = Outage("relay_put_off")
    while not stop.is_set():
        try:
            full = await relay_once(deps) >= EVENTS_MAX
        except Exception as error:
            if not is_transient(error):
                raise
            put_off.count(error=str(error))
            full = False
        else:
            put_off.end()
        await pause(stop, seconds=0 if full else interval_s)


async def _keep_house(deps: Deps, stop: asyncio.Event) -> None:
    put_off = Outage("housekeeping_put_off")
    while not stop.is_set():
        try:
            await keep_house(deps)
        except Exception as error:
            if not (isinstance(error, StreamsUnavailable) or is_transient(error)):
                raise
            put_off.count(error=str(error))
        else:
            put_off.end()
        await pause(stop, seconds=HOUSEKEEPING_EVERY_S)
