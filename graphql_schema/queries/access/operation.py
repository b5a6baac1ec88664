"""Reading the audit log, for operators."""

from datetime import datetime

import strawberry

from ciclo.store.access.audit_log import NEWEST_FIRST, AuditFilter, count_acts, list_acts
from graphql_schema.context import Info, Operator
from graphql_schema.types.access.operation import Operation
from graphql_schema.types.pagination import After, Connection, First, Listing, connect


@strawberry.input(description="Which acts to list; what is left out does not matter.")
class OperationFilter:
    """Conditions on acts."""

    actor: str | None = None
    action: str | None = None
    target: strawberry.ID | None = strawberry.field(
        default=None, description="The id of what it is about; of billing's events the subscription's."
    )
    from_: datetime | None = strawberry.field(default=None, name="from", description="From this instant on.")
    to: datetime | None = strawberry.field(default=None, description="Before this instant.")


@strawberry.type
class OperationQueries:
    """Reading the audit log."""

    @strawberry.field(
        permission_classes=[Operator],
        description="What people, keys and commands did, the newest first.",
    )
    async def audit_log(
        self,
        info: Info,
        filter: OperationFilter | None = None,  # noqa: A002 - the API's name
        first: First = None,
        after: After = None,
    ) -> Connection[Operation]:
        """List acts."""
        store, given = info.context.deps.store, filter or OperationFilter()
        chosen = AuditFilter(
            actor=given.actor, action=given.action, target=given.target, since=given.from_, until=given.to
        )
        listing = Listing(
            name="auditLog",
            order=NEWEST_FIRST,
            read=lambda key, size: list_acts(store, chosen, after=key, size=size),
            count=lambda: count_acts(store, chosen),
        )
        return await connect(info, listing, first=first, after=after, to_node=Operation.of)
