"""Reading revenue and cohorts."""

from datetime import date
from typing import Final

import strawberry

from ciclo.actions import reports
from ciclo.domain.period import Period, day_after
from ciclo.store.plans import find_plans
from graphql_schema.context import Info, Operator
from graphql_schema.types.report import ExpectedCash
from graphql_schema.types.revenue import Cohort, CohortReport, RevenueReport

DAYS_AHEAD: Final = 30


@strawberry.type
class RevenueQueries:
    """Reading revenue."""

    @strawberry.field(
        permission_classes=[Operator],
        description="Revenue by month, from startDate to endDate, both included, 60 months at most. "
        "Without a currency: the seller's own.",
    )
    async def revenue_report(
        self, info: Info, start_date: date, end_date: date, currency: str | None = None
    ) -> RevenueReport:
        """Report revenue."""
        deps = info.context.deps
        chosen = currency or deps.settings.currency
        report = await reports.load_revenue_report(
            deps, window=Period(start_date, day_after(end_date)), currency=chosen
        )
        plans = await find_plans(deps.store, {plan.plan_id for plan in report.total.plans})
        return RevenueReport.of(report, {plan.id: plan.name for plan in plans.values()}, chosen)

    @strawberry.field(
        permission_classes=[Operator],
        description="Cohorts of the calendar months that the window touches, from startDate to "
        "endDate, both included, 60 months at most. Without a currency: the seller's own.",
    )
    async def cohort_report(
        self, info: Info, start_date: date, end_date: date, currency: str | None = None
    ) -> CohortReport:
        """Report retention."""
        deps = info.context.deps
        chosen = currency or deps.settings.currency
        found = await reports.load_cohorts(
            deps, window=Period(start_date, day_after(end_date)), currency=chosen
        )
        return CohortReport(currency=chosen, cohorts=[Cohort.of(cohort, chosen) for cohort in found])

    @strawberry.field(
        permission_classes=[Operator],
        description="What is to come from today on, day by day, 92 days at most, if everybody pays on the "
        "day; what is late is told beside it. Without a currency: the seller's own.",
    )
    async def expected_cash(
        self, info: Info, days: int = DAYS_AHEAD, currency: str | None = None
    ) -> ExpectedCash:
        """Report what is expected."""
        deps = info.context.deps
        chosen = currency or deps.settings.currency
        today, found = await reports.load_expected_cash(deps, days=days, currency=chosen)
        return ExpectedCash.of(found, today=today, days=days, currency=chosen)
