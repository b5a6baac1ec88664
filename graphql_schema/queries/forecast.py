"""Looking ahead: the invoices to come, a creation and a cancellation before they are made."""

from datetime import date
from typing import Annotated, Final

import strawberry

from ciclo.actions import forecasts as actions
from ciclo.actions.changes import cancellations, pauses
from ciclo.domain.events.commands import SubscriptionPaused
from graphql_schema.context import Info, SignedIn
from graphql_schema.types.billing_day import BILLING_ANCHOR, BILLING_DAY, FIRST_PERIOD, chosen_anchor_of
from graphql_schema.types.enums import CancellationRefund, FirstPeriod, PaymentMethodKind
from graphql_schema.types.forecast import CancellationPreview, CreationPreview, ForecastInvoice, PausePreview
from graphql_schema.types.selling.item import CancellationPenaltyInput

MONTHS_DEFAULT: Final = 12

Months = Annotated[int, strawberry.argument(description="1 to 36; the day on which they are over counts.")]


@strawberry.input(description="The same as a creation, without its key; no provider is asked.")
class PreviewCreationInput:
    """A creation to look at."""

    plan_id: strawberry.ID
    customer_email: str | None = None
    quantity: int = 1
    skip_trial: bool = False
    payment_method: PaymentMethodKind | None = None
    billing_day: int | None = strawberry.field(default=None, description=BILLING_DAY)
    billing_anchor: date | None = strawberry.field(default=None, description=BILLING_ANCHOR)
    first_period: FirstPeriod = strawberry.field(default=FirstPeriod.PRORATED, description=FIRST_PERIOD)
    coupon_code: str | None = None


@strawberry.input(description="The same as a cancellation, without its reason and key.")
class PreviewCancellationInput:
    """A cancellation to look at."""

    subscription_id: strawberry.ID
    cancel_immediately: bool = False
    refund: CancellationRefund = CancellationRefund.NONE
    penalty: CancellationPenaltyInput | None = None


@strawberry.input(description="The same as a pause, without its reason and key.")
class PreviewPauseInput:
    """A pause to look at."""

    subscription_id: strawberry.ID
    at_period_end: bool = False
    resume_on: date | None = None


@strawberry.type
class ForecastQueries:
    """Looking ahead."""

    @strawberry.field(
        permission_classes=[SignedIn],
        description="The invoices to come, to the cent, if nothing is changed and each is paid on its day.",
    )
    async def forecast(
        self, info: Info, subscription_id: strawberry.ID, months: Months = MONTHS_DEFAULT
    ) -> list[ForecastInvoice]:
        """Forecast a subscription's invoices."""
        deps = info.context.deps
        invoices = await actions.forecast_invoices(
            deps, subscription_id, months=months, caller=await info.context.caller()
        )
        return [ForecastInvoice.of(invoice, timezone=deps.policy.timezone) for invoice in invoices]

    @strawberry.field(
        permission_classes=[SignedIn], description="What createSubscription would charge now and next."
    )
    async def preview_creation(self, info: Info, input: PreviewCreationInput) -> CreationPreview:  # noqa: A002
        """Preview a creation."""
        deps = info.context.deps
        choice = actions.CreationChoice(
            plan_id=input.plan_id,
            customer_email=input.customer_email,
            quantity=input.quantity,
            skip_trial=input.skip_trial,
            method=input.payment_method,
            chosen_anchor=chosen_anchor_of(input.billing_day, input.billing_anchor, input.first_period),
            coupon_code=input.coupon_code,
        )
        preview = await actions.preview_new_subscription(deps, choice, caller=await info.context.caller())
        return CreationPreview.of(preview, timezone=deps.policy.timezone)

    @strawberry.field(
        permission_classes=[SignedIn],
        description="What cancelSubscription would end, when, and what it would give back.",
    )
    async def preview_cancellation(
        self,
        info: Info,
        input: PreviewCancellationInput,  # noqa: A002 - the API's name
    ) -> CancellationPreview:
        """Preview a cancellation."""
        deps = info.context.deps
        choice = cancellations.CancellationChoice(
            subscription_id=input.subscription_id,
            immediately=input.cancel_immediately,
            refund=input.refund,
            penalty=input.penalty.to_draft() if input.penalty else None,
        )
        entry = await cancellations.preview_cancellation(deps, choice, caller=await info.context.caller())
        return CancellationPreview.of(entry, policy=deps.policy)

    @strawberry.field(
        permission_classes=[SignedIn],
        description="When pauseSubscription would stop service, and what it would give back.",
    )
    async def preview_pause(self, info: Info, input: PreviewPauseInput) -> PausePreview:  # noqa: A002
        """Preview a pause."""
        deps = info.context.deps
        pause = SubscriptionPaused(at_period_end=input.at_period_end, resume_on=input.resume_on)
        preview = await pauses.preview_pause(
            deps, input.subscription_id, pause, caller=await info.context.caller()
        )
        return PausePreview.of(preview)

    @strawberry.field(
        permission_classes=[SignedIn], description="What withdraw would end, and what it would give back."
    )
    async def preview_withdrawal(self, info: Info, subscription_id: strawberry.ID) -> CancellationPreview:
        """Preview a withdrawal."""
        deps = info.context.deps
        entry = await cancellations.preview_withdrawal(
            deps, subscription_id, caller=await info.context.caller()
        )
        return CancellationPreview.of(entry, policy=deps.policy)
