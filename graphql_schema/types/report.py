"""Reports and the state of the consumer groups: their types."""

from datetime import datetime
from typing import Self

import strawberry

from ciclo.store.events import due_faults
from ciclo.store.reports import subscriptions as reports
from ciclo.streams.status import GroupState
from graphql_schema.types.enums import SubscriptionStatus


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
