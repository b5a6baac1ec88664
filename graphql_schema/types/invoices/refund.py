"""Refunds: their type."""

from datetime import date, datetime
from typing import Final, Self

import strawberry

from ciclo.domain import payment as domain
from ciclo.domain.lifecycle.payments.tax import refund_taxes
from ciclo.domain.payments import arrival
from graphql_schema.context import Info
from graphql_schema.types.enums import RefundStatus
from graphql_schema.types.money import Money, to_money

REFUND_ARRIVES: Final = "up to {days} business days"


@strawberry.type(description="Money of a payment on its way back.")
class Refund:
    """A refund."""

    id: strawberry.ID
    amount: Money
    status: RefundStatus
    reason: str | None
    created_at: datetime
    source: strawberry.Private[domain.Refund]
    payment: strawberry.Private[domain.Payment]

    @classmethod
    def of(cls, refund: domain.Refund, payment: domain.Payment) -> Self:
        """Return *refund* of *payment* as the API shows it."""
        return cls(
            id=strawberry.ID(refund.id),
            amount=to_money(refund.amount, payment.currency),
            status=refund.status,
            reason=refund.reason,
            created_at=refund.created_at,
            source=refund,
            payment=payment,
        )

    @strawberry.field(description="When the payer usually sees the money.")
    def arrives_within(self, info: Info) -> str:
        """Return it in words."""
        return REFUND_ARRIVES.format(days=info.context.deps.settings.refund_days)

    @strawberry.field(description="The day by which the payer has the money.")
    def expected_by(self, info: Info) -> date:
        """Return the day."""
        deps = info.context.deps
        return arrival.arrival_day(self.source, days=deps.settings.refund_days, policy=deps.policy)

    @strawberry.field(description="That day is over, and the provider has not said that it went through.")
    def late(self, info: Info) -> bool:
        """Return whether it is late."""
        deps, today = info.context.deps, info.context.today
        return arrival.is_late(self.source, today=today, days=deps.settings.refund_days, policy=deps.policy)

    @strawberry.field(
        description="The tax in it; none where it pays a balance out, or money that no invoice needed."
    )
    async def tax(self, info: Info) -> Money:
        """Compute it from the invoice and all that was paid of it, with those of the other rows."""
        invoice = await info.context.loaders.invoices.load(self.payment.invoice_id)
        payments = await info.context.loaders.payments_of_invoice.load(invoice.id)
        tax = refund_taxes(invoice, payments).get(self.source.id, 0)
        return to_money(tax, self.payment.currency)
