"""Subscriptions: creating, cancelling and pausing them, and how they are paid."""

from datetime import date

import strawberry

from ciclo.actions import subscriptions
from ciclo.actions.changes import cancellations, pauses, subscription_commands
from ciclo.actions.changes.subscription_draft import SubscriptionDraft
from ciclo.actions.customers.finding import address_of_subscriber
from ciclo.domain.events.commands import SubscriptionPaused
from graphql_schema.context import Info, SignedIn
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.payment_method import PaymentMethodInput, choice_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.account import BillingSubscription
from graphql_schema.types.billing_day import BILLING_ANCHOR, BILLING_DAY, FIRST_PERIOD, chosen_anchor_of
from graphql_schema.types.collection import CollectionInput, collection_of
from graphql_schema.types.enums import CancellationRefund, FirstPeriod
from graphql_schema.types.selling.item import CancellationPenaltyInput


@strawberry.input(description="A customer takes a plan. Customers may leave out the e-mail: it is theirs.")
class CreateSubscriptionInput:
    """A new subscription."""

    plan_id: strawberry.ID
    customer_email: str | None = None
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="A customer who is there, instead of an address."
    )
    quantity: int = 1
    skip_trial: bool = False
    payment_method: PaymentMethodInput | None = None
    collection: CollectionInput | None = strawberry.field(
        default=None, description="Operators may choose it."
    )
    billing_day: int | None = strawberry.field(default=None, description=BILLING_DAY)
    billing_anchor: date | None = strawberry.field(default=None, description=BILLING_ANCHOR)
    first_period: FirstPeriod = strawberry.field(default=FirstPeriod.PRORATED, description=FIRST_PERIOD)
    coupon_code: str | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class UpdatePaymentMethodInput:
    """A new way to pay."""

    subscription_id: strawberry.ID
    payment_method: PaymentMethodInput
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class CancelSubscriptionInput:
    """A cancellation."""

    subscription_id: strawberry.ID
    cancel_immediately: bool = strawberry.field(
        default=False, description="False: at the end of the paid period."
    )
    reason: str | None = None
    refund: CancellationRefund = strawberry.field(
        default=CancellationRefund.NONE,
        description="For an immediate cancellation; others than NONE are for operators, "
        "and for customers if the seller lets them: the day in progress stays paid.",
    )
    penalty: CancellationPenaltyInput | None = strawberry.field(
        default=None, description="For operators: a fee, on an invoice that is issued when it has ended."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class UncancelSubscriptionInput:
    """A scheduled cancellation to take back."""

    subscription_id: strawberry.ID
    reason: str | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class PauseSubscriptionInput:
    """A pause."""

    subscription_id: strawberry.ID
    reason: str | None = None
    at_period_end: bool = strawberry.field(default=False, description="When the paid period ends.")
    resume_on: date | None = strawberry.field(
        default=None, description="The day on which it goes on by itself, billed from then on."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class ResumeSubscriptionInput:
    """The end of a pause."""

    subscription_id: strawberry.ID
    reason: str | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class SubscriptionPayload:
    """What a mutation of a subscription came to."""

    subscription: BillingSubscription | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class CreateSubscriptionPayload(SubscriptionPayload):
    """What createSubscription came to."""


@strawberry.type
class UpdatePaymentMethodPayload(SubscriptionPayload):
    """What updatePaymentMethod came to."""


@strawberry.type
class CancelSubscriptionPayload(SubscriptionPayload):
    """What cancelSubscription came to."""


@strawberry.type
class UncancelSubscriptionPayload(SubscriptionPayload):
    """What uncancelSubscription came to."""


@strawberry.type
class PauseSubscriptionPayload(SubscriptionPayload):
    """What pauseSubscription came to."""


@strawberry.type
class ResumeSubscriptionPayload(SubscriptionPayload):
    """What resumeSubscription came to."""


@strawberry.type
class SubscriptionMutations:
    """Changing subscriptions."""

    @mutation(
        SignedIn,
        description="Subscribe a customer to a plan. It is PENDING until a worker has taken it up.",
    )
    async def create_subscription(
        self,
        info: Info,
        input: CreateSubscriptionInput,  # noqa: A002 - the API's name
    ) -> CreateSubscriptionPayload:
        """Create a subscription."""
        context = info.context
        draft = SubscriptionDraft(
            plan_id=input.plan_id,
            customer_email=await address_of_subscriber(
                context.deps, input.customer_id, email=input.customer_email
            ),
            customer_id=input.customer_id,
            quantity=input.quantity,
            skip_trial=input.skip_trial,
            method=choice_of(input.payment_method) if input.payment_method else None,
            collection=collection_of(input.collection),
            chosen_anchor=chosen_anchor_of(input.billing_day, input.billing_anchor, input.first_period),
            coupon_code=input.coupon_code,
        )
        request = request_of(info, input)
        created = await subscriptions.create_subscription(
            context.deps, draft, caller=await context.caller(), request=request
        )
        return CreateSubscriptionPayload(subscription=BillingSubscription.of(created))

    @mutation(
        SignedIn,
        description="Pay another way from now on; what is failing is charged to it at once.",
    )
    async def update_payment_method(
        self,
        info: Info,
        input: UpdatePaymentMethodInput,  # noqa: A002 - the API's name
    ) -> UpdatePaymentMethodPayload:
        """Update the payment method."""
        context = info.context
        changed = await subscription_commands.update_payment_method(
            context.deps,
            input.subscription_id,
            choice_of(input.payment_method),
            caller=await context.caller(),
            request=request_of(info, input),
        )
        return UpdatePaymentMethodPayload(subscription=BillingSubscription.of(changed))

    @mutation(SignedIn, description="Cancel now, or when the period ends.")
    async def cancel_subscription(
        self,
        info: Info,
        input: CancelSubscriptionInput,  # noqa: A002 - the API's name
    ) -> CancelSubscriptionPayload:
        """Cancel a subscription."""
        context = info.context
        choice = cancellations.CancellationChoice(
            subscription_id=input.subscription_id,
            immediately=input.cancel_immediately,
            refund=input.refund,
            reason=input.reason,
            penalty=input.penalty.to_draft() if input.penalty else None,
        )
        changed = await cancellations.cancel_subscription(
            context.deps, choice, caller=await context.caller(), request=request_of(info, input)
        )
        return CancelSubscriptionPayload(subscription=BillingSubscription.of(changed))

    @mutation(SignedIn, description="Take a scheduled cancellation back.")
    async def uncancel_subscription(
        self,
        info: Info,
        input: UncancelSubscriptionInput,  # noqa: A002 - the API's name
    ) -> UncancelSubscriptionPayload:
        """Uncancel a subscription."""
        changed = await subscription_commands.uncancel_subscription(
            info.context.deps,
            input.subscription_id,
            reason=input.reason,
            caller=await info.context.caller(),
            request=request_of(info, input),
        )
        return UncancelSubscriptionPayload(subscription=BillingSubscription.of(changed))

    @mutation(
        SignedIn,
        description="Stop service, unused days go onto the balance: when the day is over, now if an operator "
        "asks for it; or at the end of the period.",
    )
    async def pause_subscription(
        self,
        info: Info,
        input: PauseSubscriptionInput,  # noqa: A002 - the API's name
    ) -> PauseSubscriptionPayload:
        """Pause a subscription."""
        changed = await pauses.pause_subscription(
            info.context.deps,
            input.subscription_id,
            SubscriptionPaused(
                reason=input.reason, at_period_end=input.at_period_end, resume_on=input.resume_on
            ),
            caller=await info.context.caller(),
            request=request_of(info, input),
        )
        return PauseSubscriptionPayload(subscription=BillingSubscription.of(changed))

    @mutation(SignedIn, description="Start service again, billed from today; or take a scheduled pause back.")
    async def resume_subscription(
        self,
        info: Info,
        input: ResumeSubscriptionInput,  # noqa: A002 - the API's name
    ) -> ResumeSubscriptionPayload:
        """Resume a subscription."""
        changed = await pauses.resume_subscription(
            info.context.deps,
            input.subscription_id,
            reason=input.reason,
            caller=await info.context.caller(),
            request=request_of(info, input),
        )
        return ResumeSubscriptionPayload(subscription=BillingSubscription.of(changed))
