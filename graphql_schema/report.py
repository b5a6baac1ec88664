"""Reports and the state of the consumer groups."""

from datetime import datetime
from typing import Final, Self

import strawberry

from ciclo.actions.publishing import STREAMS
from ciclo.store import due_faults, reports
from ciclo.streams.status import GroupState, groups
from graphql_schema.context import Info, Operator
from graphql_schema.enums import SubscriptionStatus


@strawberry.type(description="How many subscriptions are in one status.")
class StatusCount:
    """A count."""

    status: SubscriptionStatus
    count: int


@strawberry.type(description="How many subscriptions one plan has.")
class PlanReport:
    """A plan's row."""

    plan_id: strawberry.ID
    name: str
    active_subscriptions: int = strawberry.field(description="ACTIVE and PAST_DUE: with access, and billed.")
    by_status: list[StatusCount]


@strawberry.type(description="How many subscriptions there are; every plan has its row.")
class SubscriptionReport:
    """The report."""

    total_active: int = strawberry.field(description="ACTIVE and PAST_DUE.")
    total_cancelled: int
    plans: list[PlanReport]

    @classmethod
    def of(cls, report: reports.SubscriptionReport) -> Self:
        """Return *report* as the API shows it."""
        return cls(
            total_active=report.total_active,
            total_cancelled=report.total_cancelled,
            plans=[
                PlanReport(
                    plan_id=strawberry.ID(plan.plan_id),
                    name=plan.name,
                    active_subscriptions=plan.active,
                    by_status=[
                        StatusCount(status=status, count=plan.by_status[status])
                        for status in SubscriptionStatus
                    ],
                )
                for plan in report.plans
            ],
        )


@strawberry.type(description="A group of workers that share a stream.")
class ConsumerGroup:
    """A consumer group."""

    stream: str
    group: str
    lag: int | None = strawberry.field(description="Entries that nobody has taken yet.")
    pending: int = strawberry.field(description="Entries that somebody has taken and not finished.")
    consumers: int
    oldest_pending_idle_ms: int | None
    handled: int
    retried: int
    failed: int
    dead: int
    claimed: int

    @classmethod
    def of(cls, state: GroupState) -> Self:
        """Return *state* as the API shows it."""
        counted = state.statistics
        return cls(
            stream=state.stream,
            group=state.group,
            lag=state.lag,
            pending=state.pending,
            consumers=state.consumers,
            oldest_pending_idle_ms=state.oldest_pending_idle_ms,
            handled=counted.handled,
            retried=counted.retried,
            failed=counted.failed,
            dead=counted.dead,
            claimed=counted.claimed,
        )


DUE_FAULTS_MAX: Final = 100
"""The longest held back are shown; so many at once have one cause."""


@strawberry.type(description="A subscription whose due work keeps failing by its own fault: it is held back.")
class DueFault:
    """A subscription that is held back."""

    subscription_id: strawberry.ID
    error: str
    tries: int
    since: datetime = strawberry.field(description="When it failed first.")
    next_try_at: datetime

    @classmethod
    def of(cls, fault: due_faults.DueFault) -> Self:
        """Return *fault* as the API shows it."""
        return cls(
            subscription_id=strawberry.ID(fault.subscription_id),
            error=fault.error,
            tries=fault.tries,
            since=fault.first_at,
            next_try_at=fault.retry_at,
        )


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
