"""Changing webhook endpoints, and having them told again, for operators."""

from datetime import datetime

import strawberry

from ciclo.actions.webhooks import endpoints as actions
from ciclo.actions.webhooks.replays import MissedRange, replay_deliveries, replay_missed
from ciclo.actions.webhooks.try_out import send_test
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.webhooks.message import API_VERSION
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.enums import WebhookMessageType
from graphql_schema.types.webhook import WebhookEndpoint

SHOWN_ONCE = "Verify signatures by it. It is shown this once, and to a repeat under the same key."


@strawberry.input
class CreateWebhookEndpointInput:
    """A new endpoint."""

    url: str = strawberry.field(description="https, on port 443 or 8443; in the sandbox http too.")
    description: str = ""
    types: list[WebhookMessageType] = strawberry.field(
        default_factory=list, description="What it is told; empty: everything."
    )
    ordered: bool = strawberry.field(
        default=False, description="One object's messages come one after the other."
    )
    api_version: str = strawberry.field(
        default=API_VERSION, description="The shape of bodies that it understands, as a day."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="What to change; what is left out stays.")
class UpdateWebhookEndpointInput:
    """Changes of an endpoint."""

    endpoint_id: strawberry.ID
    url: str | None = None
    description: str | None = None
    types: list[WebhookMessageType] | None = None
    ordered: bool | None = None
    enabled: bool | None = strawberry.field(
        default=None, description="True also enables one that was disabled because it failed."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class DeleteWebhookEndpointInput:
    """Which endpoint to delete."""

    endpoint_id: strawberry.ID
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class RotateWebhookSecretInput:
    """Which endpoint's secret to replace."""

    endpoint_id: strawberry.ID
    overlap_hours: int = strawberry.field(
        default=24, description="How long the old secret signs beside the new one; 0 to 168."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class TestWebhookEndpointInput:
    """Which endpoint to try out."""

    endpoint_id: strawberry.ID
    type: WebhookMessageType
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Either deliveries by their ids, or what an endpoint missed in a time.")
class RedeliverWebhooksInput:
    """What to deliver again."""

    delivery_ids: list[strawberry.ID] | None = None
    endpoint_id: strawberry.ID | None = None
    start: datetime | None = strawberry.field(default=None, description="With endpointId: from when on.")
    end: datetime | None = strawberry.field(default=None, description="With endpointId: until before then.")
    only_failed: bool = strawberry.field(
        default=True, description="With endpointId: only what never arrived, or all."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class WebhookEndpointPayload:
    """What updateWebhookEndpoint came to."""

    endpoint: WebhookEndpoint | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class WebhookSecretPayload:
    """What createWebhookEndpoint or rotateWebhookSecret came to."""

    endpoint: WebhookEndpoint | None = None
    secret: str | None = strawberry.field(default=None, description=SHOWN_ONCE)
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class DeleteWebhookEndpointPayload:
    """What deleteWebhookEndpoint came to."""

    deleted_id: strawberry.ID | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class TestWebhookEndpointPayload:
    """What testWebhookEndpoint came to."""

    delivery_id: strawberry.ID | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class RedeliverWebhooksPayload:
    """What redeliverWebhooks came to."""

    count: int | None = strawberry.field(default=None, description="How many deliveries are made again.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class WebhookMutations:
    """Changing webhook endpoints."""

    @mutation(Operator, description="Tell an address of what happens from now on.")
    async def create_webhook_endpoint(
        self,
        info: Info,
        input: CreateWebhookEndpointInput,  # noqa: A002 - the API's name
    ) -> WebhookSecretPayload:
        """Create an endpoint."""
        draft = actions.EndpointDraft(
            url=input.url,
            description=input.description,
            types=input.types,
            ordered=input.ordered,
            api_version=input.api_version,
        )
        created = await actions.create_endpoint(
            info.context.deps, draft, by=info.context.actor, request=request_of(info, input)
        )
        return WebhookSecretPayload(endpoint=WebhookEndpoint.of(created.endpoint), secret=created.secret)

    @mutation(Operator, description="Change an endpoint, disable it or enable it.")
    async def update_webhook_endpoint(
        self,
        info: Info,
        input: UpdateWebhookEndpointInput,  # noqa: A002 - the API's name
    ) -> WebhookEndpointPayload:
        """Change an endpoint."""
        edit = actions.EndpointEdit(
            url=input.url,
            description=input.description,
            types=None if input.types is None else tuple(input.types),
            ordered=input.ordered,
            enabled=input.enabled,
        )
        endpoint = await actions.update_endpoint(
            info.context.deps, input.endpoint_id, edit, by=info.context.actor, request=request_of(info, input)
        )
        return WebhookEndpointPayload(endpoint=WebhookEndpoint.of(endpoint))

    @mutation(Operator, description="Tell an endpoint nothing any more; what it was told stays in the log.")
    async def delete_webhook_endpoint(
        self,
        info: Info,
        input: DeleteWebhookEndpointInput,  # noqa: A002 - the API's name
    ) -> DeleteWebhookEndpointPayload:
        """Delete an endpoint."""
        deleted = await actions.delete_endpoint(
            info.context.deps, input.endpoint_id, by=info.context.actor, request=request_of(info, input)
        )
        return DeleteWebhookEndpointPayload(deleted_id=strawberry.ID(deleted))

    @mutation(Operator, description="Give an endpoint a new secret; for a while both sign.")
    async def rotate_webhook_secret(
        self,
        info: Info,
        input: RotateWebhookSecretInput,  # noqa: A002 - the API's name
    ) -> WebhookSecretPayload:
        """Rotate a secret."""
        rotated = await actions.rotate_endpoint_secret(
            info.context.deps,
            input.endpoint_id,
            overlap_hours=input.overlap_hours,
            by=info.context.actor,
            request=request_of(info, input),
        )
        return WebhookSecretPayload(endpoint=WebhookEndpoint.of(rotated.endpoint), secret=rotated.secret)

    @mutation(Operator, description="Send a made-up message, marked as a test, to one endpoint.")
    async def test_webhook_endpoint(
        self,
        info: Info,
        input: TestWebhookEndpointInput,  # noqa: A002 - the API's name
    ) -> TestWebhookEndpointPayload:
        """Try an endpoint out."""
        sent = await send_test(
            info.context.deps,
            input.endpoint_id,
            input.type,
            by=info.context.actor,
            request=request_of(info, input),
        )
        return TestWebhookEndpointPayload(delivery_id=strawberry.ID(sent))

    @mutation(Operator, description="Deliver again, under the same message ids; 10,000 at most.")
    async def redeliver_webhooks(
        self,
        info: Info,
        input: RedeliverWebhooksInput,  # noqa: A002 - the API's name
    ) -> RedeliverWebhooksPayload:
        """Deliver again."""
        deps, request = info.context.deps, request_of(info, input)
        if input.delivery_ids is not None:
            count = await replay_deliveries(deps, input.delivery_ids, by=info.context.actor, request=request)
        else:
            count = await replay_missed(deps, _range(input), by=info.context.actor, request=request)
        return RedeliverWebhooksPayload(count=count)


def _range(input_: RedeliverWebhooksInput) -> MissedRange:
    """Return the time and endpoint of which something is delivered again.

    Raises:
        InvalidValue: they are not all there.
    """
    if input_.endpoint_id is None or input_.start is None or input_.end is None:
        raise InvalidValue("name deliveries, or an endpoint with start and end", field=("delivery_ids",))
    return MissedRange(
        endpoint_id=input_.endpoint_id, start=input_.start, end=input_.end, only_failed=input_.only_failed
    )
