"""What workers share: how a process is told to stop, and how the entries of its stream are delivered."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from typing import Final

from ciclo import tracing
from ciclo.actions.dependencies import STORE_AWAITED_S_MAX, Deps, open_deps
from ciclo.actions.processing.delivery import DeliveryOptions, Handle, deliver
from ciclo.domain.ids import EventId
from ciclo.settings.settings import Settings
from ciclo.streams.consumer import ConsumerOptions, Deliver, Delivered, consume
from ciclo.streams.entry import Entry
from ciclo.streams.groups import consumer_name
from ciclo.streams.hand import BeginsAhead

CLAIMS_PER_IDLE: Final = 3
"""How often a consumer looks for what others left, in the time after which it may take it."""


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set: the worker then finishes what it has begun."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def work(
    settings: Settings,
    *,
    stream: str,
    handle: Handle,
    delivery: DeliveryOptions,
    reading: ConsumerOptions,
    consumer: str | None,
    begins_ahead: Callable[[Deps], BeginsAhead] | None = None,
) -> None:
    """Handle what is announced on *stream*, whose group has its name, until the process is told to stop."""
    stop = stop_on_signals()
    async with open_deps(settings, store_s_max=STORE_AWAITED_S_MAX) as deps:
        await consume(
            deps.streams,
            stream=stream,
            group=stream,
            consumer=consumer or consumer_name(),
            deliver=delivering(deps, handle, stream=stream, options=delivery, stop=stop),
            options=reading,
            stop=stop,
            begins_ahead=begins_ahead(deps) if begins_ahead else None,
        )


def delivering(
    deps: Deps, handle: Handle, *, stream: str, options: DeliveryOptions, stop: asyncio.Event
) -> Deliver:
    """Return what a consumer does with entries: the events that they announce are delivered to *handle*."""

    async def deliver_entries(entries: Sequence[Entry]) -> Delivered:
        event_ids = list(dict.fromkeys(EventId(entry.event_id) for entry in entries))
        contexts = {entry.event_id: entry.trace for entry in entries if entry.trace}
        with tracing.handling(stream, contexts):
            return await deliver(deps, event_ids, handle, options=options, stop=stop)

    return deliver_entries


def delivery_options(settings: Settings) -> DeliveryOptions:
    """Return the bounds of a delivery as the settings have them."""
    return DeliveryOptions(tries_max=settings.tries_max, deliveries_max=settings.deliveries_max)


def consumer_options(settings: Settings) -> ConsumerOptions:
    """Return the bounds of a consumer as the settings have them."""
    return ConsumerOptions(
        batch_max=settings.batch_events_max,
        idle_ms_min=settings.claim_idle_ms_min,
        claim_interval_ms=max(100, settings.claim_idle_ms_min // CLAIMS_PER_IDLE),
    )
