"""Reading the billing clock."""

import strawberry

from graphql_schema.context import Info, SignedIn
from graphql_schema.types.clock import Clock


@strawberry.type
class ClockQueries:
    """Reading the clock."""

    @strawberry.field(permission_classes=[SignedIn], description="What the billing clock shows.")
    async def clock(self, info: Info) -> Clock:
        """Read the clock."""
        return Clock(now=info.context.now, sandbox=info.context.deps.settings.is_sandbox)
