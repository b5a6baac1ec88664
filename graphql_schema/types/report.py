"""Reports and the state of the consumer groups: their types."""

from datetime import date, datetime, timedelta
from typing import Self

import strawberry

from ciclo.store.events import due_faults
from ciclo.store.reports import expected_cash
from ciclo.store.reports import subscriptions as reports
from ciclo.streams.status import GroupState
from graphql_schema.types.enums import SubscriptionStatus
from graphql_schema.types.money import Money, to_money


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


@strawberry.type(description="What is expected on one day.")
class ExpectedDay:
    """A day's row."""

    date: date
    due: Money = strawberry.field(description="Of invoices that are open and due, and not late.")
    renewals: Money = strawberry.field(
        description="Periods that begin: at the agreed price, before discounts, taxes and credit."
    )


@strawberry.type(description="Cash to come, if everybody pays on the day.")
class ExpectedCash:
    """The report."""

    start_date: date = strawberry.field(description="Today, the seller's.")
    end_date: date = strawberry.field(description="The last day that is counted.")
    currency: str
    late: Money = strawberry.field(description="Should have come already: beside what the days bring.")
    late_invoices: int
    due: Money = strawberry.field(description="Of all days.")
    renewals: Money = strawberry.field(description="Of all days.")
    days: list[ExpectedDay] = strawberry.field(description="Each day, in order.")

    @classmethod
    def of(cls, found: expected_cash.ExpectedCash, *, today: date, days: int, currency: str) -> Self:
        """Return what is expected as the API shows it."""
        each = [today + timedelta(days=ahead) for ahead in range(days)]
        return cls(
            start_date=today,
            end_date=each[-1],
            currency=currency,
            late=to_money(found.late, currency),
            late_invoices=found.late_invoices,
            due=to_money(sum(found.due.values()), currency),
            renewals=to_money(sum(found.renewals.values()), currency),
            days=[
                ExpectedDay(
                    date=day,
                    due=to_money(found.due.get(day, 0), currency),
                    renewals=to_money(found.renewals.get(day, 0), currency),
                )
                for day in each
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
