"""Reading approvals, for operators."""

import strawberry

from ciclo.store.access.approvals import NEWEST_FIRST, approval_query, count_approvals, list_approvals
from graphql_schema.context import Info, Operator
from graphql_schema.types.access.approval import Approval
from graphql_schema.types.pagination import After, Connection, First, Listing, connect


@strawberry.input(description="Which approvals to list; what is left out does not matter.")
class ApprovalFilter:
    """Conditions on approvals."""

    waiting: bool | None = None


@strawberry.type
class ApprovalQueries:
    """Reading approvals."""

    @strawberry.field(
        permission_classes=[Operator],
        description="What was asked for and needs, or had, a second person; the newest first.",
    )
    async def approvals(
        self,
        info: Info,
        filter: ApprovalFilter | None = None,  # noqa: A002 - the API's name
        first: First = None,
        after: After = None,
    ) -> Connection[Approval]:
        """List approvals."""
        deps = info.context.deps
        now = deps.wall()
        query = approval_query(waiting=filter.waiting if filter else None, now=now)
        listing = Listing(
            name="approvals",
            order=NEWEST_FIRST,
            read=lambda key, size: list_approvals(deps.store, query, after=key, size=size),
            count=lambda: count_approvals(deps.store, query),
        )
        return await connect(
            info, listing, first=first, after=after, to_node=lambda approval: Approval.of(approval, now)
        )
