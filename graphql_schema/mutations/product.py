"""Changing products."""

import strawberry

from ciclo.actions import products as actions
from ciclo.domain.plan import TRIAL_DAYS_DEFAULT
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.plan import PlanConfigInput, PlanLimitInput, configs_of, limits_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.enums import BillingCycle
from graphql_schema.types.money import MoneyInput
from graphql_schema.types.product import Product


@strawberry.input(description="What a product costs in one currency for one cycle.")
class PriceInput:
    """A price."""

    price: MoneyInput
    billing_cycle: BillingCycle
    trial_days: int = TRIAL_DAYS_DEFAULT


@strawberry.input
class CreateProductInput:
    """A new product."""

    name: str
    prices: list[PriceInput]
    description: str = ""
    user_type: str | None = None
    limits: list[PlanLimitInput] = strawberry.field(default_factory=list)
    features: list[str] = strawberry.field(default_factory=list)
    configs: list[PlanConfigInput] = strawberry.field(default_factory=list)
    recommended: bool = False
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(
    description="What to change; what is left out stays. All prices on offer say it then; limits, features "
    "or configs make a new version of each, which new subscribers get."
)
class UpdateProductInput:
    """Changes of a product."""

    product_id: strawberry.ID
    name: str | None = None
    description: str | None = None
    user_type: str | None = strawberry.field(
        default=strawberry.UNSET, description="Null takes it away: the product is for everybody."
    )
    limits: list[PlanLimitInput] | None = None
    features: list[str] | None = None
    configs: list[PlanConfigInput] | None = None
    recommended: bool | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class AddPriceInput:
    """One more price."""

    product_id: strawberry.ID
    price: MoneyInput
    billing_cycle: BillingCycle
    trial_days: int = TRIAL_DAYS_DEFAULT
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class ArchiveProductInput:
    """Which product to close."""

    product_id: strawberry.ID
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="What a mutation of a product came to.")
class ProductPayload:
    """A product."""

    product: Product | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class ProductMutations:
    """Changing products."""

    @mutation(Operator, description="Put a product on offer, with its prices.")
    async def create_product(self, info: Info, input: CreateProductInput) -> ProductPayload:  # noqa: A002
        """Create a product."""
        draft = actions.ProductDraft(
            name=input.name,
            description=input.description,
            user_type=input.user_type,
            limits=limits_of(input.limits),
            features=input.features,
            configs=configs_of(input.configs),
            recommended=input.recommended,
            prices=[_draft(one) for one in input.prices],
        )
        context = info.context
        priced = await actions.create_product(
            context.deps, draft, by=context.actor, request=request_of(info, input)
        )
        return ProductPayload(product=Product.of(priced.product))

    @mutation(Operator, description="Change a product, and so all of its prices on offer.")
    async def update_product(self, info: Info, input: UpdateProductInput) -> ProductPayload:  # noqa: A002
        """Revise a product."""
        edit = actions.ProductEdit(
            name=input.name,
            description=input.description,
            user_type=None if input.user_type is strawberry.UNSET else input.user_type or "",
            limits=None if input.limits is None else limits_of(input.limits),
            features=None if input.features is None else tuple(input.features),
            configs=None if input.configs is None else configs_of(input.configs),
            recommended=input.recommended,
        )
        context = info.context
        priced = await actions.update_product(
            context.deps, input.product_id, edit, by=context.actor, request=request_of(info, input)
        )
        return ProductPayload(product=Product.of(priced.product))

    @mutation(Operator, description="Put one more price of a product on offer.")
    async def add_price(self, info: Info, input: AddPriceInput) -> ProductPayload:  # noqa: A002
        """Add a price."""
        context = info.context
        priced = await actions.add_price_to(
            context.deps, input.product_id, _draft(input), by=context.actor, request=request_of(info, input)
        )
        return ProductPayload(product=Product.of(priced.product))

    @mutation(Operator, description="Close a product's prices to new subscribers; those they have stay.")
    async def archive_product(self, info: Info, input: ArchiveProductInput) -> ProductPayload:  # noqa: A002
        """Archive a product."""
        context = info.context
        priced = await actions.archive_product(
            context.deps, input.product_id, by=context.actor, request=request_of(info, input)
        )
        return ProductPayload(product=Product.of(priced.product))


def _draft(given: PriceInput | AddPriceInput) -> actions.PriceDraft:
    return actions.PriceDraft(
        price=given.price.to_domain("price"),
        billing_cycle=given.billing_cycle,
        trial_days=given.trial_days,
    )
