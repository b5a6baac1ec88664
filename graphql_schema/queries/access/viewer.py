"""Reading who one is."""

import strawberry

from graphql_schema.context import Info, SignedIn
from graphql_schema.types.access.viewer import Viewer


@strawberry.type
class ViewerQueries:
    """Reading who one is."""

    @strawberry.field(permission_classes=[SignedIn], description="Who asks, and what they may.")
    async def me(self, info: Info) -> Viewer:
        """Return the viewer."""
        return Viewer.of(info.context.viewer)
