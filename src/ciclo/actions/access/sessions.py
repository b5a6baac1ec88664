"""Sessions: signing a browser in, knowing it again, and signing it out, here or everywhere."""

import hashlib
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ciclo.actions.dependencies import Deps
from ciclo.permissions import OperatorRole
from ciclo.store.access.members import find_member, note_seen
from ciclo.store.access.sessions import (
    SignInSession,
    SignInWay,
    add_session,
    find_session,
    remove_session,
    remove_sessions,
    renew_session,
)
from ciclo.store.customers import find_merged_customer
from ciclo.store.mongo.transaction import Session, run_transaction
from ciclo.viewer import Via, Viewer, ViewerKind, operator_of, via_of

SECRET_BYTES: Final = 32
SECRET_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
"""256 bits: nobody finds one by trying, so that a plain SHA-256 of it may be kept."""
RENEWED_EVERY: Final = timedelta(minutes=1)
"""How exactly it is known when a session was used last: no request writes, but the first of a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """How long a session lasts: `idle` from its last use on, and `most` in all."""

    idle: timedelta
    most: timedelta


OPERATORS: Final = Lifetime(idle=timedelta(hours=12), most=timedelta(days=7))
CUSTOMERS: Final = Lifetime(idle=timedelta(days=7), most=timedelta(days=30))
HANDED_ON: Final = Lifetime(idle=timedelta(hours=1), most=timedelta(hours=12))
"""Of customers whom the seller's backend signed in: its own session is what lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is to be signed in, see `SignInSession`."""

    subject: str
    email: str = ""
    customer_id: str | None = None
    member_id: str | None = None
    roles: tuple[OperatorRole, ...] = ()
    user_type: str | None = None

    @property
    def is_operator(self) -> bool:
        """Return whether they work for the seller."""
        return self.member_id is not None or bool(self.roles)


def subject_of(email: str) -> str:
    """Return the name that records bear of who is known by an address alone."""
    return email if via_of(email) is Via.TOKEN else f"mailto:{email}"


async def begin_session(
    deps: Deps,
    person: Person,
    way: SignInWay,
    *,
    return_url: str | None = None,
    within: Callable[[Session], Awaitable[None]] | None = None,
) -> tuple[str, SignInSession]:
    """Sign *person* in; return the secret for the browser's cookie, which nobody can tell again.

    *within* does its part in the same transaction: what it raises keeps the session from beginning.
    """
    at = deps.wall()
    secret = generate_secret()
    lifetime = _lifetime(way, is_operator=person.is_operator)
    begun = SignInSession(
        digest=digest_secret(secret),
        way=way,
        subject=person.subject,
        email=person.email,
        customer_id=person.customer_id,
        member_id=person.member_id,
        roles=tuple(role.value for role in person.roles),
        user_type=person.user_type,
        return_url=return_url,
        created_at=at,
        seen_at=at,
        expires_at=at + lifetime.idle,
        ends_at=at + lifetime.most,
    )

    async def body(transaction: Session) -> None:
        if within is not None:
            await within(transaction)
        await add_session(deps.store, begun, transaction)

    await run_transaction(deps.store, body)
    if person.member_id is not None:
        await note_seen(deps.store, person.member_id, at=at)
    return secret, begun


async def use_session(deps: Deps, secret: str) -> tuple[SignInSession, Viewer] | None:
    """Return the session that *secret* is, renewed, and who is signed in; None: it is none any more."""
    session = (
        await find_session(deps.store, digest_secret(secret)) if SECRET_SHAPE.fullmatch(secret) else None
    )
    at = deps.wall()
    if session is None or at >= session.expires_at:
        return None
    viewer = await _viewer_of(deps, session)
    if viewer is None:
        return None
    if at - session.seen_at >= RENEWED_EVERY:
        session = await _renewed(deps, session, at=at)
    return session, viewer


async def end_session(deps: Deps, secret: str) -> None:
    """Sign one browser out."""
    await remove_session(deps.store, digest_secret(secret))


async def end_sessions_of(deps: Deps, subject: str) -> int:
    """Sign all browsers of somebody out; return how many there were."""
    return await remove_sessions(deps.store, {"subject": subject})


def generate_secret() -> str:
    """Return a new secret, of a session or a code."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest_secret(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _lifetime(way: SignInWay, *, is_operator: bool) -> Lifetime:
    if is_operator:
        return OPERATORS
    return HANDED_ON if way is SignInWay.PORTAL else CUSTOMERS


async def _renewed(deps: Deps, session: SignInSession, *, at: datetime) -> SignInSession:
    is_operator = session.member_id is not None or bool(session.roles)
    idle = _lifetime(session.way, is_operator=is_operator).idle
    later = replace(session, seen_at=at, expires_at=min(at + idle, session.ends_at))
    await renew_session(deps.store, session.digest, at=at, expires_at=later.expires_at)
    if session.member_id is not None:
        await note_seen(deps.store, session.member_id, at=at)
    return later


async def _viewer_of(deps: Deps, session: SignInSession) -> Viewer | None:
    """Return who is signed in, by what their record says now; None if it is gone."""
    ends_at = session.ends_at.timestamp()
    if session.member_id is not None:
        member = await find_member(deps.store, session.member_id)
        if member is None:
            return None
        known = operator_of(session.subject, *member.roles, email=member.email, valid_until=ends_at)
    elif session.roles:
        roles = (OperatorRole(role) for role in session.roles)
        known = operator_of(session.subject, *roles, email=session.email, valid_until=ends_at)
    else:
        email, customer_id = session.email, session.customer_id
        if customer_id is not None:
            customer = await find_merged_customer(deps.store, customer_id)
            if customer is None:
                return None
            email, customer_id = customer.email, customer.id
        known = Viewer(
            kind=ViewerKind.CUSTOMER,
            subject=session.subject,
            email=email,
            customer_id=customer_id,
            user_type=session.user_type,
            valid_until=ends_at,
        )
    return replace(known, session=session.digest)
