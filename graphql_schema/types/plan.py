"""Plans: their type."""

from datetime import datetime
from typing import Final, Self

import strawberry
from strawberry.scalars import JSON

from ciclo.domain.entitlements.config import read_config
from ciclo.domain.plan import UNLIMITED, terms_of
from ciclo.domain.plan import Plan as DomainPlan
from graphql_schema.types.enums import BillingCycle
from graphql_schema.types.money import Money, to_money

TAX_CATEGORY: Final = "Which of the seller's rates of tax are for it; null: those for all."


@strawberry.type(description="A named number that a plan allows, such as 30 students.")
class PlanLimit:
    """One limit."""

    name: str
    value: int
    unlimited: bool = strawberry.field(
        default=False, description="As much as anybody likes; the value is then the largest there is."
    )

    @classmethod
    def of(cls, name: str, value: int) -> Self:
        """Return a limit as the API shows it."""
        return cls(name=name, value=value, unlimited=value >= UNLIMITED)


@strawberry.type(
    description="A value that a plan gives an app for a feature, such as how large a logo may be."
)
class PlanConfig:
    """One value."""

    name: str
    value: JSON

    @classmethod
    def of(cls, name: str, text: str) -> Self:
        """Return a value, which is kept as JSON text, as the API shows it."""
        return cls(name=name, value=JSON(read_config(text)))


@strawberry.type(description="Something that can be subscribed to. A new price makes a new version.")
class Plan:
    """One version of a plan."""

    id: strawberry.ID
    version: int
    name: str
    description: str
    price: Money = strawberry.field(description="For one billing cycle.")
    monthly_price: Money = strawberry.field(description="The price of a month, rounded once.")
    billing_cycle: BillingCycle
    user_type: str | None = strawberry.field(description="Whom it is for, such as ALUNO or PERSONAL.")
    tax_category: str | None = strawberry.field(description=TAX_CATEGORY)
    trial_days: int
    limits: list[PlanLimit]
    features: list[str]
    configs: list[PlanConfig]
    active: bool = strawberry.field(description="Whether it takes new subscribers.")
    created_at: datetime
    updated_at: datetime
    product_id: strawberry.ID | None = strawberry.field(description="The product that it is a price of.")

    @classmethod
    def of(cls, plan: DomainPlan) -> Self:
        """Return *plan* as the API shows it."""
        currency = plan.price.currency
        return cls(
            id=strawberry.ID(plan.id),
            version=plan.version,
            name=plan.name,
            description=plan.description,
            price=to_money(plan.price.amount, currency),
            monthly_price=to_money(terms_of(plan).monthly_price, currency),
            billing_cycle=plan.billing_cycle,
            user_type=plan.user_type,
            tax_category=plan.tax_category,
            trial_days=plan.trial_days,
            limits=[PlanLimit.of(name, value) for name, value in plan.limits.items()],
            features=list(plan.features),
            configs=[PlanConfig.of(name, text) for name, text in plan.configs.items()],
            active=plan.active,
            created_at=plan.created_at,
            updated_at=plan.updated_at,
            product_id=strawberry.ID(plan.product_id) if plan.product_id else None,
        )
