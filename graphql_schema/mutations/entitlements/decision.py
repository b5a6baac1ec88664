"""What operators decide of entitlements."""

from datetime import date

import strawberry

from ciclo.actions.entitlements import decisions as actions
from ciclo.domain.entitlements.feature import Combination, FeatureKind, Overage, Reset
from ciclo.domain.entitlements.feature import Feature as DomainFeature
from ciclo.domain.errors.general import InvalidValue
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.entitlements.entitlement import EntitlementSet
from graphql_schema.types.entitlements.feature import Feature


@strawberry.input(description="How a feature is counted, from now on if its key is known already.")
class RegisterFeatureInput:
    """A feature."""

    key: str = strawberry.field(description="The name that plans' limits and features have for it.")
    name: str = ""
    kind: FeatureKind = FeatureKind.LIMIT
    combination: Combination = Combination.SUM
    per_unit: bool = False
    reset: Reset = Reset.NEVER
    overage: Overage = Overage.BLOCK
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class RegisterFeaturePayload:
    """What registerFeature came to."""

    feature: Feature | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.input(
    description="What a customer gets of a feature, whatever their plans say: a limit, or as much as they "
    "like. It replaces an earlier one, and gives nothing to who has no subscription."
)
class OverrideEntitlementInput:
    """An override."""

    customer_id: strawberry.ID
    feature: str
    limit: int | None = None
    unlimited: bool = strawberry.field(default=False, description="Instead of a limit.")
    until: date | None = strawberry.field(default=None, description="The last day; by default for good.")
    reason: str
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class OverrideEntitlementPayload:
    """What overrideEntitlement came to."""

    entitlements: EntitlementSet | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class EntitlementDecisionMutations:
    """Deciding what features mean, and what one customer gets of them."""

    @mutation(Operator, description="Say how a feature is counted, for everybody who has it.")
    async def register_feature(self, info: Info, input: RegisterFeatureInput) -> RegisterFeaturePayload:  # noqa: A002
        """Register a feature."""
        feature = DomainFeature(
            key=input.key,
            name=input.name,
            kind=input.kind,
            combination=input.combination,
            per_unit=input.per_unit,
            reset=input.reset,
            overage=input.overage,
        )
        registered = await actions.register_feature(
            info.context.deps, feature, by=info.context.actor, request=request_of(info, input)
        )
        return RegisterFeaturePayload(feature=Feature.of(registered))

    @mutation(Operator, description="Give one customer more of a feature, or less, than their plans do.")
    async def override_entitlement(
        self,
        info: Info,
        input: OverrideEntitlementInput,  # noqa: A002
    ) -> OverrideEntitlementPayload:
        """Override an entitlement."""
        context = info.context
        if (input.limit is None) != input.unlimited:
            raise InvalidValue("give a limit, or unlimited", field=("limit",))
        choice = actions.OverrideChoice(
            feature=input.feature, limit=input.limit, until=input.until, reason=input.reason
        )
        after = await actions.override_entitlement(
            context.deps,
            input.customer_id,
            choice,
            by=context.actor,
            request=request_of(info, input),
        )
        entitlements, items = await context.meter.reader.all_of(after.customer_id)
        return OverrideEntitlementPayload(
            entitlements=EntitlementSet.of(entitlements, items, as_of=context.now)
        )
