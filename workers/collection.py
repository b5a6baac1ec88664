"""The collection worker: carries out charges, refunds and registrations at the payment providers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.collection import ORDER_TIMEOUT_S, carry_out_orders
from ciclo.actions.processing.delivery import DeliveryOptions, Fault
from ciclo.actions.processing.publish_events import COLLECTION
from ciclo.domain.ids import EventId
from ciclo.settings.settings import Settings
from ciclo.streams.consumer import ConsumerOptions
from workers.process import consumer_options, delivery_options, work

_log = structlog.get_logger(__name__)

ORDERS_MAX: Final = 64
"""Orders of one batch: their answers are recorded together, so the slowest one delays the rest."""

LEASE: Final = timedelta(seconds=5)
"""Longer than for events that are only applied: who loses it by a pause asks a provider twice at a time."""


async def main(settings: Settings, *, consumer: str | None = None) -> None:
    """Carry out work orders until the process is told to stop."""
    await work(
        settings,
        stream=COLLECTION,
        handle=handle,
        delivery=for_providers(delivery_options(settings)),
        reading=few_at_a_time(consumer_options(settings)),
        consumer=consumer,
    )


def for_providers(options: DeliveryOptions) -> DeliveryOptions:
    """Return a delivery's bounds as a worker needs them that waits for providers."""
    return replace(options, lease=LEASE, handle_ms_max=int(2_000 * ORDER_TIMEOUT_S))


def few_at_a_time(options: ConsumerOptions) -> ConsumerOptions:
    """Return a consumer's bounds with batches of orders."""
    return replace(options, batch_max=ORDERS_MAX)


async def handle(deps: Deps, order_ids: Sequence[EventId]) -> Sequence[Fault]:
    """Carry out orders; return those that failed by their own fault."""
    carried = await carry_out_orders(deps, order_ids)
    if carried.answered or carried.put_off:
        _log.info("orders_carried_out", answered=carried.answered, put_off=carried.put_off)
    return carried.faulty
