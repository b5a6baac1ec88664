"""Replays: what was delivered or missed is delivered again, under the same message id."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from ciclo.actions.access.operations import new_operation
from ciclo.actions.contention import retry_on_contention
from ciclo.actions.dependencies import Deps
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.webhooks.endpoints import get_endpoint
from ciclo.actions.webhooks.fan_out import begin_delivery, is_told
from ciclo.domain.errors.general import InvalidValue, LimitExceeded
from ciclo.domain.errors.webhooks import WebhookDeliveryNotFound, WebhookEndpointDisabled
from ciclo.domain.ids import parse_id
from ciclo.domain.webhooks.endpoint import WebhookEndpoint
from ciclo.domain.webhooks.webhook_delivery import WebhookDelivery, WebhookDeliveryState, delivery_id
from ciclo.store.idempotency import IdempotentRequest, store_answer
from ciclo.store.mongo.contention import Contention
from ciclo.store.webhooks.deliveries import add_deliveries, find_deliveries, replay_delivery
from ciclo.store.webhooks.message_documents import RecordedMessage
from ciclo.store.webhooks.messages import read_messages
from ciclo.viewer import Actor

REPLAYS_MAX: Final = 10_000
"""Deliveries of one request: who wants more asks for a part of the time."""

CHUNK_MAX: Final = 500
ACTION: Final = "redeliverWebhooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedRange:
    """What was recorded for one endpoint from *start* to before *end*; only what it never got, or all."""

    endpoint_id: str
    start: datetime
    end: datetime
    only_failed: bool = True


async def replay_deliveries(
    deps: Deps, delivery_ids: Sequence[str], *, by: Actor, request: IdempotentRequest | None = None
) -> int:
    """Have deliveries made again; return how many.

    Raises:
        MalformedId, WebhookDeliveryNotFound: there is no such delivery, or its endpoint is deleted.
        WebhookEndpointDisabled: nothing is sent to its endpoint.
        Conflict: it kept being changed.
    """

    async def act(answer_for: AnswerFor) -> int:
        ids = list(dict.fromkeys(parse_id("dlv", one) for one in delivery_ids))
        found = await find_deliveries(deps.store, ids)
        for id_ in ids:
            if id_ not in found:
                raise WebhookDeliveryNotFound(id_)
        for endpoint_id in {delivery.endpoint_id for delivery in found.values()}:
            _require_enabled(await get_endpoint(deps, endpoint_id))
        for delivery in found.values():
            await replay_once(deps, delivery)
        target = next(iter(found.values())).endpoint_id if found else ""
        operation = new_operation(deps, by, ACTION, target, after={"delivery_ids": ids})
        await store_answer(deps.store, answer_for(str(len(ids))), operation)
        return len(ids)

    return await run_once(deps, request, act, find=_count)


async def replay_missed(
    deps: Deps, missed: MissedRange, *, by: Actor, request: IdempotentRequest | None = None
) -> int:
    """Have an endpoint told what it missed; return how many deliveries that are.

    Nothing from before the endpoint's time is among it, and nothing that is being delivered anyway.

    Raises:
        WebhookEndpointNotFound, WebhookEndpointDisabled: there is nowhere to send it to.
        InvalidValue: the range ends before it starts.
        LimitExceeded: more than REPLAYS_MAX messages are in it; nothing was done.
        Conflict: one kept being changed.
    """
    if missed.end <= missed.start:
        raise InvalidValue("to is after from", field=("to",))

    async def act(answer_for: AnswerFor) -> int:
        endpoint = await get_endpoint(deps, missed.endpoint_id)
        _require_enabled(endpoint)
        messages = await _messages(deps, endpoint, missed)
        count = 0
        for start in range(0, len(messages), CHUNK_MAX):
            chunk = messages[start : start + CHUNK_MAX]
            count += await _replay_messages(deps, endpoint, chunk, only_failed=missed.only_failed)
        operation = new_operation(deps, by, ACTION, endpoint.id, after=asdict(missed) | {"count": count})
        await store_answer(deps.store, answer_for(str(count)), operation)
        return count

    return await run_once(deps, request, act, find=_count)


async def _messages(deps: Deps, endpoint: WebhookEndpoint, missed: MissedRange) -> list[RecordedMessage]:
    messages: list[RecordedMessage] = []
    async for message in read_messages(deps.store, endpoint.id, start=missed.start, end=missed.end):
        if not is_told(endpoint, message):
            continue
        if len(messages) >= REPLAYS_MAX:
            raise LimitExceeded(f"more than {REPLAYS_MAX} messages are in this range: choose a shorter one")
        messages.append(message)
    return messages


async def _replay_messages(
    deps: Deps, endpoint: WebhookEndpoint, messages: Sequence[RecordedMessage], *, only_failed: bool
) -> int:
    """Begin the deliveries that are missing, and those again that failed; return how many."""
    ids = {delivery_id(one.id, endpoint.id, at=one.occurred_at): one for one in messages}
    found = await find_deliveries(deps.store, list(ids))
    missing = [one for id_, one in ids.items() if id_ not in found]
    await add_deliveries(deps.store, [begin_delivery(deps, one, endpoint) for one in missing])
    again = [delivery for delivery in found.values() if _is_wanted(delivery, only_failed=only_failed)]
    for delivery in again:
        await replay_once(deps, delivery)
    return len(missing) + len(again)


def _is_wanted(delivery: WebhookDelivery, *, only_failed: bool) -> bool:
    return delivery.state is WebhookDeliveryState.FAILED or (
        delivery.state is WebhookDeliveryState.SUCCEEDED and not only_failed
    )


async def replay_once(deps: Deps, delivery: WebhookDelivery) -> None:
    """Have a delivery made again, unless another request has, and it waits or was tried since it was read."""
    tried = len(delivery.attempts)

    async def attempt() -> None:
        nonlocal delivery
        if await replay_delivery(deps.store, delivery, now=deps.wall()):
            return
        current = (await find_deliveries(deps.store, [delivery.id])).get(delivery.id)
        if current is None:
            raise WebhookDeliveryNotFound(delivery.id)
        if current.state is WebhookDeliveryState.PENDING or len(current.attempts) > tried:
            return
        delivery = current
        raise Contention(delivery.id)

    await retry_on_contention(attempt)


def _require_enabled(endpoint: WebhookEndpoint) -> None:
    if not endpoint.is_enabled:
        raise WebhookEndpointDisabled


async def _count(text: str) -> int:
    return int(text)
