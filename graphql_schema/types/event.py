"""Events: their type."""

from datetime import datetime
from typing import Any, Self

import strawberry
from strawberry.scalars import JSON

from ciclo.domain.lifecycle.payments.reviews import possible_decisions
from ciclo.redaction import without_tokens
from ciclo.store.events.records import EventRecord
from graphql_schema.types.enums import EventSource, EventType, ReviewDecision


@strawberry.type(description="How a review was closed.")
class ReviewResolution:
    """A closed review."""

    decision: ReviewDecision
    by: str = strawberry.field(description="Who decided it, or by which event its cause ended.")
    at: datetime
    reason: str | None
    invoice_id: strawberry.ID | None = strawberry.field(description="What its money was booked for.")
    event_id: strawberry.ID | None = strawberry.field(description="The event that carries the decision out.")

    @classmethod
    def of(cls, resolution: dict[str, Any]) -> Self:
        """Return a *resolution* as the API shows it."""
        return cls(
            decision=ReviewDecision(resolution["decision"]),
            by=resolution["by"],
            at=resolution["at"],
            reason=resolution["reason"],
            invoice_id=resolution["invoice_id"],
            event_id=resolution["event_id"],
        )


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
    review: str | None = strawberry.field(description="Why a person has, or had, to look at it.")
    resolution: ReviewResolution | None = strawberry.field(
        description="How that was closed; null while it is open."
    )
    possible_decisions: list[ReviewDecision] = strawberry.field(
        description="What a person may decide of it; empty where there is nothing to decide, or no more."
    )
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
            resolution=ReviewResolution.of(record.resolution) if record.resolution else None,
            possible_decisions=_possible_decisions(record),
            tries=record.tries,
            last_error=record.last_error,
            dead=record.dead,
        )


def _possible_decisions(record: EventRecord) -> list[ReviewDecision]:
    """Return the decisions that a review allows, in the order of their names' declaration."""
    if record.review is None or record.resolution is not None:
        return []
    possible = possible_decisions(record.review, record.type)
    return [decision for decision in ReviewDecision if decision in possible]
