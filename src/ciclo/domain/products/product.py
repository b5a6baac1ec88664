"""Products: one name, description, audience, limits and features over several prices. A price is a plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ciclo.copies import replace
from ciclo.domain.errors.general import LimitExceeded
from ciclo.domain.errors.subscriptions import PriceExists
from ciclo.domain.ids import PlanId, ProductId
from ciclo.domain.period import BillingCycle
from ciclo.domain.plan import Plan, archive_version, revise_version, validate_contents, validate_plan

PRICES_MAX: Final = 50
"""Prices of one product that take new subscribers; of those that do not there may be more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What is sold. `version` is raised by every change of it or its prices; `active`: one takes subscribers.

    Its prices repeat what it says, so that a plan says by itself what its subscribers have.
    """

    id: ProductId
    name: str
    description: str
    user_type: str | None
    limits: Mapping[str, int]
    features: tuple[str, ...]
    active: bool
    created_at: datetime
    updated_at: datetime
    version: int = 1
    configs: Mapping[str, str] = field(default_factory=dict)
    recommended: bool = False
    """The one that a seller would have people take: pages point it out. No price repeats it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedProduct:
    """A product with all of its prices."""

    product: Product
    prices: Sequence[Plan]

    def price(self, plan_id: PlanId) -> Plan:
        """Return one of its prices, which is there."""
        return next(plan for plan in self.prices if plan.id == plan_id)


CONTENTS: Final = ("name", "description", "user_type", "limits", "features", "configs")
"""What a product says of itself, and each of its prices repeats."""


def features_of(one: Product | Plan) -> set[str]:
    """Return every feature that a product or plan says anything of."""
    return {*one.limits, *one.features, *one.configs}


def first_price(plan: Plan, product_id: ProductId) -> PricedProduct:
    """Return the product that *plan* is the first price of."""
    product = Product(
        id=product_id,
        name=plan.name,
        description=plan.description,
        user_type=plan.user_type,
        limits=plan.limits,
        features=plan.features,
        configs=plan.configs,
        active=plan.active,
        created_at=plan.created_at,
        updated_at=plan.updated_at,
    )
    return PricedProduct(product=product, prices=(replace(plan, product_id=product_id),))


def join_price(priced: PricedProduct, plan: Plan, *, at: datetime) -> PricedProduct | None:
    """Return the product with *plan* as one more price, if it is the same but for that; None if it is not.

    So four plans that somebody made of one offer, one for each cycle, are the prices of one product.
    """
    is_same = all(getattr(priced.product, name) == getattr(plan, name) for name in CONTENTS)
    offered = {_place(price) for price in priced.prices if price.active}
    if not (is_same and plan.active) or _place(plan) in offered or len(offered) >= PRICES_MAX:
        return None
    return add_price(priced, plan, at=at)


def add_price(priced: PricedProduct, plan: Plan, *, at: datetime) -> PricedProduct:
    """Return the product with *plan* as one more price, which says of itself what the product does.

    Raises:
        PriceExists: it has one for that cycle and currency.
        LimitExceeded: it has PRICES_MAX of them.
        InvalidValue, AmountOutOfRange, UnknownCurrency: the plan is outside its bounds.
    """
    contents = {name: getattr(priced.product, name) for name in CONTENTS}
    price = validate_plan(replace(plan, product_id=priced.product.id, **contents))
    return _with_prices(priced, [*priced.prices, price], at=at)


def revise_product(
    priced: PricedProduct, edited: Product, *, at: datetime, price: Plan | None = None
) -> PricedProduct:
    """Return the product as it is *edited*, with all of its prices on offer saying so.

    *price* is one that changes besides. What is got makes a new version of each price, for new subscribers;
    words do not.

    Raises:
        PriceExists: two prices would be for the same cycle and currency.
        InvalidValue, AmountOutOfRange, UnknownCurrency: a field is outside its bounds.
    """
    validate_product(edited)
    contents = {name: getattr(edited, name) for name in CONTENTS}
    prices = []
    for plan in priced.prices:
        is_named = price is not None and price.id == plan.id
        wanted = replace(price if is_named and price is not None else plan, **contents)
        keeps = wanted == plan or not (plan.active or is_named)
        prices.append(plan if keeps else revise_version(plan, wanted, at=at))
    return _with_prices(replace(priced, product=edited), prices, at=at)


def archive_prices(priced: PricedProduct, *, at: datetime, only: PlanId | None = None) -> PricedProduct:
    """Return the product with its prices closed to new subscribers, or the one that is named."""
    prices = [
        archive_version(plan, at=at) if plan.active and only in {None, plan.id} else plan
        for plan in priced.prices
    ]
    return _with_prices(priced, prices, at=at)


def validate_product(product: Product) -> Product:
    """Return *product* if every field is within its bounds.

    Raises:
        InvalidValue: one is not; the error names the field.
    """
    validate_contents(
        name=product.name,
        description=product.description,
        user_type=product.user_type,
        limits=product.limits,
        features=product.features,
        configs=product.configs,
    )
    return product


def _with_prices(priced: PricedProduct, prices: Sequence[Plan], *, at: datetime) -> PricedProduct:
    """Return the product with these prices, of which those on offer differ by cycle and currency."""
    offered = [_place(plan) for plan in prices if plan.active]
    if len(set(offered)) < len(offered):
        raise PriceExists
    if len(offered) > PRICES_MAX:
        raise LimitExceeded(f"a product has {PRICES_MAX} prices at most")
    product = replace(priced.product, active=bool(offered), updated_at=at, version=priced.product.version + 1)
    return PricedProduct(product=product, prices=tuple(prices))


def _place(plan: Plan) -> tuple[BillingCycle, str]:
    """Return what the prices on offer of one product differ by."""
    return plan.billing_cycle, plan.price.currency
