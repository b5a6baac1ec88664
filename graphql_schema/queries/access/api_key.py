"""Reading API keys, for operators."""

import strawberry

from ciclo.store.access.api_keys import NEWEST_FIRST, count_keys, list_keys
from graphql_schema.context import Info, Operator
from graphql_schema.types.access.api_key import ApiKey
from graphql_schema.types.pagination import After, Connection, First, Listing, connect


@strawberry.type
class ApiKeyQueries:
    """Reading API keys."""

    @strawberry.field(
        permission_classes=[Operator], description="API keys, revoked ones too, the newest first."
    )
    async def api_keys(self, info: Info, first: First = None, after: After = None) -> Connection[ApiKey]:
        """List keys."""
        store = info.context.deps.store
        listing = Listing(
            name="apiKeys",
            order=NEWEST_FIRST,
            read=lambda key, size: list_keys(store, after=key, size=size),
            count=lambda: count_keys(store),
        )
        return await connect(info, listing, first=first, after=after, to_node=ApiKey.of)
