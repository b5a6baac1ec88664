"""What the mutations of a subscription answer."""

import strawberry

from graphql_schema.errors import USER_ERRORS, UserError
from graphql_schema.subscription import BillingSubscription


@strawberry.type
class SubscriptionPayload:
    """What a mutation of a subscription came to."""

    subscription: BillingSubscription | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)
