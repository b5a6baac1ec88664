"""Plans: their type."""

from datetime import datetime
from typing import Final, Self

import strawberry
from strawberry.scalars import JSON

from ciclo.domain.entitlements.config import read_config
from ciclo.domain.plan import UNLIMITED, terms_of
from ciclo.domain.plan import Plan as DomainPlan
from graphql_schema.rows import fields_of
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


_plan: Final = fields_of(DomainPlan)


@strawberry.type(description="Something that can be subscribed to. A new price makes a new version.")
class Plan:
    """One version of a plan."""

    source: strawberry.Private[DomainPlan]
    id: strawberry.ID = _plan(lambda plan: strawberry.ID(plan.id))
    version: int = _plan(lambda plan: plan.version)
    name: str = _plan(lambda plan: plan.name)
    description: str = _plan(lambda plan: plan.description)
    price: Money = _plan(
        lambda plan: to_money(plan.price.amount, plan.price.currency), description="For one billing cycle."
    )
    monthly_price: Money = _plan(
        lambda plan: to_money(terms_of(plan).monthly_price, plan.price.currency),
        description="The price of a month, rounded once.",
    )
    billing_cycle: BillingCycle = _plan(lambda plan: plan.billing_cycle)
    user_type: str | None = _plan(
        lambda plan: plan.user_type, description="Whom it is for, such as ALUNO or PERSONAL."
    )
    tax_category: str | None = _plan(lambda plan: plan.tax_category, description=TAX_CATEGORY)
    trial_days: int = _plan(lambda plan: plan.trial_days)
    limits: list[PlanLimit] = _plan(
        lambda plan: [PlanLimit.of(name, value) for name, value in plan.limits.items()]
    )
    features: list[str] = _plan(lambda plan: list(plan.features))
    configs: list[PlanConfig] = _plan(
        lambda plan: [PlanConfig.of(name, text) for name, text in plan.configs.items()]
    )
    active: bool = _plan(lambda plan: plan.active, description="Whether it takes new subscribers.")
    created_at: datetime = _plan(lambda plan: plan.created_at)
    updated_at: datetime = _plan(lambda plan: plan.updated_at)
    product_id: strawberry.ID | None = _plan(
        lambda plan: strawberry.ID(plan.product_id) if plan.product_id else None,
        description="The product that it is a price of.",
    )

    @classmethod
    def of(cls, plan: DomainPlan) -> Self:
        """Return *plan* as the API shows it."""
        return cls(source=plan)
