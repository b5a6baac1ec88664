"""Reading members, for operators."""

import strawberry

from ciclo.store.access.members import NEWEST_FIRST, count_members, list_members
from graphql_schema.context import Info, Operator
from graphql_schema.types.access.member import Member
from graphql_schema.types.pagination import After, Connection, First, Listing, connect


@strawberry.type
class MemberQueries:
    """Reading members."""

    @strawberry.field(
        permission_classes=[Operator], description="Who works for the seller, the newest first."
    )
    async def members(self, info: Info, first: First = None, after: After = None) -> Connection[Member]:
        """List members."""
        store = info.context.deps.store
        listing = Listing(
            name="members",
            order=NEWEST_FIRST,
            read=lambda key, size: list_members(store, after=key, size=size),
            count=lambda: count_members(store),
        )
        return await connect(info, listing, first=first, after=after, to_node=Member.of)
