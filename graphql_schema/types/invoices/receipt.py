"""Receipts of payments."""

from datetime import datetime

import strawberry

from ciclo.domain.payment import Payment
from graphql_schema.context import Info


@strawberry.type(description="What a payer has in hand of money that came; it shows what went back, too.")
class Receipt:
    """A receipt."""

    number: str | None = strawberry.field(
        description="Gapless in its series; null until the receipt is first mailed, or its PDF asked for."
    )
    issued_at: datetime | None
    pdf_url: str = strawberry.field(description="Where its PDF is, for its owner and operators.")


@strawberry.type
class PaymentWithReceipt:
    """The part of a payment's type that is about its receipt."""

    source: strawberry.Private[Payment]

    @strawberry.field(description="Its receipt, once it has come.")
    async def receipt(self, info: Info) -> Receipt | None:
        """Fetch the receipt, with those of the other rows."""
        if not self.source.is_paid:
            return None
        found = await info.context.loaders.receipts_of_payment.load(self.source.id)
        return Receipt(
            number=found[0].number if found else None,
            issued_at=found[0].issued_at if found else None,
            pdf_url=f"/receipts/{self.source.id}.pdf",
        )
