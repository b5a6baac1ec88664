"""Credit notes: the mutation by which an operator makes one."""

from decimal import Decimal

import strawberry

from ciclo.actions import credit_notes as actions
from ciclo.actions.invoices import get_invoice
from ciclo.domain.money import Money as DomainMoney
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.enums import CreditDestination
from graphql_schema.types.invoices.credit_note import CreditNote


@strawberry.input(description="Credit a paid invoice: an amount, whole lines, or all that is left of it.")
class CreateCreditNoteInput:
    """A correction."""

    invoice_id: strawberry.ID
    amount: Decimal | None = strawberry.field(
        default=None, description="With tax, in the invoice's currency."
    )
    lines: list[int] | None = strawberry.field(
        default=None, description="Places of the invoice's lines, from 1: each is credited whole."
    )
    whole: bool = strawberry.field(default=False, description="All that is left of the invoice.")
    to: CreditDestination
    reason: str = strawberry.field(description="Written on the credit note.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class CreateCreditNotePayload:
    """What createCreditNote came to."""

    credit_note: CreditNote | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class CreditNoteMutations:
    """Correcting invoices."""

    @mutation(
        Operator,
        description="Correct a paid invoice by a numbered credit note, never by more than is left of it.",
    )
    async def create_credit_note(self, info: Info, input: CreateCreditNoteInput) -> CreateCreditNotePayload:  # noqa: A002
        """Create a credit note."""
        context = info.context
        caller = await context.caller()
        amount = None
        if input.amount is not None:
            invoice = await get_invoice(context.deps, input.invoice_id, caller=caller)
            amount = DomainMoney.from_decimal(input.amount, invoice.currency)
        correction = actions.Correction(
            amount=amount,
            lines=tuple(input.lines or ()),
            whole=input.whole,
            to=input.to,
            reason=input.reason,
        )
        note = await actions.create_credit_note(
            context.deps, input.invoice_id, correction, caller=caller, request=request_of(info, input)
        )
        return CreateCreditNotePayload(credit_note=CreditNote.of(note))
