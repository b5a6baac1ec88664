"""Changing the day on which periods begin: the seller's decision, since it makes a short period."""

import strawberry

from ciclo.actions.changes.billing_day import change_billing_day
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import mutation
from graphql_schema.mutations.subscription import SubscriptionPayload
from graphql_schema.types.account import BillingSubscription
from graphql_schema.types.billing_day import BILLING_DAY


@strawberry.input
class ChangeBillingDayInput:
    """Another billing day."""

    subscription_id: strawberry.ID
    billing_day: int = strawberry.field(description=BILLING_DAY)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class ChangeBillingDayPayload(SubscriptionPayload):
    """What changeBillingDay came to."""


@strawberry.type
class BillingDayMutations:
    """Changing billing days."""

    @mutation(
        Operator,
        description="Begin periods on another day of the month. The present one runs to its end; the days "
        "from there to the first such day are billed by themselves, prorated.",
    )
    async def change_billing_day(
        self,
        info: Info,
        input: ChangeBillingDayInput,  # noqa: A002 - the API's name
    ) -> ChangeBillingDayPayload:
        """Change a billing day."""
        context = info.context
        changed = await change_billing_day(
            context.deps,
            input.subscription_id,
            input.billing_day,
            caller=await context.caller(),
            request=request_of(info, input),
        )
        return ChangeBillingDayPayload(subscription=BillingSubscription.of(changed))
