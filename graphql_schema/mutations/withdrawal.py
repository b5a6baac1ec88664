"""Withdrawing from a contract."""

import strawberry

from ciclo.actions.changes import cancellations
from graphql_schema.context import Info, SignedIn
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import mutation
from graphql_schema.mutations.subscription import SubscriptionPayload
from graphql_schema.types.account import BillingSubscription


@strawberry.input(description="No reason is asked for.")
class WithdrawInput:
    """A contract to withdraw from."""

    subscription_id: strawberry.ID
    reason: str | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class WithdrawPayload(SubscriptionPayload):
    """What withdraw came to."""


@strawberry.type
class WithdrawalMutations:
    """Withdrawing from contracts."""

    @mutation(
        SignedIn,
        description="End at once, some days after the first payment: all that was paid for it goes back.",
    )
    async def withdraw(self, info: Info, input: WithdrawInput) -> WithdrawPayload:  # noqa: A002 - the API's name
        """Withdraw from a contract."""
        context = info.context
        ended = await cancellations.withdraw_subscription(
            context.deps,
            input.subscription_id,
            reason=input.reason,
            caller=await context.caller(),
            request=request_of(info, input),
        )
        return WithdrawPayload(subscription=BillingSubscription.of(ended))
