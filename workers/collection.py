"""The collection worker: carries out charges, refunds and registrations at the payment providers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import structlog

from ciclo.actions.collection import ORDER_TIMEOUT_S, carry_out
from ciclo.actions.deps import Deps, open_deps
from ciclo.actions.publishing import COLLECTION
from ciclo.domain.ids import EventId
from ciclo.settings import Settings
from ciclo.streams.consumer import consume
from ciclo.streams.entry import Entry
from ciclo.streams.group import consumer_name
from ciclo.streams.work import ConsumerOptions, Work
from workers.process import EventsFailed, consumer_options, stop_on_signals, work_of

_log = structlog.get_logger(__name__)

ORDERS_MAX: Final = 64
"""Orders of one batch: their answers are recorded together, so the slowest one delays the rest."""


async def main(settings: Settings, *, consumer: str | None = None) -> None:
    """Carry out work orders until the process is told to stop."""
    stop = stop_on_signals()
    async with open_deps(settings) as deps:
        await consume(
            deps.streams,
            stream=COLLECTION,
            group=COLLECTION,
            consumer=consumer or consumer_name(),
            work=collection_work(deps),
            options=collection_options(consumer_options(settings)),
            stop=stop,
        )


def collection_options(options: ConsumerOptions) -> ConsumerOptions:
    """Return a consumer's bounds as a worker needs them that waits for providers."""
    return replace(options, batch_max=ORDERS_MAX, handle_ms_max=int(2_000 * ORDER_TIMEOUT_S))


def collection_work(deps: Deps) -> Work:
    """Return what is done with the collection stream's entries."""

    async def handle(entries: Sequence[Entry]) -> None:
        ids = list(dict.fromkeys(EventId(entry.event_id) for entry in entries))
        carried = await carry_out(deps, ids)
        if carried.answered or carried.put_off:
            _log.info("orders_carried_out", answered=carried.answered, put_off=carried.put_off)
        if carried.faulty:
            raise EventsFailed(carried.faulty)

    return work_of(deps, handle)
