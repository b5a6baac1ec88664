"""Disputes: their type."""

from datetime import datetime
from typing import Self

import strawberry

from ciclo.domain.payment import Payment
from ciclo.domain.payments import dispute as domain
from graphql_schema.types.money import Money, to_money


@strawberry.type(description="The payer's bank contests a payment, or a part of it.")
class Dispute:
    """A dispute."""

    id: strawberry.ID = strawberry.field(description="The provider's; empty where it names none.")
    amount: Money
    fee: Money | None = strawberry.field(description="What the provider took for it, where it says so.")
    opened_at: datetime | None
    closed_at: datetime | None
    won: bool | None = strawberry.field(description="Null while it is open.")

    @classmethod
    def of(cls, dispute: domain.Dispute, payment: Payment) -> Self:
        """Return *dispute* of *payment* as the API shows it."""
        contested = payment.received_amount if dispute.amount is None else dispute.amount
        return cls(
            id=strawberry.ID(dispute.id),
            amount=to_money(contested, payment.currency),
            fee=None if dispute.fee is None else to_money(dispute.fee, payment.currency),
            opened_at=dispute.opened_at,
            closed_at=dispute.closed_at,
            won=dispute.won,
        )
