"""Doing a request once: a repeat under the same key gets what the first one came to."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from ciclo.actions.dependencies import Deps
from ciclo.domain.errors.general import IdempotencyKeyReused
from ciclo.store.idempotency import Answer, IdempotentRequest, answer_of, find_answer, is_answered
from ciclo.store.mongo.bulk_write import DuplicateKey

Result = TypeVar("Result")

AnswerFor = Callable[[str], Answer | None]
"""From a result's id to what records it as the answer to the request's key; None without a key."""


async def run_once(
    deps: Deps,
    request: IdempotentRequest | None,
    act: Callable[[AnswerFor], Awaitable[Result]],
    *,
    find: Callable[[str], Awaitable[Result]],
) -> Result:
    """Return what *act* comes to; if *request*'s key was answered within a day, what *find* finds by its id.

    *act* commits the answer with its work, so that the answer is recorded exactly if the work is. A
    refusal is not recorded: it may be tried again under the same key.

    Raises:
        IdempotencyKeyReused: the key was used with another request.
        Exception: whatever *act* or *find* raises.
    """
    if request is None:
        return await act(lambda _: None)
    asked = request
    result_id = await _answered(deps, asked)
    if result_id is not None:
        return await find(result_id)
    try:
        return await act(lambda id_: answer_of(asked, result_id=id_, now=deps.wall()))
    except DuplicateKey as duplicate:
        # Two requests under one key ran side by side, and the other one was first.
        result_id = await _answered(deps, asked) if is_answered(duplicate) else None
        if result_id is None:
            raise
        return await find(result_id)


async def _answered(deps: Deps, request: IdempotentRequest) -> str | None:
    """Return the id of what an earlier request under the key came to."""
    answer = await find_answer(deps.store, request, now=deps.wall())
    if answer is None:
        return None
    if answer.fingerprint != request.fingerprint:
        raise IdempotencyKeyReused
    return answer.result_id
