"""Revenue and cohorts: MRR by month, how it moved, and what that says of the business."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final, Self

import strawberry

from ciclo.domain.ids import PlanId
from ciclo.domain.metrics import cohorts as domain_cohorts
from ciclo.domain.metrics import revenue as domain
from ciclo.domain.metrics.customer_movements import MovementKind
from ciclo.domain.money import half_up
from graphql_schema.types.money import Money, to_money

RATIO_DIGITS: Final = 4
_RATIO: Final = 'A share as a decimal of four digits: "0.0213" is 2.13 %.'


@strawberry.type(
    description="How MRR moved, by what each customer's days did to it; every amount is positive or 0. "
    "startMrr + new + expansion + reactivation + resume - contraction - churn - pause = mrr, to the cent."
)
class MrrMovements:
    """Amounts by kind of movement."""

    new: Money = strawberry.field(description="Customers who never paid before.")
    expansion: Money = strawberry.field(description="Customers who stayed and pay more.")
    contraction: Money = strawberry.field(description="Customers who stayed and pay less.")
    churn: Money = strawberry.field(
        description="Customers whose last paying subscription ended, was suspended, or became free."
    )
    reactivation: Money = strawberry.field(
        description="Customers who came back, also from a suspension for not paying."
    )
    pause: Money = strawberry.field(description="Customers whose last paying subscription was paused.")
    resume: Money = strawberry.field(description="Customers who came back from a pause.")
    net: Money = strawberry.field(description="All together: mrr - startMrr, without a plan's transfers.")

    @classmethod
    def of(cls, moves: Mapping[MovementKind, int], currency: str) -> Self:
        """Return signed *moves* as the API shows them."""
        amounts = {kind: to_money(abs(moves.get(kind, 0)), currency) for kind in MovementKind}
        return cls(
            new=amounts[MovementKind.NEW],
            expansion=amounts[MovementKind.EXPANSION],
            contraction=amounts[MovementKind.CONTRACTION],
            churn=amounts[MovementKind.CHURN],
            reactivation=amounts[MovementKind.REACTIVATION],
            pause=amounts[MovementKind.PAUSE],
            resume=amounts[MovementKind.RESUME],
            net=to_money(sum(moves.values()), currency),
        )


@strawberry.type(
    description="A plan's part of a period. The sum over the plans is the total, figure by figure."
)
class PlanRevenue:
    """A plan's row."""

    plan_id: strawberry.ID
    plan_name: str
    start_mrr: Money
    mrr: Money = strawberry.field(description="At the end of the period.")
    movements: MrrMovements
    transfers: Money = strawberry.field(
        description="What it took over from other plans less what it lost to them, where customers "
        "changed; startMrr + movements.net + transfers = mrr. Over all plans it sums up to 0."
    )
    active_subscriptions: int = strawberry.field(description="Subscriptions that pay, at the end.")

    @classmethod
    def of(cls, plan: domain.PlanRevenue, name: str, currency: str) -> Self:
        """Return a plan's part as the API shows it."""
        return cls(
            plan_id=strawberry.ID(plan.plan_id),
            plan_name=name,
            start_mrr=to_money(plan.start, currency),
            mrr=to_money(plan.end, currency),
            movements=MrrMovements.of(plan.moves, currency),
            transfers=to_money(plan.transfers, currency),
            active_subscriptions=plan.subscriptions,
        )


