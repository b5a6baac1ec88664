"""Uses of grants: their type."""

import strawberry

from graphql_schema.types.money import Money


@strawberry.type(description="What an invoice took of a grant.")
class GrantUse:
    """A use."""

    grant_id: strawberry.ID
    amount: Money
