"""The billing worker: takes events that its stream announces and applies them, a batch a transaction."""

from collections.abc import Sequence

import structlog

from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.apply_events import apply_recorded
from ciclo.actions.processing.delivery import Fault
from ciclo.actions.processing.publish_events import BILLING
from ciclo.domain.ids import EventId
from ciclo.settings.settings import Settings
from workers.process import consumer_options, delivery_options, work

_log = structlog.get_logger(__name__)


async def main(settings: Settings, *, consumer: str | None = None) -> None:
    """Apply events until the process is told to stop."""
    await work(
        settings,
        stream=BILLING,
        handle=handle,
        delivery=delivery_options(settings),
        reading=consumer_options(settings),
        begins_ahead=lambda deps: deps.account_locks.next_write,
        consumer=consumer,
    )


async def handle(deps: Deps, event_ids: Sequence[EventId]) -> Sequence[Fault]:
    """Apply events; return those that failed by their own fault."""
    applied = await apply_recorded(deps, event_ids)
    _log.info("events_applied", applied=len(applied.entries), duplicates=applied.duplicates)
    return applied.faulty
