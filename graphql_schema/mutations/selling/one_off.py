"""One-off invoices: billing a subscription's customer at once."""

import strawberry

from ciclo.actions.selling import one_off
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.account import Invoice
from graphql_schema.types.selling.item import InvoiceDraftInput


@strawberry.input(description="Items to bill a subscription's customer at once, on an invoice of their own.")
class CreateInvoiceInput(InvoiceDraftInput):
    """An invoice."""

    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class CreateInvoicePayload:
    """What createInvoice came to."""

    invoice: Invoice | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class OneOffMutations:
    """Billing at once."""

    @mutation(
        Operator,
        description="Bill items now, collected as the subscription's invoices are; in no MRR.",
    )
    async def create_invoice(self, info: Info, input: CreateInvoiceInput) -> CreateInvoicePayload:  # noqa: A002
        """Create an invoice."""
        context = info.context
        invoice = await one_off.create_invoice(
            context.deps,
            input.to_draft(),
            caller=await context.caller(),
            request=request_of(info, input),
        )
        return CreateInvoicePayload(invoice=Invoice.of(invoice, today=context.today))
