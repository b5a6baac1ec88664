"""Reading webhook endpoints and their deliveries, for operators."""

import strawberry

from ciclo.domain.ids import parse_id
from ciclo.store.webhooks.endpoints import find_endpoint, list_endpoints
from graphql_schema.context import Info, Operator
from graphql_schema.types.webhook import WebhookEndpoint


@strawberry.type
class WebhookQueries:
    """Reading webhook endpoints."""

    @strawberry.field(permission_classes=[Operator], description="All of them, the oldest first; 20 at most.")
    async def webhook_endpoints(self, info: Info) -> list[WebhookEndpoint]:
        """List endpoints."""
        return [WebhookEndpoint.of(one) for one in await list_endpoints(info.context.deps.store)]

    @strawberry.field(permission_classes=[Operator], description="One of them, null if it is not there.")
    async def webhook_endpoint(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the API's name
    ) -> WebhookEndpoint | None:
        """Return an endpoint."""
        found = await find_endpoint(info.context.deps.store, parse_id("whe", id))
        return WebhookEndpoint.of(found) if found else None
