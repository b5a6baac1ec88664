"""Inviting members, giving them roles, taking them out."""

import strawberry

from ciclo.actions.access import members as actions
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.access.member import Member
from graphql_schema.types.enums import OperatorRole

ROLES = "At least one; together they open nothing that their giver may not."


@strawberry.input
class InviteMemberInput:
    """Whom to invite."""

    email: str
    roles: list[OperatorRole] = strawberry.field(description=ROLES)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class ChangeMemberRoleInput:
    """Which roles a member has from now on."""

    member_id: strawberry.ID
    roles: list[OperatorRole] = strawberry.field(description=ROLES)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class RemoveMemberInput:
    """Whom to take out."""

    member_id: strawberry.ID


@strawberry.type
class MemberPayload:
    """What a change of the members came to."""

    member: Member | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class MemberMutations:
    """Changing who works for the seller."""

    @mutation(Operator, description="Make somebody a member; a link by mail lets them in for the first time.")
    async def invite_member(self, info: Info, input: InviteMemberInput) -> MemberPayload:  # noqa: A002
        """Invite somebody."""
        context = info.context
        member = await actions.invite_member(
            context.deps,
            input.email,
            input.roles,
            by=context.actor,
            permissions=context.viewer.permissions,
            request=request_of(info, input),
        )
        return MemberPayload(member=Member.of(member))

    @mutation(Operator, description="Give a member other roles, which their sessions have within seconds.")
    async def change_member_role(self, info: Info, input: ChangeMemberRoleInput) -> MemberPayload:  # noqa: A002
        """Change roles."""
        context = info.context
        member = await actions.change_member_role(
            context.deps,
            input.member_id,
            input.roles,
            by=context.actor,
            permissions=context.viewer.permissions,
            request=request_of(info, input),
        )
        return MemberPayload(member=Member.of(member))

    @mutation(Operator, description="Take a member out; their sessions end. Never the last owner.")
    async def remove_member(self, info: Info, input: RemoveMemberInput) -> MemberPayload:  # noqa: A002
        """Remove somebody."""
        context = info.context
        member = await actions.remove_member(
            context.deps, input.member_id, by=context.actor, permissions=context.viewer.permissions
        )
        return MemberPayload(member=Member.of(member))
