"""Looking at another billing day before it is asked for, to the cent."""

import strawberry

from ciclo.actions.changes.billing_day import preview_billing_day_change
from graphql_schema.context import Info, Operator
from graphql_schema.types.billing_day import BILLING_DAY, BillingDayChangePreview


@strawberry.input(description="The same as a change, without its key.")
class PreviewBillingDayChangeInput:
    """A change to look at."""

    subscription_id: strawberry.ID
    billing_day: int = strawberry.field(description=BILLING_DAY)


@strawberry.type
class BillingDayQueries:
    """Looking at changes before they are made."""

    @strawberry.field(
        permission_classes=[Operator], description="What changeBillingDay would do, without doing it."
    )
    async def preview_billing_day_change(
        self,
        info: Info,
        input: PreviewBillingDayChangeInput,  # noqa: A002 - the API's name
    ) -> BillingDayChangePreview:
        """Preview a change."""
        deps = info.context.deps
        preview = await preview_billing_day_change(
            deps, input.subscription_id, input.billing_day, caller=await info.context.caller()
        )
        return BillingDayChangePreview.of(preview, timezone=deps.policy.timezone)
