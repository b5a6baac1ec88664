"""Deciding about dead letters, for operators."""

import strawberry

from ciclo.actions.processing import dead_letters as actions
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.event import Event


@strawberry.input(description="Dead letters to put back to work.")
class ReplayDeadLettersInput:
    """Which."""

    ids: list[strawberry.ID]
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Dead letters to close without applying them; they stay in the record.")
class DiscardDeadLettersInput:
    """Which, and why."""

    ids: list[strawberry.ID]
    reason: str | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


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
            info.context.deps,
            input.ids,
            by=info.context.actor,
            request=request_of(info, input),
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
            info.context.deps,
            input.ids,
            by=info.context.actor,
            reason=input.reason,
            request=request_of(info, input),
        )
        return DiscardDeadLettersPayload(events=[Event.of(letter) for letter in letters])
