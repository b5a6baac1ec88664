"""Events and dead letters: types, filters, queries and mutations for operators."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from ciclo.actions import dead_letters as actions
from ciclo.domain.ids import parse_id
from ciclo.exports.events import without_tokens
from ciclo.store.dead_letters import count_dead, list_dead
from ciclo.store.event_lists import NEWEST_FIRST, event_query, list_events
from ciclo.store.events import EventRecord
from ciclo.store.paging import count
from graphql_schema.context import Info, Operator
from graphql_schema.enums import EventSource, EventType
from graphql_schema.errors import USER_ERRORS, UserError, mutation
from graphql_schema.pagination import After, Connection, First, Listing, connect


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


@strawberry.input(description="Which events to list; what is left out does not matter.")
class EventFilter:
    """Conditions on events."""

    type: EventType | None = None
    processed: bool | None = None
    subscription_id: strawberry.ID | None = None
    needs_review: bool | None = strawberry.field(default=None, description="Marked for a person to look at.")


@strawberry.input(description="Dead letters to put back to work.")
class ReplayDeadLettersInput:
    """Which."""

    ids: list[strawberry.ID]


@strawberry.input(description="Dead letters to close without applying them; they stay in the record.")
class DiscardDeadLettersInput:
    """Which, and why."""

    ids: list[strawberry.ID]
    reason: str | None = None


@strawberry.type
class ReplayDeadLettersPayload:
    """What replayDeadLetters came to."""

    events: list[Event] = strawberry.field(default_factory=list)
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class DiscardDeadLettersPayload:
    """What discardDeadLetters came to."""

    events: list[Event] = strawberry.field(default_factory=list)
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class EventQueries:
    """Reading events."""

    @strawberry.field(permission_classes=[Operator], description="Events, the newest first.")
    async def events(
        self,
        info: Info,
        filter: EventFilter | None = None,  # noqa: A002 - the API's name
        first: First = None,
        after: After = None,
    ) -> Connection[Event]:
        """List events."""
        store, chosen = info.context.deps.store, filter or EventFilter()
        query = event_query(
            event_type=chosen.type,
            processed=chosen.processed,
            subscription_id=parse_id("sub", chosen.subscription_id) if chosen.subscription_id else None,
            needs_review=chosen.needs_review,
        )
        listing = Listing(
            name="events",
            order=NEWEST_FIRST,
            read=lambda key, size: list_events(store, query, after=key, size=size),
            count=lambda: count(store, "events", query),
        )
        return await connect(info, listing, first=first, after=after, to_node=Event.of)

    @strawberry.field(
        permission_classes=[Operator],
        description="Events that kept failing by their own fault, the newest first.",
    )
    async def dead_letters(self, info: Info, first: First = None, after: After = None) -> Connection[Event]:
        """List dead letters."""
        store = info.context.deps.store
        listing = Listing(
            name="deadLetters",
            order=NEWEST_FIRST,
            read=lambda key, size: list_dead(store, after=key, size=size),
            count=lambda: count_dead(store),
        )
        return await connect(info, listing, first=first, after=after, to_node=Event.of)


@strawberry.type
class EventMutations:
    """Deciding about dead letters."""

    @mutation(Operator, description="Put dead letters back to work.")
    async def replay_dead_letters(
        self,
        info: Info,
        input: ReplayDeadLettersInput,  # noqa: A002 - the API's name
    ) -> ReplayDeadLettersPayload:
        """Replay dead letters."""
        letters = await actions.replay_dead_letters(
            info.context.deps, input.ids, by=info.context.viewer.subject
        )
        return ReplayDeadLettersPayload(events=[Event.of(letter) for letter in letters])

    @mutation(Operator, description="Close dead letters without applying them.")
    async def discard_dead_letters(
        self,
        info: Info,
        input: DiscardDeadLettersInput,  # noqa: A002 - the API's name
    ) -> DiscardDeadLettersPayload:
        """Discard dead letters."""
        letters = await actions.discard_dead_letters(
            info.context.deps, input.ids, by=info.context.viewer.subject, reason=input.reason
        )
        return DiscardDeadLettersPayload(events=[Event.of(letter) for letter in letters])
