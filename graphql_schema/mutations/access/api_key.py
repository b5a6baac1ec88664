"""Making API keys and taking them back."""

from datetime import datetime

import strawberry

from ciclo.actions.access import api_keys as actions
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.access.api_key import ApiKey
from graphql_schema.types.enums import Permission


@strawberry.input
class CreateApiKeyInput:
    """A new key."""

    name: str
    scopes: list[Permission] = strawberry.field(description="At least one, and none that its maker lacks.")
    expires_at: datetime | None = strawberry.field(
        default=None, description="By the wall clock; null: when it is revoked."
    )
    allowed_addresses: list[str] = strawberry.field(
        default_factory=list, description="IP addresses, or networks such as 203.0.113.0/24; empty: any."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class RevokeApiKeyInput:
    """Which key to take back."""

    key_id: strawberry.ID
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class CreateApiKeyPayload:
    """What createApiKey came to."""

    api_key: ApiKey | None = None
    secret: str | None = strawberry.field(
        default=None,
        description="The key itself, for `Authorization: Bearer`. It is shown this once: null in a repeat.",
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class RevokeApiKeyPayload:
    """What revokeApiKey came to."""

    api_key: ApiKey | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class ApiKeyMutations:
    """Making keys and taking them back."""

    @mutation(Operator, description="Make an API key, by which a service of yours is known.")
    async def create_api_key(self, info: Info, input: CreateApiKeyInput) -> CreateApiKeyPayload:  # noqa: A002
        """Make a key."""
        context = info.context
        draft = actions.ApiKeyDraft(
            name=input.name,
            scopes=frozenset(input.scopes),
            expires_at=input.expires_at,
            allowed_addresses=input.allowed_addresses,
        )
        key, secret = await actions.create_api_key(
            context.deps,
            draft,
            by=context.actor,
            permissions=context.viewer.permissions,
            request=request_of(info, input),
        )
        return CreateApiKeyPayload(api_key=ApiKey.of(key), secret=secret)

    @mutation(Operator, description="Take an API key back for good; it is refused within 30 seconds.")
    async def revoke_api_key(self, info: Info, input: RevokeApiKeyInput) -> RevokeApiKeyPayload:  # noqa: A002
        """Take a key back."""
        context = info.context
        key = await actions.revoke_api_key(
            context.deps, input.key_id, by=context.actor, request=request_of(info, input)
        )
        return RevokeApiKeyPayload(api_key=ApiKey.of(key))
