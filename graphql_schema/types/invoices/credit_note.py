"""Credit notes: their type."""

from datetime import datetime
from typing import Self

import strawberry

from ciclo.domain import invoice as domain
from graphql_schema.types.invoices.invoice_line import InvoiceLine
from graphql_schema.types.money import Money, to_money


@strawberry.type(description="A correction of an invoice, whose amount went to the customer's balance.")
class CreditNote:
    """A credit note."""

    id: strawberry.ID
    number: str | None
    amount: Money
    reason: str
    lines: list[InvoiceLine]
    issued_at: datetime

    @classmethod
    def of(cls, note: domain.CreditNote) -> Self:
        """Return *note* as the API shows it."""
        return cls(
            id=strawberry.ID(note.id),
            number=note.number,
            amount=to_money(note.amount, note.currency),
            reason=note.reason,
            lines=[InvoiceLine.of(line, note.currency) for line in note.lines],
            issued_at=note.issued_at,
        )
