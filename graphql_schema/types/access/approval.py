"""Approvals: their type."""

from datetime import datetime
from typing import Self

import strawberry

from ciclo.store.access.approvals import Approval as StoredApproval
from graphql_schema.types.enums import ApprovalKind, ApprovalStatus
from graphql_schema.types.money import Money, to_money


@strawberry.type(description="Money that somebody wants to send back, and a second person has to let go.")
class Approval:
    """What somebody asked for."""

    id: strawberry.ID
    kind: ApprovalKind
    target: strawberry.ID = strawberry.field(description="The payment, or the customer whose balance it is.")
    amount: Money
    reason: str | None
    status: ApprovalStatus
    asked_by: str
    asked_at: datetime = strawberry.field(description="By the wall clock, as all instants of an approval.")
    expires_at: datetime = strawberry.field(description="After that nobody can approve it any more.")
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None

    @classmethod
    def of(cls, approval: StoredApproval, now: datetime) -> Self:
        """Return *approval* as the API shows it at *now*, by the wall clock."""
        return cls(
            id=strawberry.ID(approval.id),
            kind=approval.kind,
            target=strawberry.ID(approval.target),
            amount=to_money(approval.amount, approval.currency),
            reason=approval.reason,
            status=approval.status(now),
            asked_by=approval.asked_by,
            asked_at=approval.asked_at,
            expires_at=approval.expires_at,
            decided_by=approval.decided_by,
            decided_at=approval.decided_at,
            decision_reason=approval.decision_reason,
        )
