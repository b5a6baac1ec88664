"""Changing the plan of a subscription."""

import strawberry

from ciclo.actions.changes import subscription_commands
from graphql_schema.context import Info, SignedIn
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import mutation
from graphql_schema.mutations.subscription import SubscriptionPayload
from graphql_schema.types.account import BillingSubscription
from graphql_schema.types.enums import ChangeTiming, Proration


@strawberry.input(
    description="Another plan, version or quantity. Without timing: an upgrade now, a downgrade "
    "at the end of the period."
)
class ChangePlanInput:
    """A change."""

    subscription_id: strawberry.ID
    plan_id: strawberry.ID
    quantity: int | None = strawberry.field(default=None, description="As it is by default.")
    timing: ChangeTiming | None = None
    proration: Proration = strawberry.field(
        default=Proration.NOW,
        description="Of a change that is not at the end of the period, nor in a trial. "
        "NEXT_INVOICE and NONE are for operators.",
    )
    reason: str | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class ChangePlanPayload(SubscriptionPayload):
    """What changePlan came to."""


@strawberry.type
class PlanChangeMutations:
    """Changing plans."""

    @mutation(SignedIn, description="Change plan, version or quantity.")
    async def change_plan(self, info: Info, input: ChangePlanInput) -> ChangePlanPayload:  # noqa: A002
        """Change a plan."""
        context = info.context
        choice = subscription_commands.PlanChoice(
            subscription_id=input.subscription_id,
            plan_id=input.plan_id,
            quantity=input.quantity,
            timing=input.timing,
            proration=input.proration,
            reason=input.reason,
        )
        changed = await subscription_commands.change_plan(
            context.deps, choice, caller=await context.caller(), request=request_of(info, input)
        )
        return ChangePlanPayload(subscription=BillingSubscription.of(changed))
