"""Products: put one on offer with its prices, revise it, add a price, archive it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from ciclo.actions.access.operations import new_operation
from ciclo.actions.contention import retry_on_contention
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.entitlements.features import require_on_offer
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.errors.subscriptions import ProductNotFound
from ciclo.domain.ids import PlanId, ProductId, parse_id
from ciclo.domain.money import Money
from ciclo.domain.period import BillingCycle
from ciclo.domain.plan import Plan
from ciclo.domain.products.product import (
    PricedProduct,
    Product,
    add_price,
    archive_prices,
    features_of,
    revise_product,
    validate_product,
)
from ciclo.store.idempotency import Answer, IdempotentRequest
from ciclo.store.products import find_priced, write_product
from ciclo.viewer import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceDraft:
    """What a product costs in one currency for one cycle."""

    price: Money
    billing_cycle: BillingCycle
    trial_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDraft:
    """What a new product is to be."""

    name: str
    description: str
    user_type: str | None
    limits: Mapping[str, int]
    features: Sequence[str]
    prices: Sequence[PriceDraft]
    configs: Mapping[str, str] = field(default_factory=dict)
    recommended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductEdit:
    """What a product is to become; None leaves a field as it is, an empty user type takes it away."""

    name: str | None = None
    description: str | None = None
    user_type: str | None = None
    limits: Mapping[str, int] | None = None
    features: tuple[str, ...] | None = None
    configs: Mapping[str, str] | None = None
    recommended: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductChange:
    """A change of a product or one of its prices, and what the operations log says of it."""

    apply: Callable[[PricedProduct, datetime], PricedProduct]
    action: str
    target: str
    """The id of the product, or of the price."""
    by: Actor


async def create_product(
    deps: Deps, draft: ProductDraft, *, by: Actor, request: IdempotentRequest | None = None
) -> PricedProduct:
    """Put a product on offer, with at least one price.

    Raises:
        InvalidValue, AmountOutOfRange, UnknownCurrency: a field is outside its bounds, or there is no price.
        PriceExists: two prices are for one cycle and currency.
        LimitExceeded: there are too many prices.
        FeatureArchived: it names a feature that nobody is given any more.
        IdempotencyKeyReused: the key was used with another request.
    """
    if not draft.prices:
        raise InvalidValue("a product has at least one price", field=("prices",))
    now = await deps.clock.now()
    product = validate_product(
        Product(
            id=ProductId(generate_id("prod", now)),
            name=draft.name,
            description=draft.description,
            user_type=draft.user_type,
            limits=draft.limits,
            features=tuple(draft.features),
            configs=draft.configs,
            recommended=draft.recommended,
            active=False,
            created_at=now,
            updated_at=now,
            version=0,
        )
    )
    priced = PricedProduct(product=product, prices=())
    for price in draft.prices:
        priced = add_price(priced, _plan(product, price, at=now), at=now)
    await require_on_offer(deps, features_of(product))

    async def act(answer_for: AnswerFor) -> PricedProduct:
        operation = new_operation(deps, by, "createProduct", product.id, after=priced.product)
        await write_product(deps.store, priced, operation, answer=answer_for(product.id))
        return priced

    return await run_once(deps, request, act, find=partial(get_priced, deps))


async def update_product(
    deps: Deps, product_id: str, edit: ProductEdit, *, by: Actor, request: IdempotentRequest | None = None
) -> PricedProduct:
    """Change a product and what all of its prices on offer say; limits or features make new versions of them.

    Raises:
        ProductNotFound: it is not there.
        InvalidValue: a field is outside its bounds.
        FeatureArchived: it names another feature, which nobody is given any more.
        Conflict: others kept changing it.
    """
    changes = {name: getattr(edit, name) for name in edit.__slots__ if getattr(edit, name) is not None}
    if edit.user_type == "":
        changes["user_type"] = None

    def change(priced: PricedProduct, at: datetime) -> PricedProduct:
        return revise_product(priced, replace(priced.product, **changes), at=at)

    wanted = ProductChange(apply=change, action="updateProduct", target=product_id, by=by)
    return await _change(deps, product_id, wanted, request=request)


async def add_price_to(
    deps: Deps, product_id: str, draft: PriceDraft, *, by: Actor, request: IdempotentRequest | None = None
) -> PricedProduct:
    """Put one more price of a product on offer.

    Raises:
        ProductNotFound: it is not there.
        PriceExists, LimitExceeded: it has one for that cycle and currency, or too many.
        InvalidValue, AmountOutOfRange, UnknownCurrency: a field is outside its bounds.
        Conflict: others kept changing it.
    """

    def change(priced: PricedProduct, at: datetime) -> PricedProduct:
        return add_price(priced, _plan(priced.product, draft, at=at), at=at)

    wanted = ProductChange(apply=change, action="addPrice", target=product_id, by=by)
    return await _change(deps, product_id, wanted, request=request)


async def archive_product(
    deps: Deps, product_id: str, *, by: Actor, request: IdempotentRequest | None = None
) -> PricedProduct:
    """Close all of a product's prices to new subscribers; doing it twice changes nothing.

    Raises:
        ProductNotFound: it is not there.
        Conflict: others kept changing it.
    """

    def change(priced: PricedProduct, at: datetime) -> PricedProduct:
        return archive_prices(priced, at=at) if priced.product.active else priced

    wanted = ProductChange(apply=change, action="archiveProduct", target=product_id, by=by)
    return await _change(deps, product_id, wanted, request=request)


async def change_priced(
    deps: Deps, product_id: str, change: ProductChange, *, answer: Answer | None
) -> PricedProduct:
    """Make one change of a product and its prices, as they are now.

    Raises:
        ProductNotFound: it is not there.
        Contention: somebody else was faster.
        BillingError: whatever the change refuses.
    """
    before = await get_priced(deps, product_id)
    after = change.apply(before, await deps.clock.now())
    if after is not before:
        await require_on_offer(deps, features_of(after.product) - features_of(before.product))
        was, now = (_told(priced, change.target) for priced in (before, after))
        operation = new_operation(deps, change.by, change.action, change.target, before=was, after=now)
        await write_product(
            deps.store, after, operation, before=before.product, known=before.prices, answer=answer
        )
    return after


def _told(priced: PricedProduct, target: str) -> Product | Plan:
    return priced.product if target == priced.product.id else priced.price(PlanId(target))


async def _change(
    deps: Deps, product_id: str, change: ProductChange, *, request: IdempotentRequest | None
) -> PricedProduct:
    async def act(answer_for: AnswerFor) -> PricedProduct:
        answer = answer_for(product_id)
        return await retry_on_contention(partial(change_priced, deps, product_id, change, answer=answer))

    return await run_once(deps, request, act, find=partial(get_priced, deps))


async def get_priced(deps: Deps, product_id: str) -> PricedProduct:
    """Return a product with all of its prices.

    Raises:
        MalformedId, ProductNotFound: there is none.
    """
    priced = await find_priced(deps.store, parse_id("prod", product_id))
    if priced is None:
        raise ProductNotFound
    return priced


def _plan(product: Product, draft: PriceDraft, *, at: datetime) -> Plan:
    return Plan(
        id=PlanId(generate_id("plan", at)),
        version=1,
        name=product.name,
        description=product.description,
        price=draft.price,
        billing_cycle=draft.billing_cycle,
        user_type=product.user_type,
        trial_days=draft.trial_days,
        limits=product.limits,
        features=product.features,
        configs=product.configs,
        active=True,
        created_at=at,
        updated_at=at,
    )
