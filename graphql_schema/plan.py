"""Plans: type, filters, queries and mutations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import strawberry

from ciclo.actions import plans as actions
from ciclo.domain.errors import InvalidValue
from ciclo.domain.ids import parse_id
from ciclo.domain.plan import TRIAL_DAYS_DEFAULT, terms_of
from ciclo.domain.plan import Plan as DomainPlan
from ciclo.store.paging import count
from ciclo.store.plans import NEWEST_FIRST, find_plan, list_plans, plan_query
from graphql_schema.context import Info, Operator, SignedIn
from graphql_schema.enums import BillingCycle
from graphql_schema.errors import USER_ERRORS, UserError, mutation
from graphql_schema.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.money import Money, MoneyInput, money
from graphql_schema.pagination import After, Connection, First, Listing, connect


@strawberry.type(description="A named number that a plan allows, such as 30 students.")
class PlanLimit:
    """One limit."""

    name: str
    value: int


@strawberry.input(description="A named number that a plan allows.")
class PlanLimitInput:
    """One limit."""

    name: str
    value: int


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
    trial_days: int
    limits: list[PlanLimit]
    features: list[str]
    active: bool = strawberry.field(description="Whether it takes new subscribers.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, plan: DomainPlan) -> Self:
        """Return *plan* as the API shows it."""
        currency = plan.price.currency
        return cls(
            id=strawberry.ID(plan.id),
            version=plan.version,
            name=plan.name,
            description=plan.description,
            price=money(plan.price.amount, currency),
            monthly_price=money(terms_of(plan).monthly_price, currency),
            billing_cycle=plan.billing_cycle,
            user_type=plan.user_type,
            trial_days=plan.trial_days,
            limits=[PlanLimit(name=name, value=value) for name, value in plan.limits.items()],
            features=list(plan.features),
            active=plan.active,
            created_at=plan.created_at,
            updated_at=plan.updated_at,
        )


@strawberry.input(description="Which plans to list; what is left out does not matter.")
class PlanFilter:
    """Conditions on plans."""

    user_type: str | None = None
    active: bool | None = None
    billing_cycle: BillingCycle | None = None


@strawberry.input
class CreatePlanInput:
    """A new plan."""

    name: str
    price: MoneyInput
    billing_cycle: BillingCycle
    description: str = ""
    user_type: str | None = None
    trial_days: int = TRIAL_DAYS_DEFAULT
    limits: list[PlanLimitInput] = strawberry.field(default_factory=list)
    features: list[str] = strawberry.field(default_factory=list)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(
    description="What to change; what is left out stays. Price, cycle, trial, limits or "
    "features make a new version, which new subscribers get."
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
    trial_days: int | None = None
    limits: list[PlanLimitInput] | None = None
    features: list[str] | None = None


@strawberry.input
class ArchivePlanInput:
    """Which plan to close."""

    plan_id: strawberry.ID


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
class PlanQueries:
    """Reading plans."""

    @strawberry.field(permission_classes=[SignedIn], description="Plans, the newest first.")
    async def plans(
        self,
        info: Info,
        filter: PlanFilter | None = None,  # noqa: A002 - the API's name
        first: First = None,
        after: After = None,
    ) -> Connection[Plan]:
        """List plans."""
        store = info.context.deps.store
        chosen = filter or PlanFilter()
        query = plan_query(
            user_type=chosen.user_type, active=chosen.active, billing_cycle=chosen.billing_cycle
        )
        listing = Listing(
            name="plans",
            order=NEWEST_FIRST,
            read=lambda key, size: list_plans(store, query, after=key, size=size),
            count=lambda: count(store, "plans", query),
        )
        return await connect(info, listing, first=first, after=after, to_node=Plan.of)

    @strawberry.field(permission_classes=[SignedIn], description="One plan, in its latest version.")
    async def plan(self, info: Info, id: strawberry.ID) -> Plan | None:  # noqa: A002
        """Find a plan."""
        found = await find_plan(info.context.deps.store, parse_id("plan", id))
        return Plan.of(found) if found else None


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
            trial_days=input.trial_days,
            limits=_limits(input.limits),
            features=input.features,
        )
        request = request_of(info, input)
        plan = await actions.create_plan(info.context.deps, draft, request=request)
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
            trial_days=input.trial_days,
            limits=None if input.limits is None else _limits(input.limits),
            features=None if input.features is None else tuple(input.features),
        )
        plan = await actions.update_plan(info.context.deps, input.plan_id, edit)
        return UpdatePlanPayload(plan=Plan.of(plan))

    @mutation(Operator, description="Close a plan to new subscribers; those it has stay.")
    async def archive_plan(self, info: Info, input: ArchivePlanInput) -> ArchivePlanPayload:  # noqa: A002
        """Archive a plan."""
        plan = await actions.archive_plan(info.context.deps, input.plan_id)
        return ArchivePlanPayload(plan=Plan.of(plan))


def _limits(inputs: Sequence[PlanLimitInput]) -> dict[str, int]:
    """Return limits by name.

    Raises:
        InvalidValue: a name stands twice.
    """
    limits = {limit.name: limit.value for limit in inputs}
    if len(limits) != len(inputs):
        raise InvalidValue("a limit is named twice", field=("limits",))
    return limits
