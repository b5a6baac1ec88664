"""Members: inviting the people who work for the seller, giving them roles, taking them out."""

from collections.abc import Awaitable, Callable, Collection
from functools import partial

from ciclo.actions.access.operations import new_operation
from ciclo.actions.access.sessions import subject_of
from ciclo.actions.access.sign_in import INVITATION_LIFE, NewCode, link_mail, new_code
from ciclo.actions.contention import retry_on_contention
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.mails.write import sends_mail
from ciclo.domain.errors.access import LastOwner, MemberExists, MemberNotFound
from ciclo.domain.errors.general import Forbidden, InvalidValue
from ciclo.domain.errors.mails import MailNotSetUp
from ciclo.domain.ids import parse_id
from ciclo.domain.mails.mail import MailKind
from ciclo.email_address import normalize_email
from ciclo.permissions import OperatorRole, Permission, permissions_of
from ciclo.store.access.members import (
    Member,
    NoOwnerLeft,
    add_member,
    change_roles,
    drop_member,
    find_member,
    find_member_by_email,
    renew_invitation,
)
from ciclo.store.access.sign_in_codes import CodeKind
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.mongo.bulk_write import DuplicateKey
from ciclo.viewer import Actor


async def invite_member(
    deps: Deps,
    email: str,
    roles: Collection[OperatorRole],
    *,
    by: Actor,
    permissions: frozenset[Permission],
    request: IdempotentRequest | None = None,
) -> Member:
    """Make somebody a member, and mail them a link to sign in by for the first time.

    Raises:
        MailNotSetUp, EncryptionNotSetUp: no mail goes out, or there is no key to keep its link with.
        InvalidValue: the address is none, or there is no role.
        Forbidden: the roles open more than their giver may.
        MemberExists: the address is a member's.
        IdempotencyKeyReused: the key was used with another request.
    """
    if not sends_mail(deps):
        raise MailNotSetUp
    _require_handing_on(roles, permissions)
    member = _new_member(deps, email, roles, by=by)
    invitation = _invitation(deps, member)
    mail = link_mail(deps, invitation, MailKind.INVITATION, to=member.email)

    async def act(answer_for: AnswerFor) -> Member:
        operation = new_operation(deps, by, "inviteMember", member.id, after=member)
        try:
            await add_member(
                deps.store,
                member,
                invitation.stored,
                operation,
                mails=[mail],
                answer=answer_for(member.id),
            )
        except DuplicateKey as duplicate:
            if "email" in duplicate.keys:
                raise MemberExists from None
            raise
        return member

    return await run_once(deps, request, act, find=partial(get_member, deps))


async def invite_by_command(
    deps: Deps, email: str, roles: Collection[OperatorRole], *, by: Actor
) -> tuple[Member, str]:
    """Make somebody a member, or invite one again; return them and the secret of their invitation.

    For the first owner, whom nobody in the portal can invite, and for one who has lost every way in.

    Raises:
        InvalidValue: the address is none, or there is no role.
    """
    new = _new_member(deps, email, roles, by=by)
    known = await find_member_by_email(deps.store, new.email)
    member = known or new
    invitation = _invitation(deps, member)
    operation = new_operation(deps, by, "inviteMember", member.id, after=member)
    if known is None:
        await add_member(deps.store, member, invitation.stored, operation)
    else:
        await renew_invitation(deps.store, invitation.stored, operation)
    return member, invitation.secret


async def change_member_role(
    deps: Deps,
    member_id: str,
    roles: Collection[OperatorRole],
    *,
    by: Actor,
    permissions: frozenset[Permission],
    request: IdempotentRequest | None = None,
) -> Member:
    """Give a member other roles; their sessions have these within seconds.

    Raises:
        MalformedId, MemberNotFound: there is none.
        InvalidValue: there is no role.
        Forbidden: the roles open more than their giver may.
        LastOwner: no owner would be left.
        Conflict: others kept changing it.
    """
    _require_handing_on(roles, permissions)
    given = _in_order(roles)

    async def act(answer_for: AnswerFor) -> Member:
        async def change() -> None:
            member = await get_member(deps, member_id)
            operation = new_operation(
                deps,
                by,
                "changeMemberRole",
                member.id,
                before={"roles": member.roles},
                after={"roles": given},
            )
            await change_roles(deps.store, member, given, operation, answer=answer_for(member.id))

        await _keeping_an_owner(change)
        return await get_member(deps, member_id)

    return await run_once(deps, request, act, find=partial(get_member, deps))


async def remove_member(
    deps: Deps, member_id: str, *, by: Actor, permissions: frozenset[Permission]
) -> Member:
    """Take a member out; their sessions end. Return who they were.

    Raises:
        MalformedId, MemberNotFound: there is none.
        Forbidden: they may more than who asks.
        LastOwner: no owner would be left.
        Conflict: others kept changing it.
    """
    member = await get_member(deps, member_id)
    _require_handing_on(member.roles, permissions)

    async def drop() -> None:
        found = await get_member(deps, member_id)
        operation = new_operation(deps, by, "removeMember", found.id, before=found)
        await drop_member(deps.store, found, operation, subject=subject_of(found.email))

    await _keeping_an_owner(drop)
    return member


async def get_member(deps: Deps, member_id: str) -> Member:
    """Return a member.

    Raises:
        MalformedId, MemberNotFound: there is none.
    """
    member = await find_member(deps.store, parse_id("mem", member_id))
    if member is None:
        raise MemberNotFound
    return member


async def _keeping_an_owner(change: Callable[[], Awaitable[None]]) -> None:
    try:
        await retry_on_contention(change)
    except NoOwnerLeft:
        raise LastOwner from None


def _require_handing_on(roles: Collection[OperatorRole], permissions: frozenset[Permission]) -> None:
    if not permissions_of(roles) <= permissions:
        raise Forbidden("nobody hands on more than they may", field=("roles",))


def _new_member(deps: Deps, email: str, roles: Collection[OperatorRole], *, by: Actor) -> Member:
    try:
        address = normalize_email(email)
    except InvalidValue as error:
        raise error.at("email") from None
    at = deps.wall()
    return Member(
        id=generate_id("mem", at), email=address, roles=_in_order(roles), invited_by=by.name, created_at=at
    )


def _in_order(roles: Collection[OperatorRole]) -> tuple[OperatorRole, ...]:
    if not roles:
        raise InvalidValue("a member has at least one role", field=("roles",))
    return tuple(role for role in OperatorRole if role in roles)


def _invitation(deps: Deps, member: Member) -> NewCode:
    return new_code(deps, CodeKind.INVITATION, life=INVITATION_LIFE, email=member.email, member_id=member.id)
