"""What operators decide of entitlements."""

from datetime import date

import strawberry
from strawberry.scalars import JSON

from ciclo.actions.entitlements import decisions as actions
from ciclo.actions.entitlements import features
from ciclo.domain.entitlements.config import write_config
from ciclo.domain.entitlements.feature import Combination, FeatureKind, Overage, Reset
from ciclo.domain.entitlements.feature import Feature as DomainFeature
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.ids import CustomerId
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
    description="What a customer gets of a feature, whatever their plans say: a limit, as much as they "
    "like, or, of a CONFIG, a value. It replaces an earlier one; who has no subscription gets nothing by it."
)
class OverrideEntitlementInput:
    """An override."""

    customer_id: strawberry.ID
    feature: str
    limit: int | None = None
    unlimited: bool = strawberry.field(default=False, description="Instead of a limit.")
    config: JSON | None = strawberry.field(
        default=None, description="Of a CONFIG: up to 2,000 characters of JSON, 5 levels deep."
    )
    until: date | None = strawberry.field(default=None, description="The last day; by default for good.")
    reason: str
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class OverrideEntitlementPayload:
    """What overrideEntitlement came to."""

    entitlements: EntitlementSet | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.input(description="Which override ends now, before its last day.")
class EndEntitlementOverrideInput:
    """An override."""

    customer_id: strawberry.ID
    feature: str
    reason: str
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class EndEntitlementOverridePayload(OverrideEntitlementPayload):
    """What endEntitlementOverride came to."""


@strawberry.input(description="Which feature nobody is given any more.")
class ArchiveFeatureInput:
    """A feature."""

    key: str
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class ArchiveFeaturePayload(RegisterFeaturePayload):
    """What archiveFeature came to."""


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
        registered = await features.register_feature(
            info.context.deps, feature, by=info.context.actor, request=request_of(info, input)
        )
        return RegisterFeaturePayload(feature=Feature.of(registered))

    @mutation(
        Operator,
        description="Let nobody be given a feature any more, by an override or a plan; who has it keeps it.",
    )
    async def archive_feature(self, info: Info, input: ArchiveFeatureInput) -> ArchiveFeaturePayload:  # noqa: A002
        """Archive a feature."""
        archived = await features.archive_feature(
            info.context.deps, input.key, by=info.context.actor, request=request_of(info, input)
        )
        return ArchiveFeaturePayload(feature=Feature.of(archived))

    @mutation(Operator, description="Give one customer more of a feature, or less, than their plans do.")
    async def override_entitlement(
        self,
        info: Info,
        input: OverrideEntitlementInput,  # noqa: A002
    ) -> OverrideEntitlementPayload:
        """Override an entitlement."""
        context = info.context
        if (input.limit is not None) + input.unlimited + (input.config is not None) != 1:
            raise InvalidValue("give a limit, unlimited, or a config", field=("limit",))
        choice = actions.OverrideChoice(
            feature=input.feature,
            limit=input.limit,
            until=input.until,
            reason=input.reason,
            config=None if input.config is None else write_config(input.config),
        )
        after = await actions.override_entitlement(
            context.deps,
            input.customer_id,
            choice,
            by=context.actor,
            request=request_of(info, input),
        )
        return OverrideEntitlementPayload(entitlements=await _shown(info, after.customer_id))

    @mutation(Operator, description="End an override now: the customer has what their plans give again.")
    async def end_entitlement_override(
        self,
        info: Info,
        input: EndEntitlementOverrideInput,  # noqa: A002
    ) -> EndEntitlementOverridePayload:
        """End an override."""
        context = info.context
        after = await actions.end_entitlement_override(
            context.deps,
            input.customer_id,
            input.feature,
            reason=input.reason,
            by=context.actor,
            request=request_of(info, input),
        )
        return EndEntitlementOverridePayload(entitlements=await _shown(info, after.customer_id))


async def _shown(info: Info, customer_id: CustomerId) -> EntitlementSet:
    entitlements, items = await info.context.meter.reader.all_of(customer_id)
    return EntitlementSet.of(entitlements, items, as_of=info.context.now)
