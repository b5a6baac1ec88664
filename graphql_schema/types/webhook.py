"""Webhook endpoints, what they are told, and the log of it: their types."""

from datetime import datetime, timedelta
from typing import Self

import strawberry

from ciclo.domain.ids import WebhookEndpointId
from ciclo.domain.webhooks import endpoint as domain_endpoint
from ciclo.domain.webhooks import webhook_delivery as domain_delivery
from ciclo.store.mongo.paging import count_documents
from ciclo.store.webhooks.deliveries import DELIVERIES
from ciclo.store.webhooks.delivery_log import (
    NEWEST_FIRST,
    DeliveryCounts,
    count_deliveries,
    delivery_query,
    list_deliveries,
)
from ciclo.store.webhooks.message_documents import RecordedMessage
from ciclo.store.webhooks.messages import find_messages
from graphql_schema.context import Info
from graphql_schema.types.enums import (
    WebhookDeliveryState,
    WebhookDisableReason,
    WebhookFailure,
    WebhookMessageType,
)
from graphql_schema.types.pagination import After, Connection, First, Listing, bad_input, connect

HOURS_MAX = 720
"""As far back as the log goes."""


@strawberry.type(
    description="What an endpoint is told: an object as a commit left it. Its body never changes."
)
class WebhookMessage:
    """A message."""

    id: strawberry.ID = strawberry.field(description="The header webhook-id, the same in every delivery.")
    type: WebhookMessageType
    object_id: strawberry.ID = strawberry.field(description="The object that it shows.")
    sequence: int = strawberry.field(
        description="Of two messages about one object the higher one shows the later state."
    )
    occurred_at: datetime = strawberry.field(description="By the billing clock.")
    body: str = strawberry.field(description="JSON, to the byte as it is posted.")

    @classmethod
    def of(cls, message: RecordedMessage) -> Self:
        """Return *message* as the API shows it."""
        return cls(
            id=strawberry.ID(message.id),
            type=message.type,
            object_id=strawberry.ID(message.object_id),
            sequence=message.sequence,
            occurred_at=message.occurred_at,
            body=message.body,
        )


@strawberry.type(description="One try to deliver.")
class WebhookAttempt:
    """An attempt."""

    at: datetime
    ms: int = strawberry.field(description="How long it took.")
    status: int | None = strawberry.field(description="The HTTP status of the answer, if there was one.")
    failure: WebhookFailure | None = strawberry.field(description="Null: it was delivered.")
    answer: str = strawberry.field(description="The beginning of the answer, or what went wrong.")


@strawberry.type(description="One message to one endpoint.")
class WebhookDelivery:
    """A delivery."""

    id: strawberry.ID
    endpoint_id: strawberry.ID
    message_id: strawberry.ID
    type: WebhookMessageType
    object_id: strawberry.ID
    state: WebhookDeliveryState
    attempts: list[WebhookAttempt] = strawberry.field(
        description="The oldest first, those of earlier replays too."
    )
    next_attempt_at: datetime | None
    created_at: datetime

    @strawberry.field(description="What is delivered; null once it is older than what is kept.")
    async def message(self, info: Info) -> WebhookMessage | None:
        """Fetch the message."""
        found = await find_messages(info.context.deps.store, [self.message_id])
        return next(map(WebhookMessage.of, found.values()), None)

    @classmethod
    def of(cls, delivery: domain_delivery.WebhookDelivery) -> Self:
        """Return *delivery* as the API shows it."""
        return cls(
            id=strawberry.ID(delivery.id),
            endpoint_id=strawberry.ID(delivery.endpoint_id),
            message_id=strawberry.ID(delivery.message_id),
            type=delivery.type,
            object_id=strawberry.ID(delivery.object_id),
            state=delivery.state,
            attempts=[
                WebhookAttempt(
                    at=one.at, ms=one.ms, status=one.status, failure=one.failure, answer=one.answer
                )
                for one in delivery.attempts
            ],
            next_attempt_at=delivery.next_at,
            created_at=delivery.created_at,
        )


