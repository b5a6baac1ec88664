"""Plans: create, revise, archive."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from ciclo.actions.access.operations import new_operation
from ciclo.actions.caller import Caller
from ciclo.actions.contention import retry_on_contention
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.domain.errors.subscriptions import PlanArchived, PlanForOthers, PlanNotFound
from ciclo.domain.ids import PlanId, parse_id
from ciclo.domain.money import Money
from ciclo.domain.period import BillingCycle
from ciclo.domain.plan import Plan, archive_version, revise_version, validate_plan
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.plans import add_plan, find_plan, replace_plan
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


async def create_plan(
    deps: Deps, draft: PlanDraft, *, by: Actor, request: IdempotentRequest | None = None
) -> Plan:
    """Put a plan on offer.

    Raises:
        InvalidValue, AmountOutOfRange, UnknownCurrency: a field is outside its bounds.
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
        )
    )

    async def act(answer_for: AnswerFor) -> Plan:
        operation = new_operation(deps, by, "createPlan", plan.id, after=plan)
        await add_plan(deps.store, plan, operation, answer=answer_for(plan.id))
        return plan

    return await run_once(deps, request, act, find=partial(get_plan, deps))


async def update_plan(
    deps: Deps, plan_id: str, edit: PlanEdit, *, by: Actor, request: IdempotentRequest | None = None
) -> Plan:
    """Change a plan: a new price, cycle, trial, limits or features make a new version for new subscribers.

    Raises:
        PlanNotFound: it is not there.
        InvalidValue, AmountOutOfRange, UnknownCurrency: a field is outside its bounds.
        Conflict: others kept changing it.
    """
    changes = {name: getattr(edit, name) for name in edit.__slots__ if getattr(edit, name) is not None}
    if edit.user_type == "":
        changes["user_type"] = None

    async def revise(answer_for: AnswerFor) -> Plan:
        plan = await get_plan(deps, plan_id)
        after = revise_version(plan, replace(plan, **changes), at=await deps.clock.now())
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

    async def archive(answer_for: AnswerFor) -> Plan:
        plan = await get_plan(deps, plan_id)
        if not plan.active:
            return plan
        after = archive_version(plan, at=await deps.clock.now())
        operation = new_operation(deps, by, "archivePlan", plan.id, before=plan, after=after)
        await replace_plan(deps.store, plan, after, operation, answer=answer_for(plan.id))
        return after

    return await _run_once(deps, request, archive)


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
