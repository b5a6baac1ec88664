"""Reading customers."""

import strawberry

from ciclo.actions.customers.finding import find_customer_named
from graphql_schema.context import Info, Operator
from graphql_schema.types.customer import Customer


@strawberry.type
class CustomerQueries:
    """Reading customers."""

    @strawberry.field(
        permission_classes=[Operator], description="One customer, by exactly one of the three arguments."
    )
    async def customer(
        self,
        info: Info,
        id: strawberry.ID | None = None,  # noqa: A002 - the API's name
        external_id: str | None = None,
        email: str | None = None,
    ) -> Customer | None:
        """Find a customer."""
        found = await find_customer_named(info.context.deps, id_=id, external_id=external_id, email=email)
        return Customer.of(found) if found else None
