"""Reports of what lines came to: by rate of tax, and by coupon."""

from datetime import date
from typing import Annotated

import strawberry

from ciclo.domain.errors.general import BillingError
from ciclo.domain.money import exponent
from ciclo.domain.period import Period
from ciclo.store.reports import sold_lines
from graphql_schema.context import Info, Operator
from graphql_schema.types.pagination import bad_input
from graphql_schema.types.selling.tax import DiscountReportRow, TaxReportRow

Start = Annotated[date, strawberry.argument(description="The first day of issue, by the seller's calendar.")]
End = Annotated[date, strawberry.argument(description="The day after the last one.")]


@strawberry.type
class SellingReportQueries:
    """Reading what lines came to."""

    @strawberry.field(
        permission_classes=[Operator],
        description="Each rate of tax with a name: what lines that were issued had, and gave back.",
    )
    async def tax_report(
        self, info: Info, start: Start, end: End, currency: str = "BRL"
    ) -> list[TaxReportRow]:
        """Sum taxes."""
        deps, period = info.context.deps, _period(start, end, currency)
        rows = await sold_lines.sum_taxes(deps.store, currency, period, timezone=deps.policy.timezone)
        return [TaxReportRow.of(row, currency) for row in rows]

    @strawberry.field(
        permission_classes=[Operator], description="Each code: what it took off lines that were issued."
    )
    async def discount_report(
        self, info: Info, start: Start, end: End, currency: str = "BRL"
    ) -> list[DiscountReportRow]:
        """Sum discounts."""
        deps, period = info.context.deps, _period(start, end, currency)
        rows = await sold_lines.sum_discounts(deps.store, currency, period, timezone=deps.policy.timezone)
        return [DiscountReportRow.of(row, currency) for row in rows]


def _period(start: date, end: date, currency: str) -> Period:
    """Return the days of a report.

    Raises:
        GraphQLError: they are none, or the currency is none.
    """
    try:
        exponent(currency)
    except BillingError as error:
        raise bad_input(str(error)) from None
    if start >= end:
        raise bad_input("a report begins before it ends")
    return Period(start, end)
