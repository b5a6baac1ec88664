"""Lines: what is charged or given back, and why it is this amount."""

from datetime import date
from typing import Self

import strawberry

from ciclo.documents.line_text import explain_discount, explain_line, tax_text
from ciclo.domain import invoice as domain
from ciclo.domain.lines.line_discount import LineDiscount as DomainLineDiscount
from ciclo.domain.lines.line_taxes import taxes_of
from ciclo.domain.lines.tax_rate import LineTax as DomainLineTax
from ciclo.domain.lines.tax_rate import TaxRate
from ciclo.domain.period import Period as DomainPeriod
from graphql_schema.types.enums import Language, LineKind
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
    description=(
        "How an amount came about: days / totalDays x unitPrice x quantity, rounded once, less discounts. "
        "An item has no days: then both are 0, and it is unitPrice x quantity."
    )
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
    line: strawberry.Private[domain.Line]
    currency: strawberry.Private[str]

    @strawberry.field(
        description="The same in words; they add up to the net. Dated: with its days' dates, as on the PDF."
    )
    def text(self, language: Language = Language.ENGLISH, *, dated: bool = False) -> str:
        """Explain the line."""
        return explain_line(self.line, self.currency, language, dated=dated)


@strawberry.type(description="What a coupon takes off a line; negative on a credit.")
class LineDiscount:
    """A discount of a line."""

    discount_id: strawberry.ID
    code: str
    amount: Money
    explanation: str

    @classmethod
    def of(cls, discount: DomainLineDiscount, currency: str) -> Self:
        """Return *discount* as the API shows it."""
        return cls(
            discount_id=strawberry.ID(discount.id),
            code=discount.code,
            amount=to_money(discount.amount, currency),
            explanation=explain_discount(discount, currency, Language.ENGLISH),
        )


@strawberry.type(description="What one rate of tax comes to on a line; negative on a credit.")
class LineTax:
    """A tax of a line."""

    name: str | None = strawberry.field(description="Null for the seller's one rate without a name.")
    basis_points: int
    inclusive: bool = strawberry.field(description="Within the net; else on top of it.")
    amount: Money
    rate: strawberry.Private[TaxRate]

    @strawberry.field(description="What it is called, as on the PDF.")
    def text(self, language: Language = Language.ENGLISH) -> str:
        """Return its name, its rate, and whether the price has it within."""
        return tax_text(self.rate, language)

    @classmethod
    def of(cls, tax: DomainLineTax, currency: str) -> Self:
        """Return *tax* as the API shows it."""
        rate = tax.rate
        return cls(
            name=rate.name or None,
            basis_points=rate.basis_points,
            inclusive=rate.inclusive,
            amount=to_money(tax.amount, currency),
            rate=rate,
        )


@strawberry.type(description="One charge or credit.")
class InvoiceLine:
    """A line."""

    kind: LineKind
    plan_id: strawberry.ID = strawberry.field(description="Of an item: the plan of its subscription.")
    item_id: strawberry.ID | None = strawberry.field(description="Which item it bills, if any.")
    description: str = strawberry.field(description="The plan's name when it was billed, or what an item is.")
    quantity: int
    unit_price: Money
    amount: Money = strawberry.field(description="Gross: before discounts and tax; negative for a credit.")
    discount: Money = strawberry.field(description="The sum of its discounts.")
    discounts: list[LineDiscount]
    net: Money = strawberry.field(description="The amount less its discounts.")
    tax: Money = strawberry.field(description="All of it: within the net, and on top of it.")
    taxes: list[LineTax]
    total: Money = strawberry.field(description="The net with the tax on top of it.")
    period: Period = strawberry.field(description="Of an item: the day of it, as an empty period.")
    explanation: LineExplanation

    @classmethod
    def of(cls, line: domain.Line, currency: str) -> Self:
        """Return *line* as the API shows it."""
        unit_price = to_money(line.unit_price, currency)
        return cls(
            kind=line.kind,
            plan_id=strawberry.ID(line.plan_id),
            item_id=strawberry.ID(line.item_id) if line.item_id else None,
            description=line.plan_name,
            quantity=line.quantity,
            unit_price=unit_price,
            amount=to_money(line.amount, currency),
            discount=to_money(line.discount, currency),
            discounts=[LineDiscount.of(one, currency) for one in line.discounts],
            net=to_money(line.net, currency),
            tax=to_money(line.tax, currency),
            taxes=[LineTax.of(one, currency) for one in taxes_of(line)],
            total=to_money(line.total, currency),
            period=Period.of(line.service),
            explanation=LineExplanation(
                days=line.days,
                total_days=line.total_days,
                unit_price=unit_price,
                quantity=line.quantity,
                capped=line.capped,
                line=line,
                currency=currency,
            ),
        )
