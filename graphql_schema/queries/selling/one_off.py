"""Looking at a one-off invoice before it is issued."""

import strawberry

from ciclo.actions.selling import one_off
from graphql_schema.context import Info, Operator
from graphql_schema.types.forecast import ForecastInvoice
from graphql_schema.types.selling.item import InvoiceDraftInput


@strawberry.type
class OneOffQueries:
    """Looking at invoices before they are issued."""

    @strawberry.field(permission_classes=[Operator], description="What createInvoice would issue now.")
    async def preview_invoice(self, info: Info, input: InvoiceDraftInput) -> ForecastInvoice:  # noqa: A002
        """Preview an invoice."""
        deps = info.context.deps
        invoice = await one_off.preview_invoice(deps, input.to_draft(), caller=await info.context.caller())
        return ForecastInvoice.of(invoice, timezone=deps.policy.timezone)
