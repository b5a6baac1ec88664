"""Letting a customer try cards again."""

import strawberry

from ciclo.actions.self_service import lift_decline_limit as actions
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.customers.customer import Customer


@strawberry.input(description="Whose declined cards count no more, nor those tried for what they owe.")
class LiftDeclineLimitInput:
    """A customer."""

    customer_id: strawberry.ID
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class LiftDeclineLimitPayload:
    """What liftDeclineLimit came to."""

    customer: Customer | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class DeclineLimitMutations:
    """Letting customers try cards again."""

    @mutation(Operator, description="Let a customer try cards again who was refused with TOO_MANY_DECLINES.")
    async def lift_decline_limit(self, info: Info, input: LiftDeclineLimitInput) -> LiftDeclineLimitPayload:  # noqa: A002
        """Lift the limit."""
        customer = await actions.lift_decline_limit(
            info.context.deps, input.customer_id, by=info.context.actor, request=request_of(info, input)
        )
        return LiftDeclineLimitPayload(customer=Customer.of(customer))
