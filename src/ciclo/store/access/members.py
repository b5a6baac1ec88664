"""Members: a register of the people who work for the seller, and of their roles."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ciclo.domain.mails.mail import Mail
from ciclo.permissions import OperatorRole
from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.access.sessions import remove_sessions
from ciclo.store.access.sign_in_codes import SignInCode, add_code
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.mails.mails import write_mails
from ciclo.store.mongo.bulk_write import insert, update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.paging import Page, PageKey, SortOrder, count_documents, fetch_page
from ciclo.store.mongo.transaction import Session, run_transaction

NEWEST_FIRST: Final = SortOrder(field="created_at")

_MEMBERS: Final = "members"
_OWNERS: Final = {"roles": OperatorRole.OWNER.value}


class NoOwnerLeft(Exception):
    """The last owner would be gone; nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who works for the seller, known by their address. Instants are by the wall clock."""

    id: str
    email: str
    roles: tuple[OperatorRole, ...]
    invited_by: str
    created_at: datetime
    last_seen_at: datetime | None = None
    """To the minute; None: the invitation was not taken up yet."""


async def add_member(
    store: Store,
    member: Member,
    invitation: SignInCode,
    operation: Operation,
    *,
    mails: Sequence[Mail] = (),
    answer: Answer | None = None,
) -> None:
    """Store a new member with their *invitation*, its *mails* and the *operation* that asked for all.

    Raises:
        DuplicateKey: the address is a member's, or the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        await insert(store, _MEMBERS, [_document(member)], session)
        await add_code(store, invitation, session)
        await write_mails(store, mails, session)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


async def renew_invitation(store: Store, invitation: SignInCode, operation: Operation) -> None:
    """Store another *invitation* of a member, with the *operation* that asked for it."""

    async def body(session: Session) -> None:
        await add_code(store, invitation, session)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


async def change_roles(
    store: Store,
    member: Member,
    roles: tuple[OperatorRole, ...],
    operation: Operation,
    *,
    answer: Answer | None = None,
) -> None:
    """Give a member other roles.

    Raises:
        NoOwnerLeft: they are the last owner.
        Contention: somebody else was faster.
        DuplicateKey: the request was answered already.
    """
    seen = {"_id": member.id, "roles": [role.value for role in member.roles]}
    changed = {"$set": {"roles": [role.value for role in roles]}}

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        # All operators' acts meet at the head of their log: whoever counts owners at the same time waits.
        await append_operation(store, operation, session)
        await update(store, _MEMBERS, [{"q": seen, "u": changed}], session, missing=Contention)
        await _require_owner(store, session)

    await run_transaction(store, body)


async def drop_member(
    store: Store, member: Member, operation: Operation, *, subject: str, answer: Answer | None = None
) -> None:
    """Take a member out, and end their sessions, which bear *subject*.

    Raises:
        NoOwnerLeft: they are the last owner.
        Contention: somebody else was faster.
        DuplicateKey: the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        await append_operation(store, operation, session)
        removed = await store[_MEMBERS].delete_one({"_id": member.id}, session=session)
        if not removed.deleted_count:
            raise Contention("the member is gone already")
        await _require_owner(store, session)
        await remove_sessions(store, {"subject": subject}, session)

    await run_transaction(store, body)


async def _require_owner(store: Store, session: Session) -> None:
    if await store[_MEMBERS].find_one(_OWNERS, {"_id": 1}, session=session) is None:
        raise NoOwnerLeft


async def note_seen(store: Store, member_id: str, *, at: datetime) -> None:
    """Note that a member was there."""
    await store[_MEMBERS].update_one({"_id": member_id}, {"$set": {"last_seen_at": at}})


async def find_member(store: Store, member_id: str) -> Member | None:
    """Return a member by id."""
    document = await store[_MEMBERS].find_one({"_id": member_id})
    return _member(document) if document else None


async def find_member_by_email(store: Store, email: str) -> Member | None:
    """Return the member with this normalised address."""
    document = await store[_MEMBERS].find_one({"email": email})
    return _member(document) if document else None


async def find_addresses_of_roles(
    store: Store, roles: Collection[OperatorRole], *, members_max: int
) -> list[str]:
    """Return the addresses of members who have one of *roles*, at most *members_max* of them."""
    query: Document = {"roles": {"$in": [role.value for role in roles]}}
    found = store["members"].find(query, {"email": 1}).sort("_id", 1).limit(members_max)
    return [document["email"] async for document in found]


async def list_members(store: Store, *, after: PageKey | None, size: int) -> Page[Member]:
    """Return a page of all members, the newest first."""
    return await fetch_page(store, _MEMBERS, {}, order=NEWEST_FIRST, after=after, size=size, read=_member)


async def count_members(store: Store) -> int:
    """Return how many members there are."""
    return await count_documents(store, _MEMBERS, {})


def _document(member: Member) -> Document:
    document: Document = {name: getattr(member, name) for name in Member.__slots__}
    return {"_id": document.pop("id")} | document | {"roles": [role.value for role in member.roles]}


def _member(document: Document) -> Member:
    fields: dict[str, Any] = {name: document[name] for name in Member.__slots__ if name in document}
    fields["roles"] = tuple(role for role in OperatorRole if role.value in document["roles"])
    return Member(id=document["_id"], **fields)
