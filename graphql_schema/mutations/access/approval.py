"""Deciding what somebody else asked for."""

import strawberry

from ciclo.actions.access import approvals as actions
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.access.approval import Approval


@strawberry.input
class ApproveInput:
    """What to let go."""

    approval_id: strawberry.ID
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class RejectInput:
    """What not to do, and why."""

    approval_id: strawberry.ID
    reason: str | None = None
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class ApprovePayload:
    """What approve came to."""

    approval: Approval | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class RejectPayload:
    """What reject came to."""

    approval: Approval | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class ApprovalMutations:
    """Deciding approvals."""

    @mutation(Operator, description="Do what somebody else asked for. Who asked can't, and no service can.")
    async def approve(self, info: Info, input: ApproveInput) -> ApprovePayload:  # noqa: A002
        """Approve."""
        context = info.context
        approval = await actions.approve(
            context.deps,
            input.approval_id,
            caller=await context.caller(),
            by=context.actor,
            request=request_of(info, input),
        )
        return ApprovePayload(approval=Approval.of(approval, context.deps.wall()))

    @mutation(Operator, description="Close what was asked for without doing it; who asked may, too.")
    async def reject(self, info: Info, input: RejectInput) -> RejectPayload:  # noqa: A002
        """Reject."""
        context = info.context
        approval = await actions.reject(
            context.deps,
            input.approval_id,
            reason=input.reason,
            by=context.actor,
            request=request_of(info, input),
        )
        return RejectPayload(approval=Approval.of(approval, context.deps.wall()))
