"""Events: their type."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from ciclo.redaction import without_tokens
from ciclo.store.events.records import EventRecord
from graphql_schema.types.enums import EventSource, EventType


@strawberry.type(description="Something that happened to a subscription.")
class Event:
    """An event and what has become of it."""

    id: strawberry.ID
    type: EventType
    subscription_id: strawberry.ID
    data: JSON
    source: EventSource
    actor: str | None = strawberry.field(description="Who asked for it, where a person did.")
    occurred_at: datetime = strawberry.field(description="By the billing clock.")
    recorded_at: datetime
    processed: bool
    processed_at: datetime | None
    seq: int | None = strawberry.field(description="Its place in the subscription's history.")
    outcome: str | None = strawberry.field(description="What it did, or why it was ignored.")
    review: str | None = strawberry.field(description="Why a person has to look at it.")
    tries: int = strawberry.field(description="How often it failed by its own fault.")
    last_error: str | None
    dead: bool

    @classmethod
    def of(cls, record: EventRecord) -> Self:
        """Return *record* as the API shows it."""
        return cls(
            id=strawberry.ID(record.id),
            type=record.type,
            subscription_id=strawberry.ID(record.subscription_id),
            data=without_tokens(record.data),
            source=record.source,
            actor=record.actor,
            occurred_at=record.occurred_at,
            recorded_at=record.recorded_at,
            processed=record.processed,
            processed_at=record.processed_at,
            seq=record.seq,
            outcome=record.outcome,
            review=record.review,
            tries=record.tries,
            last_error=record.last_error,
            dead=record.dead,
        )
