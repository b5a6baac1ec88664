"""Taxes: how a customer is taxed, and what rates came to."""

from typing import Self

import strawberry

from ciclo.domain.lines.tax_rate import TaxProfile as DomainProfile
from ciclo.store.reports.sold_lines import DiscountSum, TaxSum
from graphql_schema.types.money import Money, to_money


@strawberry.type(description="How a customer is taxed from the next line on.")
class TaxProfile:
    """A tax profile."""

    country: str | None = strawberry.field(description="Two letters; null: only rates for all countries.")
    exempt: bool

    @classmethod
    def of(cls, profile: DomainProfile) -> Self:
        """Return *profile* as the API shows it."""
        return cls(country=profile.country, exempt=profile.exempt)


@strawberry.type(description="What one rate came to on the lines of a period.")
class TaxReportRow:
    """A row by rate."""

    name: str
    basis_points: int
    inclusive: bool
    net: Money = strawberry.field(description="Of the charges, less their discounts.")
    tax: Money
    credited_net: Money = strawberry.field(description="Given back by credits and credit notes.")
    credited_tax: Money

    @classmethod
    def of(cls, row: TaxSum, currency: str) -> Self:
        """Return *row* as the API shows it."""
        return cls(
            name=row.rate.name,
            basis_points=row.rate.basis_points,
            inclusive=row.rate.inclusive,
            net=to_money(row.net, currency),
            tax=to_money(row.tax, currency),
            credited_net=to_money(row.credited_net, currency),
            credited_tax=to_money(row.credited_tax, currency),
        )


@strawberry.type(description="What was taken off by one code on the lines of a period.")
class DiscountReportRow:
    """A row by code."""

    code: str
    given: Money = strawberry.field(description="Off charges.")
    credited: Money = strawberry.field(description="Of that, what credits did not give back.")
    lines: int = strawberry.field(description="Charges that it was taken off.")

    @classmethod
    def of(cls, row: DiscountSum, currency: str) -> Self:
        """Return *row* as the API shows it."""
        return cls(
            code=row.code,
            given=to_money(row.given, currency),
            credited=to_money(row.credited, currency),
            lines=row.lines,
        )
