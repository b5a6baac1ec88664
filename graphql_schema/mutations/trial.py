"""Moving the end of a trial."""

from datetime import date

import strawberry

from ciclo.actions.changes import trials
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import mutation
from graphql_schema.mutations.subscription import SubscriptionPayload
from graphql_schema.types.account import BillingSubscription


@strawberry.input
class ExtendTrialInput:
    """A later end of a trial."""

    subscription_id: strawberry.ID
    until: date = strawberry.field(description="The first day that is billed: later than it is now.")
    reason: str | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class EndTrialInput:
    """A trial to end."""

    subscription_id: strawberry.ID
    reason: str | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class ExtendTrialPayload(SubscriptionPayload):
    """What extendTrial came to."""


@strawberry.type
class EndTrialPayload(SubscriptionPayload):
    """What endTrial came to."""


@strawberry.type
class TrialMutations:
    """Moving the end of trials."""

    @mutation(Operator, description="Let a trial last longer. A later change of plan does not shorten it.")
    async def extend_trial(self, info: Info, input: ExtendTrialInput) -> ExtendTrialPayload:  # noqa: A002
        """Extend a trial."""
        context = info.context
        changed = await trials.extend_trial(
            context.deps,
            input.subscription_id,
            until=input.until,
            reason=input.reason,
            caller=await context.caller(),
            request=request_of(info, input),
        )
        return ExtendTrialPayload(subscription=BillingSubscription.of(changed))

    @mutation(Operator, description="End a trial now: its first period is billed.")
    async def end_trial(self, info: Info, input: EndTrialInput) -> EndTrialPayload:  # noqa: A002
        """End a trial."""
        context = info.context
        changed = await trials.end_trial(
            context.deps,
            input.subscription_id,
            reason=input.reason,
            caller=await context.caller(),
            request=request_of(info, input),
        )
        return EndTrialPayload(subscription=BillingSubscription.of(changed))
