"""Trying an endpoint out: a test message, signed and delivered like any other, to that endpoint alone."""

from ciclo.actions.access.operations import new_operation
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.webhooks.endpoints import get_endpoint
from ciclo.actions.webhooks.fan_out import fan_out
from ciclo.domain.errors.webhooks import WebhookEndpointDisabled
from ciclo.domain.ids import MessageId
from ciclo.domain.webhooks.endpoint import WebhookEndpoint
from ciclo.domain.webhooks.message import MessageType
from ciclo.domain.webhooks.samples import SAMPLE_CUSTOMER, sample
from ciclo.domain.webhooks.webhook_delivery import delivery_id
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.webhooks.message_documents import RecordedMessage, body_of
from ciclo.store.webhooks.messages import add_message
from ciclo.viewer import Actor


async def send_test(
    deps: Deps,
    endpoint_id: str,
    type_: MessageType,
    *,
    by: Actor,
    request: IdempotentRequest | None = None,
) -> str:
    """Send a made-up message of this type to an endpoint, whatever it is told else; return its delivery's id.

    Raises:
        WebhookEndpointNotFound, WebhookEndpointDisabled: there is nowhere to send it to.
    """

    async def act(answer_for: AnswerFor) -> str:
        endpoint = await get_endpoint(deps, endpoint_id)
        if not endpoint.is_enabled:
            raise WebhookEndpointDisabled
        message = _test_message(deps, endpoint, type_)
        id_ = delivery_id(message.id, endpoint.id, at=message.occurred_at)
        operation = new_operation(
            deps, by, "testWebhookEndpoint", endpoint.id, after={"type": type_.value, "delivery_id": id_}
        )
        await add_message(deps.store, message, operation, answer=answer_for(id_))
        # Here and now, so that whoever asked can follow the delivery.
        await fan_out(deps, [message.id])
        return id_

    async def find(id_: str) -> str:
        return id_

    return await run_once(deps, request, act, find=find)


def _test_message(deps: Deps, endpoint: WebhookEndpoint, type_: MessageType) -> RecordedMessage:
    now, shown = deps.wall(), sample(type_)
    return RecordedMessage(
        id=MessageId(generate_id("msg", now)),
        type=type_,
        object_id=str(shown["id"]),
        sequence=0,
        place=0,
        occurred_at=now,
        recorded_at=now,
        event_id=None,
        endpoint_id=endpoint.id,
        body=body_of(type_, shown, at=now, sequence=0, customer=SAMPLE_CUSTOMER, test=True),
    )
