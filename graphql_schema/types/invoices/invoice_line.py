"""Lines: what is charged or given back, and why it is this amount."""

from datetime import date
from typing import Self

import strawberry

from ciclo.domain import invoice as domain
from ciclo.domain.money import Money as DomainMoney
from ciclo.domain.period import Period as DomainPeriod
from graphql_schema.types.enums import LineKind
from graphql_schema.types.money import Money, to_money


@strawberry.type(description="Dates from start up to, and without, end.")
class Period:
    """A half-open period."""

    start: date
    end: date

    @classmethod
    def of(cls, period: DomainPeriod) -> Self:
        """Return *period* as the API shows it."""
        return cls(start=period.start, end=period.end)


@strawberry.type(
    description="How an amount came about: days / totalDays x unitPrice x quantity, rounded once."
)
class LineExplanation:
    """The factors of a line."""

    days: int
    total_days: int
    unit_price: Money
    quantity: int
    capped: bool = strawberry.field(
        description="A credit of all that was left to give back: less than the factors come to."
    )
    text: str = strawberry.field(description="The same in English.")


@strawberry.type(description="One charge or credit.")
class InvoiceLine:
    """A line."""

    kind: LineKind
    plan_id: strawberry.ID
    description: str = strawberry.field(description="The plan's name when it was billed.")
    quantity: int
    unit_price: Money
    amount: Money = strawberry.field(description="Without tax; negative for a credit.")
    tax: Money
    period: Period
    explanation: LineExplanation

    @classmethod
    def of(cls, line: domain.Line, currency: str) -> Self:
        """Return *line* as the API shows it."""
        unit_price = to_money(line.unit_price, currency)
        return cls(
            kind=line.kind,
            plan_id=strawberry.ID(line.plan_id),
            description=line.plan_name,
            quantity=line.quantity,
            unit_price=unit_price,
            amount=to_money(line.amount, currency),
            tax=to_money(line.tax, currency),
            period=Period.of(line.service),
            explanation=LineExplanation(
                days=line.days,
                total_days=line.total_days,
                unit_price=unit_price,
                quantity=line.quantity,
                capped=line.capped,
                text=_explained(line, currency),
            ),
        )


def _explained(line: domain.Line, currency: str) -> str:
    """Return the factors in words, such as "18 of 29 days x 29.90 BRL"."""
    price = f"{DomainMoney(line.unit_price, currency).to_decimal():f} {currency}"
    parts = [f"{line.days} of {line.total_days} days", price]
    if line.quantity != 1:
        parts.append(str(line.quantity))
    text = " x ".join(parts)
    if line.kind is domain.LineKind.CORRECTION:
        return f"{_left(line, currency)} of: {text}"
    if line.capped:
        text = f"{text}, but no more was left to give back than {_left(line, currency)}"
    return f"unused: {text}" if line.kind is domain.LineKind.UNUSED else text


def _left(line: domain.Line, currency: str) -> str:
    return f"{DomainMoney(-line.amount, currency).to_decimal():f} {currency}"
