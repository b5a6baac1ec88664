"""Changing plans."""

from collections.abc import Sequence

import strawberry
from strawberry.scalars import JSON

from ciclo.actions import plans as actions
from ciclo.domain.entitlements.config import write_config
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.plan import TRIAL_DAYS_DEFAULT, UNLIMITED
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.enums import BillingCycle
from graphql_schema.types.money import MoneyInput
from graphql_schema.types.plan import TAX_CATEGORY, Plan


@strawberry.input(description="A named number that a plan allows.")
class PlanLimitInput:
    """One limit."""

    name: str
    value: int | None = None
    unlimited: bool = strawberry.field(default=False, description="Instead of a value.")


@strawberry.input(description="A value that an app is given: up to 2,000 characters of JSON, 5 levels deep.")
class PlanConfigInput:
    """One value."""

    name: str
    value: JSON


@strawberry.input
class CreatePlanInput:
    """A new plan."""

    name: str
    price: MoneyInput
    billing_cycle: BillingCycle
    description: str = ""
    user_type: str | None = None
    tax_category: str | None = strawberry.field(default=None, description=TAX_CATEGORY)
    trial_days: int = TRIAL_DAYS_DEFAULT
    limits: list[PlanLimitInput] = strawberry.field(default_factory=list)
    features: list[str] = strawberry.field(default_factory=list)
    configs: list[PlanConfigInput] = strawberry.field(default_factory=list)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(
    description="What to change; what is left out stays. Price, cycle, trial, limits, "
    "features or configs make a new version, which new subscribers get."
)
class UpdatePlanInput:
    """Changes of a plan."""

    plan_id: strawberry.ID
    name: str | None = None
    description: str | None = None
    price: MoneyInput | None = None
    billing_cycle: BillingCycle | None = None
    user_type: str | None = strawberry.field(
        default=strawberry.UNSET, description="Null takes it away: the plan is for everybody."
    )
    tax_category: str | None = strawberry.field(default=strawberry.UNSET, description=TAX_CATEGORY)
    trial_days: int | None = None
    limits: list[PlanLimitInput] | None = None
    features: list[str] | None = None
    configs: list[PlanConfigInput] | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class ArchivePlanInput:
    """Which plan to close."""

    plan_id: strawberry.ID
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class PlanPayload:
    """What a mutation of a plan came to."""

    plan: Plan | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class CreatePlanPayload(PlanPayload):
    """What createPlan came to."""


@strawberry.type
class UpdatePlanPayload(PlanPayload):
    """What updatePlan came to."""


@strawberry.type
class ArchivePlanPayload(PlanPayload):
    """What archivePlan came to."""


@strawberry.type
class PlanMutations:
    """Changing plans."""

    @mutation(Operator, description="Put a plan on offer.")
    async def create_plan(self, info: Info, input: CreatePlanInput) -> CreatePlanPayload:  # noqa: A002
        """Create a plan."""
        draft = actions.PlanDraft(
            name=input.name,
            description=input.description,
            price=input.price.to_domain("price"),
            billing_cycle=input.billing_cycle,
            user_type=input.user_type,
            tax_category=input.tax_category,
            trial_days=input.trial_days,
            limits=limits_of(input.limits),
            features=input.features,
            configs=configs_of(input.configs),
        )
        request = request_of(info, input)
        plan = await actions.create_plan(info.context.deps, draft, by=info.context.actor, request=request)
        return CreatePlanPayload(plan=Plan.of(plan))

    @mutation(Operator, description="Change a plan for new subscribers.")
    async def update_plan(self, info: Info, input: UpdatePlanInput) -> UpdatePlanPayload:  # noqa: A002
        """Revise a plan."""
        edit = actions.PlanEdit(
            name=input.name,
            description=input.description,
            price=input.price.to_domain("price") if input.price else None,
            billing_cycle=input.billing_cycle,
            user_type=None if input.user_type is strawberry.UNSET else input.user_type or "",
            tax_category=None if input.tax_category is strawberry.UNSET else input.tax_category or "",
            trial_days=input.trial_days,
            limits=None if input.limits is None else limits_of(input.limits),
            features=None if input.features is None else tuple(input.features),
            configs=None if input.configs is None else configs_of(input.configs),
        )
        plan = await actions.update_plan(
            info.context.deps,
            input.plan_id,
            edit,
            by=info.context.actor,
            request=request_of(info, input),
        )
        return UpdatePlanPayload(plan=Plan.of(plan))

    @mutation(Operator, description="Close a plan to new subscribers; those it has stay.")
    async def archive_plan(self, info: Info, input: ArchivePlanInput) -> ArchivePlanPayload:  # noqa: A002
        """Archive a plan."""
        plan = await actions.archive_plan(
            info.context.deps, input.plan_id, by=info.context.actor, request=request_of(info, input)
        )
        return ArchivePlanPayload(plan=Plan.of(plan))


def limits_of(inputs: Sequence[PlanLimitInput]) -> dict[str, int]:
    """Return limits by name.

    Raises:
        InvalidValue: a name stands twice, or one has not exactly one of value and unlimited.
    """
    if any((limit.value is None) != limit.unlimited for limit in inputs):
        raise InvalidValue("a limit has a value, or is unlimited", field=("limits",))
    limits = {limit.name: UNLIMITED if limit.value is None else limit.value for limit in inputs}
    if len(limits) != len(inputs):
        raise InvalidValue("a limit is named twice", field=("limits",))
    return limits


def configs_of(inputs: Sequence[PlanConfigInput]) -> dict[str, str]:
    """Return values as JSON text, by name.

    Raises:
        InvalidValue: a name stands twice, or a value is too large or too deep.
    """
    configs = {one.name: write_config(one.value, field="configs") for one in inputs}
    if len(configs) != len(inputs):
        raise InvalidValue("a value is named twice", field=("configs",))
    return configs
