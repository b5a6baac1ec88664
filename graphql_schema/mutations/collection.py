"""Changing how a subscription is collected: the seller's decision, since an invoice is trusted."""

import strawberry

from ciclo.actions.changes.subscription_commands import update_collection
from ciclo.domain.collection import Collection, CollectionMode
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import mutation
from graphql_schema.mutations.subscription import SubscriptionPayload
from graphql_schema.types.account import BillingSubscription


@strawberry.input(
    description="Who collects, and when, from the next invoice on. What is left out is as by default."
)
class UpdateCollectionInput:
    """Another way to collect."""

    subscription_id: strawberry.ID
    mode: CollectionMode | None = None
    lead_days: int | None = None
    due_days: int | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class UpdateCollectionPayload(SubscriptionPayload):
    """What updateCollection came to."""


@strawberry.type
class CollectionMutations:
    """Changing the collection of subscriptions."""

    @mutation(
        Operator, description="Collect another way from the next invoice on; what is issued stays as it is."
    )
    async def update_collection(
        self,
        info: Info,
        input: UpdateCollectionInput,  # noqa: A002 - the API's name
    ) -> UpdateCollectionPayload:
        """Change the collection of a subscription."""
        context = info.context
        chosen = Collection(mode=input.mode, lead_days=input.lead_days, due_days=input.due_days)
        changed = await update_collection(
            context.deps,
            input.subscription_id,
            chosen,
            caller=await context.caller(),
            request=request_of(info, input),
        )
        return UpdateCollectionPayload(subscription=BillingSubscription.of(changed))
