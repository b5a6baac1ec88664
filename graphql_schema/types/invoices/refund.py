"""Refunds: their type."""

from datetime import datetime
from typing import Final, Self

import strawberry

from ciclo.domain import payment as domain
from graphql_schema.types.enums import RefundStatus
from graphql_schema.types.money import Money, to_money

REFUND_ARRIVES: Final = "up to 5 business days"


@strawberry.type(description="Money of a payment on its way back.")
class Refund:
    """A refund."""

    id: strawberry.ID
    amount: Money
    status: RefundStatus
    reason: str | None
    created_at: datetime
    arrives_within: str = strawberry.field(description="When the payer usually sees the money.")

    @classmethod
    def of(cls, refund: domain.Refund, currency: str) -> Self:
        """Return *refund* of a payment in *currency* as the API shows it."""
        return cls(
            id=strawberry.ID(refund.id),
            amount=to_money(refund.amount, currency),
            status=refund.status,
            reason=refund.reason,
            created_at=refund.created_at,
            arrives_within=REFUND_ARRIVES,
        )
