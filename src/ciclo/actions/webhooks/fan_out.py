"""Fan-out: of each message one delivery for each endpoint that is told of it, once."""

from collections.abc import Sequence

import structlog

from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.publish_events import publish_messages
from ciclo.domain.webhooks.endpoint import WebhookEndpoint
from ciclo.domain.webhooks.webhook_delivery import WebhookDelivery, delivery_id
from ciclo.store.webhooks.deliveries import add_deliveries
from ciclo.store.webhooks.endpoints import list_endpoints
from ciclo.store.webhooks.message_documents import RecordedMessage
from ciclo.store.webhooks.messages import (
    find_unannounced,
    find_waiting,
    mark_fanned_out,
    postpone_announcement,
)

_log = structlog.get_logger(__name__)


async def fan_out(deps: Deps, message_ids: Sequence[str]) -> int:
    """Begin the deliveries of those messages that have none yet; return how many messages it were.

    It may be done twice, by two workers at a time too: a delivery's id follows from message and endpoint.
    """
    messages = await find_waiting(deps.store, message_ids)
    if not messages:
        return 0
    endpoints = [endpoint for endpoint in await list_endpoints(deps.store) if endpoint.is_enabled]
    deliveries = [
        begin_delivery(deps, message, endpoint)
        for message in messages
        for endpoint in endpoints
        if is_told(endpoint, message)
    ]
    await add_deliveries(deps.store, deliveries)
    told = {delivery.message_id for delivery in deliveries}
    untold = [message.id for message in messages if message.id not in told]
    await mark_fanned_out(deps.store, list(told))
    await mark_fanned_out(deps.store, untold, untold=True)
    return len(messages)


def is_told(endpoint: WebhookEndpoint, message: RecordedMessage) -> bool:
    """Return whether an endpoint is told of a message: of none from before its time, or for another."""
    if message.endpoint_id is not None:
        return message.endpoint_id == endpoint.id
    return endpoint.wants(message.type) and endpoint.starts_at <= message.recorded_at


def begin_delivery(deps: Deps, message: RecordedMessage, endpoint: WebhookEndpoint) -> WebhookDelivery:
    """Return a message's delivery to an endpoint, to be made at once."""
    now = deps.wall()
    return WebhookDelivery(
        id=delivery_id(message.id, endpoint.id, at=message.occurred_at),
        message_id=message.id,
        endpoint_id=endpoint.id,
        type=message.type,
        object_id=message.object_id,
        sequence=message.sequence,
        place=message.place,
        created_at=now,
        began_at=now,
        next_at=now,
    )


async def announce_waiting(deps: Deps, *, messages_max: int) -> int:
    """Announce again what nobody has fanned out for long enough; return how many messages it were."""
    now = deps.wall()
    messages = await find_unannounced(deps.store, now=now, messages_max=messages_max)
    if messages and await publish_messages(deps, messages):
        await postpone_announcement(deps.store, [message_id for message_id, _ in messages], now=now)
        _log.info("messages_republished", messages=len(messages))
    return len(messages)
