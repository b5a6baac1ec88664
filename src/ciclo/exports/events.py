"""Events as rows: all that happened, with its data as recorded."""

from typing import Final

from ciclo.exports.formats import Row
from ciclo.redaction import without_tokens
from ciclo.store.events.records import EventRecord

COLUMNS: Final = (
    "event_id",
    "type",
    "occurred_at",
    "recorded_at",
    "processed_at",
    "source",
    "actor",
    "subscription_id",
    "seq",
    "outcome",
    "review",
    "dead",
    "tries",
    "last_error",
    "data",
)


def event_row(record: EventRecord) -> Row:
    """Return *record* as the cells of COLUMNS; amounts within `data` are minor units, as recorded."""
    return (
        record.id,
        record.type.value,
        record.occurred_at,
        record.recorded_at,
        record.processed_at,
        record.source.value,
        record.actor,
        record.subscription_id,
        record.seq,
        record.outcome,
        record.review,
        record.dead,
        record.tries,
        record.last_error,
        without_tokens(record.data),
    )
