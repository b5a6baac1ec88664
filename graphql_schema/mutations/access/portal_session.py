"""Letting customers into the portal from the seller's own pages."""

from datetime import datetime

import strawberry

from ciclo.actions.access import portal_sessions as actions
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation

EXPIRES_IN_S = 300


@strawberry.input
class CreatePortalSessionInput:
    """Whom to let in, by exactly one of `customerId`, `externalId` and `email`."""

    customer_id: strawberry.ID | None = None
    external_id: str | None = strawberry.field(default=None, description="Your own id of the customer.")
    email: str | None = None
    return_url: str | None = strawberry.field(
        default=None, description="Where the portal leads back to: an https address of yours."
    )
    expires_in_seconds: int = strawberry.field(
        default=EXPIRES_IN_S, description="For how long the address can be opened: 30 to 3600."
    )


@strawberry.type
class CreatePortalSessionPayload:
    """What createPortalSession came to."""

    url: str | None = strawberry.field(
        default=None, description="Lead the customer's browser there: it is good once, and told once."
    )
    expires_at: datetime | None = strawberry.field(default=None, description="By the wall clock.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class PortalSessionMutations:
    """Letting customers in."""

    @mutation(Operator, description="Let a customer of yours into the portal, who is signed in with you.")
    async def create_portal_session(
        self,
        info: Info,
        input: CreatePortalSessionInput,  # noqa: A002
    ) -> CreatePortalSessionPayload:
        """Let a customer in."""
        context = info.context
        draft = actions.PortalSessionDraft(
            customer_id=input.customer_id,
            external_id=input.external_id,
            email=input.email,
            return_url=input.return_url,
            expires_in_s=input.expires_in_seconds,
        )
        session = await actions.create_portal_session(context.deps, draft, by=context.actor)
        return CreatePortalSessionPayload(url=session.url, expires_at=session.expires_at)
