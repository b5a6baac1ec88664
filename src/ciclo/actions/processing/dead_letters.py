"""Dead letters: back to work, or closed by a person who takes responsibility."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from ciclo.actions.access.operations import new_operation
from ciclo.actions.dependencies import Deps
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.processing.collection import answer_event, fact_without_answer
from ciclo.actions.processing.publish_events import publish_events
from ciclo.domain.errors.general import Conflict, DeadLetterNotFound, LimitExceeded
from ciclo.domain.free_text import validate_reason
from ciclo.domain.ids import EventId, parse_id
from ciclo.store.events.dead_letters import (
    Closing,
    close_dead_letters,
    find_dead,
    find_dead_orders,
    find_records,
    reopen_dead_letters,
)
from ciclo.store.events.records import EventRecord
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.mongo.contention import Contention
from ciclo.viewer import Actor

LETTERS_MAX: Final = 1_000
"""Dead letters of one request."""


async def replay_dead_letters(
    deps: Deps, ids: Sequence[str], *, by: Actor, request: IdempotentRequest | None = None
) -> list[EventRecord]:
    """Put dead events back to work, as often as somebody asks for it.

    Raises:
        MalformedId: one of *ids* is no event's id.
        LimitExceeded: there are more than LETTERS_MAX of them.
        DeadLetterNotFound: one of them is not dead; nothing was done.
    """

    async def act(answer_for: AnswerFor) -> list[EventRecord]:
        letters = await _dead(deps, ids)
        wanted = [letter.id for letter in letters]
        answer = answer_for(",".join(wanted))
        operations = [new_operation(deps, by, "replayDeadLetters", id_) for id_ in wanted]
        await reopen_dead_letters(
            deps.store, wanted, by=by.name, now=deps.wall(), operations=operations, answer=answer
        )
        await publish_events(deps, [(letter.id, letter.type) for letter in letters])
        return letters

    return await run_once(deps, request, act, find=partial(_find_all, deps))


async def discard_dead_letters(
    deps: Deps,
    ids: Sequence[str],
    *,
    by: Actor,
    reason: str | None,
    request: IdempotentRequest | None = None,
) -> list[EventRecord]:
    """Close dead events without applying them; they stay in the record, with who decided it and why.

    An order to a provider leaves the fact that nothing will be heard of it (rule 19).

    Raises:
        MalformedId, LimitExceeded, InvalidValue: an id or the reason is none, or they are too many.
        DeadLetterNotFound: one of them is not dead; nothing was done.
        Conflict: somebody else took one of them up just now; nothing was done.
    """
    reason = validate_reason(reason)

    async def act(answer_for: AnswerFor) -> list[EventRecord]:
        letters = await _dead(deps, ids)
        wanted = [letter.id for letter in letters]
        facts = [
            await answer_event(deps, order, fact)
            for order in await find_dead_orders(deps.store, wanted)
            if (fact := fact_without_answer(order.payload)) is not None
        ]
        operations = [
            new_operation(deps, by, "discardDeadLetters", id_, after={"reason": reason}) for id_ in wanted
        ]
        closing = Closing(
            by=by.name,
            reason=reason,
            facts=facts,
            operations=operations,
            answer=answer_for(",".join(wanted)),
        )
        try:
            await close_dead_letters(deps.store, wanted, closing, now=deps.wall())
        except Contention:
            raise Conflict from None
        await publish_events(deps, [(fact.id, fact.type) for fact in facts])
        return letters

    return await run_once(deps, request, act, find=partial(_find_all, deps))


async def _find_all(deps: Deps, ids: str) -> list[EventRecord]:
    """Return the events that an earlier request under the same key was about: *ids* with commas between."""
    return await find_records(deps.store, [EventId(id_) for id_ in ids.split(",") if id_])


async def _dead(deps: Deps, ids: Sequence[str]) -> list[EventRecord]:
    if len(ids) > LETTERS_MAX:
        raise LimitExceeded(f"at most {LETTERS_MAX} dead letters at a time", field=("ids",))
    wanted = [EventId(parse_id("evt", id_)) for id_ in dict.fromkeys(ids)]
    found = {letter.id: letter for letter in await find_dead(deps.store, wanted)}
    for event_id in wanted:
        if event_id not in found:
            raise DeadLetterNotFound(event_id)
    return [found[event_id] for event_id in wanted]
