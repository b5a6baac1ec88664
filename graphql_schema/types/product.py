"""Products: their type."""

from datetime import datetime
from typing import Self

import strawberry

from ciclo.domain.ids import ProductId
from ciclo.domain.products.product import Product as DomainProduct
from graphql_schema.context import Info
from graphql_schema.types.enums import BillingCycle
from graphql_schema.types.plan import Plan, PlanConfig, PlanLimit


@strawberry.type(
    description="What is sold, at several prices: one for each cycle and currency. A price is a plan, by "
    "whose id it is subscribed to."
)
class Product:
    """One product."""

    id: strawberry.ID
    name: str
    description: str
    user_type: str | None = strawberry.field(description="Whom it is for, such as ALUNO or PERSONAL.")
    limits: list[PlanLimit]
    features: list[str]
    configs: list[PlanConfig]
    recommended: bool = strawberry.field(description="Whether pages point it out among the others.")
    active: bool = strawberry.field(description="Whether one of its prices takes new subscribers.")
    created_at: datetime
    updated_at: datetime

    @strawberry.field(description="Its prices, the oldest first; by default those on offer.")
    async def prices(
        self,
        info: Info,
        active: bool | None = True,  # noqa: FBT001, FBT002 - a GraphQL argument
        currency: str | None = None,
        billing_cycle: BillingCycle | None = None,
    ) -> list[Plan]:
        """List the prices."""
        found = await info.context.loaders.prices_of_product.load(ProductId(self.id))
        return [
            Plan.of(plan)
            for plan in found
            if active in {None, plan.active}
            and currency in {None, plan.price.currency}
            and billing_cycle in {None, plan.billing_cycle}
        ]

    @classmethod
    def of(cls, product: DomainProduct) -> Self:
        """Return *product* as the API shows it."""
        return cls(
            id=strawberry.ID(product.id),
            name=product.name,
            description=product.description,
            user_type=product.user_type,
            limits=[PlanLimit.of(name, value) for name, value in product.limits.items()],
            features=list(product.features),
            configs=[PlanConfig.of(name, text) for name, text in product.configs.items()],
            recommended=product.recommended,
            active=product.active,
            created_at=product.created_at,
            updated_at=product.updated_at,
        )
