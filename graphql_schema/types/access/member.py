"""Members: their type."""

from datetime import datetime
from typing import Self

import strawberry

from ciclo.store.access.members import Member as StoredMember
from graphql_schema.types.enums import OperatorRole


@strawberry.type(description="Somebody who works for the seller.")
class Member:
    """A member."""

    id: strawberry.ID
    email: str
    roles: list[OperatorRole]
    invited_by: str
    created_at: datetime = strawberry.field(description="By the wall clock, as all instants of a member.")
    last_seen_at: datetime | None = strawberry.field(
        description="To the minute; null: the invitation was not taken up yet."
    )

    @classmethod
    def of(cls, member: StoredMember) -> Self:
        """Return *member* as the API shows them."""
        return cls(
            id=strawberry.ID(member.id),
            email=member.email,
            roles=list(member.roles),
            invited_by=member.invited_by,
            created_at=member.created_at,
            last_seen_at=member.last_seen_at,
        )
