"""Uses of grants: their type."""

from typing import Self

import strawberry

from ciclo.domain.payments import grant
from graphql_schema.types.money import Money, to_money


@strawberry.type(description="What an invoice took of a grant.")
class GrantUse:
    """A use."""

    grant_id: strawberry.ID
    amount: Money

    @classmethod
    def of(cls, use: grant.GrantUse, currency: str) -> Self:
        """Return *use* as the API shows it."""
        return cls(grant_id=strawberry.ID(use.grant.id), amount=to_money(use.amount, currency))