@strawberry.type(
    description="All figures of a month, or of the whole window. A subscriber is a customer with MRR."
)
class RevenuePeriod:
    """A row of the report."""

    start_date: date
    end_date: date = strawberry.field(description="The last day that is counted.")
    start_mrr: Money
    mrr: Money = strawberry.field(description="Monthly recurring revenue at the end of the period.")
    arr: Money = strawberry.field(description="12 times mrr.")
    committed_mrr: Money | None = strawberry.field(
        description="mrr less what is set to end, to be paused or to shrink; null where the period is over."
    )
    movements: MrrMovements
    start_subscribers: int
    active_subscribers: int = strawberry.field(
        description="At the end: startSubscribers + new + reactivated + resumed - churned - paused."
    )
    new_subscribers: int
    churned_subscribers: int
    reactivated_subscribers: int
    paused_subscribers: int
    resumed_subscribers: int
    active_subscriptions: int = strawberry.field(description="Subscriptions that pay, at the end.")
    customer_churn: Decimal | None = strawberry.field(
        description=f"churnedSubscribers of startSubscribers; null if there were none. {_RATIO}"
    )
    gross_revenue_churn: Decimal | None = strawberry.field(
        description=f"Churn and contraction as a share of startMrr; null if that is 0. {_RATIO}"
    )
    net_revenue_churn: Decimal | None = strawberry.field(
        description="The same less expansion and reactivation: negative where those were more."
    )
    net_retention: Decimal | None = strawberry.field(description="1 - netRevenueChurn.")
    arpu: Money | None = strawberry.field(
        description="mrr of one of activeSubscribers; null if there are none."
    )
    ltv: Money | None = strawberry.field(
        description="ARPU divided by a month's customer churn; null where nobody churned."
    )
    trials_decided: int = strawberry.field(
        description="Trials that became paid service, or ended without it."
    )
    trials_converted: int = strawberry.field(description="Those that became paid service.")
    trial_conversion: Decimal | None = strawberry.field(
        description=f"trialsConverted of trialsDecided; null if there were none. {_RATIO}"
    )
    collected: Money = strawberry.field(description="Payments completed in the period, before any refund.")
    refunded: Money = strawberry.field(
        description="Refunds asked for in the period that came through. They never change MRR."
    )
    outstanding: Money = strawberry.field(
        description="Issued before the end of the period and neither paid, voided nor written off before it."
    )
    by_plan: list[PlanRevenue]

    @classmethod
    def of(cls, row: domain.Revenue, names: Mapping[PlanId, str], currency: str) -> Self:
        """Return a period's figures as the API shows them."""
        heads = {kind: row.customers.get(kind, 0) for kind in MovementKind}
        return cls(
            start_date=row.period.start,
            end_date=row.period.end - timedelta(days=1),
            start_mrr=to_money(row.start, currency),
            mrr=to_money(row.end, currency),
            arr=to_money(row.arr, currency),
            committed_mrr=None if row.committed is None else to_money(row.committed, currency),
            movements=MrrMovements.of(row.moves, currency),
            start_subscribers=row.subscribers_at_start,
            active_subscribers=row.subscribers,
            new_subscribers=heads[MovementKind.NEW],
            churned_subscribers=heads[MovementKind.CHURN],
            reactivated_subscribers=heads[MovementKind.REACTIVATION],
            paused_subscribers=heads[MovementKind.PAUSE],
            resumed_subscribers=heads[MovementKind.RESUME],
            active_subscriptions=row.subscriptions,
            customer_churn=_ratio(row.customer_churn),
            gross_revenue_churn=_ratio(row.gross_revenue_churn),
            net_revenue_churn=_ratio(row.net_revenue_churn),
            net_retention=_ratio(row.net_retention),
            arpu=None if row.arpu is None else to_money(row.arpu, currency),
            ltv=None if row.ltv is None else to_money(row.ltv, currency),
            trials_decided=row.cash.trials,
            trials_converted=row.cash.trials_converted,
            trial_conversion=_ratio(row.cash.trial_conversion),
            collected=to_money(row.cash.collected, currency),
            refunded=to_money(row.cash.refunded, currency),
            outstanding=to_money(row.cash.outstanding, currency),
            by_plan=[PlanRevenue.of(plan, names[plan.plan_id], currency) for plan in row.plans],
        )


@strawberry.type(
    description="Revenue by calendar month of the seller; the first and last are cut to the window."
)
class RevenueReport:
    """The report."""

    start_date: date
    end_date: date
    currency: str
    months: list[RevenuePeriod] = strawberry.field(description="In order; months to come are left out.")
    totals: RevenuePeriod = strawberry.field(description="The whole window as one period.")

    @classmethod
    def of(cls, report: domain.RevenueReport, names: Mapping[PlanId, str], currency: str) -> Self:
        """Return *report* as the API shows it."""
        return cls(
            start_date=report.total.period.start,
            end_date=report.total.period.end - timedelta(days=1),
            currency=currency,
            months=[RevenuePeriod.of(month, names, currency) for month in report.months],
            totals=RevenuePeriod.of(report.total, names, currency),
        )


@strawberry.type(description="What was left of a cohort at the end of a month.")
class CohortMonth:
    """A cell of the table."""

    offset: int = strawberry.field(description="Months since the cohort's own, which is 0.")
    month: date = strawberry.field(description="The first day of the month.")
    customers: int
    customer_retention: Decimal | None = strawberry.field(
        description=f"customers of the cohort's; null if it has none. {_RATIO}"
    )
    mrr: Money
    mrr_retention: Decimal | None = strawberry.field(
        description="mrr as a share of the cohort's; above 1 where customers pay more than they began with."
    )


@strawberry.type(description="The customers who first paid in one month.")
class Cohort:
    """A row of the table."""

    month: date = strawberry.field(description="The first day of the month.")
    customers: int
    mrr: Money = strawberry.field(description="MRR of their first days.")
    months: list[CohortMonth] = strawberry.field(description="The cohort's own month first.")

    @classmethod
    def of(cls, cohort: domain_cohorts.Cohort, currency: str) -> Self:
        """Return *cohort* as the API shows it."""
        return cls(
            month=cohort.month.start,
            customers=cohort.customers,
            mrr=to_money(cohort.mrr, currency),
            months=[
                CohortMonth(
                    offset=offset,
                    month=month.month.start,
                    customers=month.customers,
                    customer_retention=_ratio(month.customer_retention),
                    mrr=to_money(month.mrr, currency),
                    mrr_retention=_ratio(month.mrr_retention),
                )
                for offset, month in enumerate(cohort.retained)
            ],
        )


@strawberry.type(description="Retention by the month of the first paid subscription.")
class CohortReport:
    """The table."""

    currency: str
    cohorts: list[Cohort] = strawberry.field(
        description="One for each calendar month that the window touches, also those without customers."
    )


def _ratio(value: Fraction | None) -> Decimal | None:
    """Return *value* with RATIO_DIGITS digits, rounded half-up; None stays None."""
    if value is None:
        return None
    scaled = half_up(value.numerator * 10**RATIO_DIGITS, value.denominator)
    return Decimal(scaled).scaleb(-RATIO_DIGITS)
