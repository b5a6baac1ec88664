"""API keys: their type."""

from datetime import datetime
from typing import Self

import strawberry

from ciclo.store.access.api_keys import ApiKey as StoredKey
from graphql_schema.types.enums import Permission


@strawberry.type(description="What a service of the seller's is known by.")
class ApiKey:
    """A key, without its secret."""

    id: strawberry.ID
    name: str
    hint: str = strawberry.field(description="Its beginning and its last four characters.")
    scopes: list[Permission]
    created_by: str
    created_at: datetime = strawberry.field(description="By the wall clock, as all instants of a key.")
    expires_at: datetime | None
    allowed_addresses: list[str] = strawberry.field(
        description="The networks that it may be used from; empty: any."
    )
    revoked_at: datetime | None
    last_used_at: datetime | None = strawberry.field(description="To the minute.")

    @classmethod
    def of(cls, key: StoredKey) -> Self:
        """Return *key* as the API shows it."""
        return cls(
            id=strawberry.ID(key.id),
            name=key.name,
            hint=key.hint,
            scopes=[scope for scope in Permission if scope in key.scopes],
            created_by=key.created_by,
            created_at=key.created_at,
            expires_at=key.expires_at,
            allowed_addresses=list(key.allowed_addresses),
            revoked_at=key.revoked_at,
            last_used_at=key.last_used_at,
        )
