"""The billing worker: takes events from its stream and applies them, a batch a transaction."""

from collections.abc import Sequence

import structlog

from ciclo.actions.applying import apply_recorded
from ciclo.actions.deps import Deps, open_deps
from ciclo.actions.publishing import BILLING
from ciclo.domain.ids import EventId
from ciclo.settings import Settings
from ciclo.streams.consumer import consume
from ciclo.streams.entry import Entry
from ciclo.streams.group import consumer_name
from ciclo.streams.work import Work
from workers.process import EventsFailed, consumer_options, stop_on_signals, work_of

_log = structlog.get_logger(__name__)


async def main(settings: Settings, *, consumer: str | None = None) -> None:
    """Apply events until the process is told to stop."""
    stop = stop_on_signals()
    async with open_deps(settings) as deps:
        await consume(
            deps.streams,
            stream=BILLING,
            group=BILLING,
            consumer=consumer or consumer_name(),
            work=billing_work(deps),
            options=consumer_options(settings),
            stop=stop,
        )


def billing_work(deps: Deps) -> Work:
    """Return what is done with the billing stream's entries."""

    async def handle(entries: Sequence[Entry]) -> None:
        ids = list(dict.fromkeys(EventId(entry.event_id) for entry in entries))
        applied = await apply_recorded(deps, ids)
        _log.info("events_applied", applied=len(applied.entries), duplicates=applied.duplicates)
        if applied.faulty:
            raise EventsFailed(applied.faulty)

    return work_of(deps, handle)