@strawberry.type(description="How the deliveries of some hours went.")
class WebhookDeliveryStats:
    """Counts."""

    succeeded: int
    failed: int
    pending: int
    mean_ms: int | None = strawberry.field(description="Of those that succeeded.")

    @classmethod
    def of(cls, counts: DeliveryCounts) -> Self:
        """Return *counts* as the API shows them."""
        return cls(
            succeeded=counts.succeeded, failed=counts.failed, pending=counts.pending, mean_ms=counts.ms
        )


@strawberry.input(description="Which deliveries to list; what is left out does not matter.")
class WebhookDeliveryFilter:
    """Conditions on deliveries."""

    state: WebhookDeliveryState | None = None
    type: WebhookMessageType | None = None
    object_id: strawberry.ID | None = strawberry.field(default=None, description="Such as an invoice's id.")
    message_id: strawberry.ID | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


@strawberry.type(description="Where a seller's own system is told of what happens.")
class WebhookEndpoint:
    """An endpoint."""

    id: strawberry.ID
    url: str
    description: str
    types: list[WebhookMessageType] = strawberry.field(description="What it is told; empty: everything.")
    ordered: bool = strawberry.field(
        description="One object's messages come one after the other: each waits for the one before it, "
        "for a day at most."
    )
    api_version: str = strawberry.field(description="The shape of the bodies that it is sent, as a day.")
    enabled: bool
    disabled_at: datetime | None
    disable_reason: WebhookDisableReason | None
    failing_since: datetime | None = strawberry.field(
        description="The first failure since the last success; after five days of it nothing is sent."
    )
    secret_hint: str = strawberry.field(description="The end of the secret that signs.")
    created_at: datetime
    starts_at: datetime = strawberry.field(description="It is told what was recorded from then on.")

    @classmethod
    def of(cls, endpoint: domain_endpoint.WebhookEndpoint) -> Self:
        """Return *endpoint* as the API shows it."""
        return cls(
            id=strawberry.ID(endpoint.id),
            url=endpoint.url,
            description=endpoint.description,
            types=list(endpoint.types),
            ordered=endpoint.ordered,
            api_version=endpoint.api_version,
            enabled=endpoint.is_enabled,
            disabled_at=endpoint.disabled_at,
            disable_reason=endpoint.disable_reason,
            failing_since=endpoint.failing_since,
            secret_hint=endpoint.secret_hint,
            created_at=endpoint.created_at,
            starts_at=endpoint.starts_at,
        )

    @strawberry.field(description="How its deliveries of the last hours went.")
    async def stats(self, info: Info, hours: int = 24) -> WebhookDeliveryStats:
        """Count deliveries."""
        if not 1 <= hours <= HOURS_MAX:
            raise bad_input(f"hours must be between 1 and {HOURS_MAX}")
        deps = info.context.deps
        since = deps.wall() - timedelta(hours=hours)
        counts = await count_deliveries(deps.store, WebhookEndpointId(self.id), since=since)
        return WebhookDeliveryStats.of(counts)

    @strawberry.field(description="Its deliveries of the last 30 days, the newest first.")
    async def deliveries(
        self,
        info: Info,
        filter: WebhookDeliveryFilter | None = None,  # noqa: A002 - the API's name
        first: First = None,
        after: After = None,
    ) -> Connection[WebhookDelivery]:
        """List deliveries."""
        store, chosen = info.context.deps.store, filter or WebhookDeliveryFilter()
        query = delivery_query(
            endpoint_id=self.id,
            state=chosen.state,
            type_=chosen.type,
            object_id=chosen.object_id,
            message_id=chosen.message_id,
            created_from=chosen.created_from,
            created_before=chosen.created_before,
        )
        listing = Listing(
            name="webhookDeliveries",
            order=NEWEST_FIRST,
            read=lambda key, size: list_deliveries(store, query, after=key, size=size),
            count=lambda: count_documents(store, DELIVERIES, query),
        )
        return await connect(info, listing, first=first, after=after, to_node=WebhookDelivery.of)
