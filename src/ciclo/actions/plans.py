"""Plans: create, revise, archive."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from ciclo.actions.access.operations import new_operation
from ciclo.actions.caller import Caller
from ciclo.actions.contention import retry_on_contention
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.entitlements.features import require_on_offer
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.products import ProductChange, change_priced
from ciclo.domain.errors.subscriptions import PlanArchived, PlanForOthers, PlanNotFound
from ciclo.domain.ids import PlanId, ProductId, parse_id
from ciclo.domain.money import Money
from ciclo.domain.period import BillingCycle
from ciclo.domain.plan import Plan, archive_version, revise_version, validate_plan
from ciclo.domain.products.product import (
    CONTENTS,
    PricedProduct,
    archive_prices,
    features_of,
    first_price,
    join_price,
    revise_product,
)
from ciclo.store.idempotency import Answer, IdempotentRequest
from ciclo.store.plans import find_plan, replace_plan
from ciclo.store.products import find_namesakes, write_product
from ciclo.viewer import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDraft:
    """What a new plan is to be."""

    name: str
    description: str
    price: Money
    billing_cycle: BillingCycle
    user_type: str | None
    trial_days: int
    limits: Mapping[str, int]
    features: Sequence[str]
    tax_category: str | None = None
    configs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEdit:
    """What a plan is to become; None leaves a field as it is, an empty user type takes it away."""

    name: str | None = None
    description: str | None = None
    price: Money | None = None
    billing_cycle: BillingCycle | None = None
    user_type: str | None = None
    trial_days: int | None = None
    limits: Mapping[str, int] | None = None
    features: tuple[str, ...] | None = None
    tax_category: str | None = None
    configs: Mapping[str, str] | None = None


async def create_plan(
    deps: Deps, draft: PlanDraft, *, by: Actor, request: IdempotentRequest | None = None
) -> Plan:
    """Put a plan on offer.

    Raises:
        InvalidValue, AmountOutOfRange, UnknownCurrency: a field is outside its bounds.
        FeatureArchived: it names a feature that nobody is given any more.
        IdempotencyKeyReused: the key was used with another request.
    """
    now = await deps.clock.now()
    plan = validate_plan(
        Plan(
            id=PlanId(generate_id("plan", now)),
            version=1,
            name=draft.name,
            description=draft.description,
            price=draft.price,
            billing_cycle=draft.billing_cycle,
            user_type=draft.user_type,
            trial_days=draft.trial_days,
            limits=draft.limits,
            features=tuple(draft.features),
            active=True,
            created_at=now,
            updated_at=now,
            tax_category=draft.tax_category,
            configs=draft.configs,
        )
    )
    await require_on_offer(deps, features_of(plan))

    async def act(answer_for: AnswerFor) -> Plan:
        return await retry_on_contention(partial(_add, deps, plan, by=by, answer=answer_for(plan.id)))

    return await run_once(deps, request, act, find=partial(get_plan, deps))


async def _add(deps: Deps, plan: Plan, *, by: Actor, answer: Answer | None) -> Plan:
    """Store a new plan as a price of the product that is the same but for that, else of a new one."""
    operation = new_operation(deps, by, "createPlan", plan.id, after=plan)
    for found in await find_namesakes(deps.store, plan):
        joined = join_price(found, plan, at=plan.created_at)
        if joined is not None:
            await write_product(
                deps.store, joined, operation, before=found.product, known=found.prices, answer=answer
            )
            return joined.price(plan.id)
    first = first_price(plan, ProductId(generate_id("prod", plan.created_at)))
    await write_product(deps.store, first, operation, answer=answer)
    return first.price(plan.id)


async def update_plan(
    deps: Deps, plan_id: str, edit: PlanEdit, *, by: Actor, request: IdempotentRequest | None = None
) -> Plan:
    """Change a plan: a new price, cycle, trial, limits or features make a new version for new subscribers.

    What it says of itself is its product's: all prices of that say it then.

    Raises:
        PriceExists: its product has a price for that cycle and currency.
        PlanNotFound: it is not there.
        InvalidValue, AmountOutOfRange, UnknownCurrency: a field is outside its bounds.
        Conflict: others kept changing it.
    """
    changes = {name: getattr(edit, name) for name in edit.__slots__ if getattr(edit, name) is not None}
    changes |= {name: None for name in ("user_type", "tax_category") if changes.get(name) == ""}
    revised = ProductChange(
        apply=partial(_revised, PlanId(plan_id), changes), action="updatePlan", target=plan_id, by=by
    )

    async def revise(answer_for: AnswerFor) -> Plan:
        plan = await get_plan(deps, plan_id)
        if plan.product_id is not None:
            return await _of_product(deps, plan, revised, answer=answer_for(plan.id))
        after = revise_version(plan, replace(plan, **changes), at=await deps.clock.now())
        await require_on_offer(deps, features_of(after) - features_of(plan))
        operation = new_operation(deps, by, "updatePlan", plan.id, before=plan, after=after)
        await replace_plan(deps.store, plan, after, operation, answer=answer_for(plan.id))
        return after

    return await _run_once(deps, request, revise)


async def archive_plan(
    deps: Deps, plan_id: str, *, by: Actor, request: IdempotentRequest | None = None
) -> Plan:
    """Close a plan to new subscribers; doing it twice changes nothing.

    Raises:
        PlanNotFound: it is not there.
        Conflict: others kept changing it.
    """
    closed = ProductChange(
        apply=partial(_closed, PlanId(plan_id)), action="archivePlan", target=plan_id, by=by
    )

    async def archive(answer_for: AnswerFor) -> Plan:
        plan = await get_plan(deps, plan_id)
        if not plan.active:
            return plan
        if plan.product_id is not None:
            return await _of_product(deps, plan, closed, answer=answer_for(plan.id))
        after = archive_version(plan, at=await deps.clock.now())
        operation = new_operation(deps, by, "archivePlan", plan.id, before=plan, after=after)
        await replace_plan(deps.store, plan, after, operation, answer=answer_for(plan.id))
        return after

    return await _run_once(deps, request, archive)


async def _of_product(deps: Deps, plan: Plan, change: ProductChange, *, answer: Answer | None) -> Plan:
    """Make a change of a price with its product, and return the price as it is then."""
    assert plan.product_id is not None
    return (await change_priced(deps, plan.product_id, change, answer=answer)).price(plan.id)


def _revised(
    plan_id: PlanId, changes: Mapping[str, Any], priced: PricedProduct, at: datetime
) -> PricedProduct:
    price = replace(priced.price(plan_id), **changes)
    contents = {name: changes[name] for name in CONTENTS if name in changes}
    return revise_product(priced, replace(priced.product, **contents), at=at, price=price)


def _closed(plan_id: PlanId, priced: PricedProduct, at: datetime) -> PricedProduct:
    return archive_prices(priced, at=at, only=plan_id)


async def _run_once(
    deps: Deps, request: IdempotentRequest | None, change: Callable[[AnswerFor], Awaitable[Plan]]
) -> Plan:
    """Make a change once under the request's key, starting again while others change the plan."""

    async def act(answer_for: AnswerFor) -> Plan:
        return await retry_on_contention(partial(change, answer_for))

    return await run_once(deps, request, act, find=partial(get_plan, deps))


async def get_offer(deps: Deps, plan_id: str, *, caller: Caller) -> Plan:
    """Return a plan that the caller may subscribe to; an operator may put anybody on any plan that is sold.

    Raises:
        MalformedId, PlanNotFound, PlanArchived, PlanForOthers: there is none.
    """
    plan = await get_plan(deps, plan_id)
    require_offer(plan, caller)
    return plan


def require_offer(plan: Plan, caller: Caller) -> None:
    """Check that the caller may subscribe to a plan.

    A customer's type of user is what their token says. Where tokens do not say it, nobody knows.

    Raises:
        PlanArchived: it is not sold any more.
        PlanForOthers: it is for another type of user.
    """
    if not plan.active:
        raise PlanArchived(plan.id)
    own = caller.viewer.user_type
    if own is not None and plan.user_type not in {None, own} and not caller.is_admin:
        raise PlanForOthers(plan.user_type or "")


async def get_plan(deps: Deps, plan_id: str) -> Plan:
    """Return a plan.

    Raises:
        MalformedId, PlanNotFound: there is none.
    """
    plan = await find_plan(deps.store, parse_id("plan", plan_id))
    if plan is None:
        raise PlanNotFound
    return plan
