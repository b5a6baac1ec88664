"""Merging customers."""

import strawberry

from ciclo.actions.customers.merging import merge_customers
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.customers.register import CustomerPayload
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import mutation
from graphql_schema.types.customers.customer import Customer


@strawberry.input
class MergeCustomersInput:
    """Two customers who are one person: who is kept, and who becomes a part of them."""

    kept_id: strawberry.ID
    dropped_id: strawberry.ID
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class MergeCustomersPayload(CustomerPayload):
    """What mergeCustomers came to: the customer who is kept."""


@strawberry.type
class MergeCustomersMutations:
    """Merging customers."""

    @mutation(
        Operator,
        description="Make a customer a part of another one, for good: subscriptions, invoices, payments, "
        "balances, usage and overrides go over; the dropped address and external id lead to the kept one. "
        "Refused while both have the same plan.",
    )
    async def merge_customers(
        self,
        info: Info,
        input: MergeCustomersInput,  # noqa: A002 - the API's name
    ) -> MergeCustomersPayload:
        """Merge two customers."""
        customer = await merge_customers(
            info.context.deps,
            input.kept_id,
            input.dropped_id,
            caller=await info.context.caller(),
            by=info.context.actor,
            request=request_of(info, input),
        )
        return MergeCustomersPayload(customer=Customer.of(customer))
