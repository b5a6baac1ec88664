"""Reading reports and the state of the consumer groups."""

from typing import Final

import strawberry

from ciclo.actions.processing.publish_events import STREAMS
from ciclo.store.events import due_faults
from ciclo.store.reports import subscriptions as reports
from ciclo.streams.status import groups
from graphql_schema.context import Info, Operator
from graphql_schema.types.report import ConsumerGroup, DueFault, SubscriptionReport

DUE_FAULTS_MAX: Final = 100
"""The longest held back are shown; so many at once have one cause."""


@strawberry.type
class ReportQueries:
    """Reading reports."""

    @strawberry.field(
        permission_classes=[Operator],
        description="Counts kept by the transactions that change them: the same cost for any number.",
    )
    async def subscription_report(self, info: Info) -> SubscriptionReport:
        """Count subscriptions."""
        return SubscriptionReport.of(await reports.subscription_report(info.context.deps.store))

    @strawberry.field(permission_classes=[Operator], description="The workers' groups and how far they are.")
    async def consumer_groups(self, info: Info) -> list[ConsumerGroup]:
        """Look at the consumer groups."""
        return [ConsumerGroup.of(state) for state in await groups(info.context.deps.streams, STREAMS)]

    @strawberry.field(
        permission_classes=[Operator],
        description="Subscriptions that the clock can't move on, the longest first, at most 100.",
    )
    async def due_faults(self, info: Info) -> list[DueFault]:
        """List what is held back."""
        found = await due_faults.find_due_faults(info.context.deps.store, faults_max=DUE_FAULTS_MAX)
        return [DueFault.of(fault) for fault in found]
