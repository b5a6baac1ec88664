"""Announcing work: stream entries for events and messages that wait in the database."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Final

from ciclo import tracing
from ciclo.actions.dependencies import Deps
from ciclo.domain.events.event import WORK_ORDERS
from ciclo.domain.ids import EventId
from ciclo.domain.period import local_date
from ciclo.streams.connection import StreamsUnavailable
from ciclo.streams.publisher import publish

BILLING: Final = "billing"
COLLECTION: Final = "collection"
DELIVERIES: Final = "deliveries"
STREAMS: Final = (BILLING, COLLECTION, DELIVERIES)
"""Each stream has one consumer group, of the same name."""

PUBLISH_MS_MAX: Final = 1_000


def stream_of(event_type: str) -> str:
    """Return the stream whose workers process events of this type."""
    return COLLECTION if event_type in WORK_ORDERS else BILLING


async def publish_events(
    deps: Deps, events: Iterable[tuple[str, str]], *, traces: Mapping[EventId, str | None] | None = None
) -> bool:
    """Publish (event id, type) pairs; return whether Redis took them all.

    What it did not take stays in the outbox, and the relay publishes it when Redis is back. *traces* are
    the contexts that events belong to, by id; where none is given it is that of the span that runs.
    """
    by_stream: dict[str, list[tuple[str, str]]] = {BILLING: [], COLLECTION: []}
    own, contexts = tracing.current(), {}
    for event_id, event_type in events:
        by_stream[stream_of(event_type)].append((event_id, event_type))
        context = (traces or {}).get(EventId(event_id)) or own
        if context:
            contexts[event_id] = context
    return await _publish(deps, by_stream, traces=contexts)


async def publish_messages(deps: Deps, messages: Sequence[tuple[str, str]]) -> bool:
    """Publish (message id, type) pairs; return whether Redis took them all. The relay publishes the rest."""
    return await _publish(deps, {DELIVERIES: messages})


async def _publish(
    deps: Deps,
    by_stream: Mapping[str, Sequence[tuple[str, str]]],
    *,
    traces: Mapping[str, str] = MappingProxyType({}),
) -> bool:
    try:
        for stream, entries in by_stream.items():
            await publish(deps.streams, stream, entries, timeout_ms=PUBLISH_MS_MAX, traces=traces)
    except StreamsUnavailable as error:
        deps.publication_put_off.count(times=_count(by_stream.values()), error=str(error))
        return False
    if any(by_stream.values()):
        deps.publication_put_off.end()
    return True


def _count(lists: Iterable[Sequence[object]]) -> int:
    return sum(len(entries) for entries in lists)


async def find_telling_day(deps: Deps) -> date | None:
    """Return the seller's date if anybody is told of what is committed now; None: no message is written."""
    age_ms_max = deps.settings.webhook_audience_ms
    if not await deps.audience.is_there(deps.store, now=deps.wall(), age_ms_max=age_ms_max):
        return None
    return local_date(await deps.clock.now(), deps.policy.timezone)
