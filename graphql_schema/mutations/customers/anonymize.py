"""Anonymizing customers."""

import strawberry

from ciclo.actions.customers.anonymizing import anonymize_customer
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.customers.register import CustomerPayload
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import mutation
from graphql_schema.types.customers.customer import Customer


@strawberry.input
class AnonymizeCustomerInput:
    """Whose personal data are to go."""

    customer_id: strawberry.ID
    reason: str
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class AnonymizeCustomerPayload(CustomerPayload):
    """What anonymizeCustomer came to."""


@strawberry.type
class AnonymizeCustomerMutations:
    """Anonymizing customers."""

    @mutation(
        Operator,
        description="Erase what is known of a person, for good. Issued invoices keep whom they name; refused "
        "while a subscription lives or an invoice is open.",
    )
    async def anonymize_customer(
        self,
        info: Info,
        input: AnonymizeCustomerInput,  # noqa: A002 - the API's name
    ) -> AnonymizeCustomerPayload:
        """Anonymize a customer."""
        customer = await anonymize_customer(
            info.context.deps,
            input.customer_id,
            reason=input.reason,
            by=info.context.actor,
            request=request_of(info, input),
        )
        return AnonymizeCustomerPayload(customer=Customer.of(customer))
