"""Mailing a customer again whose mail came back."""

import strawberry

from ciclo.actions.mails import bounces as actions
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.customers.register import CustomerPayload
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import mutation
from graphql_schema.types.customers.customer import Customer


@strawberry.input
class ClearEmailBrokenInput:
    """Whose address is good after all."""

    customer_id: strawberry.ID
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class ClearEmailBrokenPayload(CustomerPayload):
    """What clearEmailBroken came to."""


@strawberry.type
class EmailBrokenMutations:
    """Mailing somebody again."""

    @mutation(Operator, description="Mail a customer again whose mail came back: see Customer.emailBroken.")
    async def clear_email_broken(
        self,
        info: Info,
        input: ClearEmailBrokenInput,  # noqa: A002 - the API's name
    ) -> ClearEmailBrokenPayload:
        """Take the mark back."""
        customer = await actions.clear_email_broken(
            info.context.deps, input.customer_id, by=info.context.actor, request=request_of(info, input)
        )
        return ClearEmailBrokenPayload(customer=Customer.of(customer))
