"""Doing a request once: a repeat under the same key gets what the first one came to."""

from collections.abc import Awaitable, Callable, Sequence

from ciclo.actions.clock import wall_now
from ciclo.actions.deps import Deps
from ciclo.domain.errors import IdempotencyKeyReused
from ciclo.store.client import Document
from ciclo.store.idempotency import COLLECTION, Request, answer_document, find_answer
from ciclo.store.write import Duplicate

Also = Sequence[tuple[str, Document]]
Recorder = Callable[[str], Also]
"""From a result's id to the documents that record it as the answer to the request's key."""


async def once(
    deps: Deps,
    request: Request | None,
    act: Callable[[Recorder], Awaitable[str]],
) -> str:
    """Run *act* unless *request*'s key was answered within a day; return the id of what it came to.

    *act* inserts in its transaction what the recorder gives it, so that the answer is recorded exactly
    if the work is. A refusal is not recorded: it may be tried again under the same key.

    Raises:
        IdempotencyKeyReused: the key was used with another request.
    """
    if request is None:
        return await act(lambda _: ())
    asked = request

    def record(result_id: str) -> Also:
        return [answer_document(asked, result_id=result_id, now=wall_now())]

    answered = await _answer(deps, asked)
    if answered is not None:
        return answered
    try:
        return await act(record)
    except Duplicate as duplicate:
        # Two requests under one key ran side by side, and the other one was first.
        answered = await _answer(deps, asked) if duplicate.collection == COLLECTION else None
        if answered is None:
            raise
        return answered


async def _answer(deps: Deps, request: Request) -> str | None:
    known = await find_answer(deps.store, request, now=wall_now())
    if known is None:
        return None
    if known.fingerprint != request.fingerprint:
        raise IdempotencyKeyReused
    return known.result_id
