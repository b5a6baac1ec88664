"""Credit notes: their type."""

from datetime import datetime
from typing import Self

import strawberry

from ciclo.domain import invoice as domain
from graphql_schema.types.enums import CreditDestination
from graphql_schema.types.invoices.invoice_line import InvoiceLine
from graphql_schema.types.money import Money, to_money


@strawberry.type(
    description="A correction of an invoice, whose amount went to the customer's balance or to the payer."
)
class CreditNote:
    """A credit note."""

    id: strawberry.ID
    number: str | None = strawberry.field(description="Gapless in its own series.")
    amount: Money = strawberry.field(description="With the tax in it.")
    tax: Money
    to: CreditDestination = strawberry.field(description="Where the amount went.")
    reason: str
    lines: list[InvoiceLine]
    invoice_id: strawberry.ID
    issued_at: datetime

    @classmethod
    def of(cls, note: domain.CreditNote) -> Self:
        """Return *note* as the API shows it."""
        return cls(
            id=strawberry.ID(note.id),
            number=note.number,
            amount=to_money(note.amount, note.currency),
            tax=to_money(note.tax, note.currency),
            to=note.to,
            reason=note.reason,
            lines=[InvoiceLine.of(line, note.currency) for line in note.lines],
            invoice_id=strawberry.ID(note.invoice_id),
            issued_at=note.issued_at,
        )

    @strawberry.field(description="Where its PDF is, for its owner and operators.")
    def pdf_url(self) -> str:
        """Return a path on this server."""
        return f"/credit-notes/{self.id}.pdf"
