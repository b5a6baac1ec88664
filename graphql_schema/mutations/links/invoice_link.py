"""Links by which invoices are seen and paid without signing in."""

from datetime import datetime

import strawberry

from ciclo.actions.links import invoice_links as actions
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.account import Invoice


@strawberry.input(description="Get the link of an invoice.")
class CreateInvoiceLinkInput:
    """Which invoice, and for how long."""

    invoice_id: strawberry.ID
    renew: bool = strawberry.field(
        default=False, description="Make a new link: no earlier one opens the invoice any more."
    )
    expires_in_days: int | None = strawberry.field(
        default=None, description="1 to 365: a new link that is good so long. By default until it is revoked."
    )


@strawberry.input(description="Take the link of an invoice back.")
class RevokeInvoiceLinkInput:
    """Which invoice."""

    invoice_id: strawberry.ID


@strawberry.type
class CreateInvoiceLinkPayload:
    """What createInvoiceLink came to."""

    url: str | None = strawberry.field(
        default=None, description="Whoever has it sees the invoice, and may pay it."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="By the wall clock; null: it is good until it is revoked."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class RevokeInvoiceLinkPayload:
    """What revokeInvoiceLink came to."""

    invoice: Invoice | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class InvoiceLinkMutations:
    """Links of invoices."""

    @mutation(
        Operator,
        description="Return where an invoice is seen and paid without signing in: the link that mails have, "
        "or a new one.",
    )
    async def create_invoice_link(
        self,
        info: Info,
        input: CreateInvoiceLinkInput,  # noqa: A002 - the API's name
    ) -> CreateInvoiceLinkPayload:
        """Return the link of an invoice."""
        context = info.context
        address = await actions.create_invoice_link(
            context.deps,
            input.invoice_id,
            renew=input.renew,
            expires_in_days=input.expires_in_days,
            caller=await context.caller(),
            by=context.actor,
        )
        return CreateInvoiceLinkPayload(url=address.url, expires_at=address.expires_at)

    @mutation(
        Operator,
        description="Let no link open an invoice any more, those in mails too, until it is given a new one.",
    )
    async def revoke_invoice_link(
        self,
        info: Info,
        input: RevokeInvoiceLinkInput,  # noqa: A002 - the API's name
    ) -> RevokeInvoiceLinkPayload:
        """Take the link of an invoice back."""
        context = info.context
        invoice = await actions.revoke_invoice_link(
            context.deps, input.invoice_id, caller=await context.caller(), by=context.actor
        )
        return RevokeInvoiceLinkPayload(invoice=Invoice.of(invoice, today=context.today))
