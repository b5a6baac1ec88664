"""Giving subscriptions discounts, and taking them away."""

import strawberry

from ciclo.actions.selling import discounts as actions
from graphql_schema.context import Info, Operator, SignedIn
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.account import BillingSubscription


@strawberry.input
class ApplyCouponInput:
    """A code for a running subscription."""

    subscription_id: strawberry.ID
    coupon_code: str
    reason: str | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class RemoveDiscountInput:
    """A discount to take away."""

    subscription_id: strawberry.ID
    discount_id: strawberry.ID
    reason: str | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class DiscountPayload:
    """What a mutation of a subscription's discounts came to."""

    subscription: BillingSubscription | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class ApplyCouponPayload(DiscountPayload):
    """What applyCoupon came to."""


@strawberry.type
class RemoveDiscountPayload(DiscountPayload):
    """What removeDiscount came to."""


@strawberry.type
class DiscountMutations:
    """Changing the discounts of subscriptions."""

    @mutation(SignedIn, description="Redeem a code: the next invoice is the first one with its discount.")
    async def apply_coupon(self, info: Info, input: ApplyCouponInput) -> ApplyCouponPayload:  # noqa: A002
        """Apply a coupon."""
        changed = await actions.apply_coupon(
            info.context.deps,
            input.subscription_id,
            input.coupon_code,
            reason=input.reason,
            caller=await info.context.caller(),
            request=request_of(info, input),
        )
        return ApplyCouponPayload(subscription=BillingSubscription.of(changed))

    @mutation(Operator, description="Take a discount away: the next invoice is the first one without it.")
    async def remove_discount(self, info: Info, input: RemoveDiscountInput) -> RemoveDiscountPayload:  # noqa: A002
        """Remove a discount."""
        changed = await actions.remove_discount(
            info.context.deps,
            input.subscription_id,
            input.discount_id,
            reason=input.reason,
            caller=await info.context.caller(),
            request=request_of(info, input),
        )
        return RemoveDiscountPayload(subscription=BillingSubscription.of(changed))
