"""What all workers share: how a process is told to stop, and how its consumer is bounded."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

from ciclo.actions.clock import wall_now
from ciclo.actions.deps import Deps
from ciclo.domain.ids import EventId
from ciclo.settings import Settings
from ciclo.store.failures import is_passing
from ciclo.store.outbox import blame, bury
from ciclo.streams.entry import Entry
from ciclo.streams.work import ConsumerOptions, Work

CLAIMS_PER_IDLE: Final = 3
"""How often a consumer looks for what others left, in the time after which it may take it."""


class EventsFailed(Exception):
    """Some events of a batch failed by their own fault; the others are done."""

    def __init__(self, faults: list[tuple[EventId, str]]) -> None:
        super().__init__("; ".join(error for _, error in faults))


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set: the worker then finishes what it has begun."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def consumer_options(settings: Settings) -> ConsumerOptions:
    """Return the bounds of a consumer as the settings have them."""
    return ConsumerOptions(
        batch_max=settings.batch_events_max,
        idle_ms_min=settings.claim_idle_ms_min,
        claim_interval_ms=max(100, settings.claim_idle_ms_min // CLAIMS_PER_IDLE),
        deliveries_max=settings.deliveries_max,
    )


def work_of(deps: Deps, handle: Callable[[Sequence[Entry]], Awaitable[None]]) -> Work:
    """Return *handle* as a consumer's work: an event's own failures are counted in its record."""

    async def failed(entry: Entry, error: str) -> bool:
        return await blame(
            deps.store,
            EventId(entry.event_id),
            error=error,
            tries_max=deps.settings.tries_max,
            now=wall_now(),
        )

    async def buried(entry: Entry, error: str) -> None:
        await bury(deps.store, EventId(entry.event_id), error=error, now=wall_now())

    return Work(handle=handle, is_passing=is_passing, failed=failed, buried=buried)


async def pause(stop: asyncio.Event, *, seconds: float) -> None:
    """Wait, but no longer than until *stop* is set."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), timeout=seconds)
