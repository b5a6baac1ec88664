"""Sessions: who is signed in by a browser. Of the secret in its cookie only a digest is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from ciclo.store.mongo.bulk_write import insert
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transaction import Session

_SESSIONS: Final = "sessions"


class SignInWay(StrEnum):
    """How somebody came in."""

    LINK = "LINK"
    """By a link that was mailed to them."""
    PROVIDER = "PROVIDER"
    """By the seller's identity provider."""
    PORTAL = "PORTAL"
    """By the seller's backend, which had signed them in itself."""
    INVITATION = "INVITATION"
    SANDBOX = "SANDBOX"
    """By a choice among the demo people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInSession:
    """One browser that somebody is signed in with. Instants are by the wall clock.

    `expires_at` moves on while it is used, up to `ends_at`. A member's roles and a customer's address are
    those of their records, looked up at each use; `roles`, `email` and `user_type` say them where there is
    no record.
    """

    digest: str
    way: SignInWay
    subject: str
    email: str = ""
    customer_id: str | None = None
    member_id: str | None = None
    roles: tuple[str, ...] = ()
    """An operator's, as their identity provider says; a customer has none."""
    user_type: str | None = None
    return_url: str | None = None
    """Where the portal leads back to."""
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    ends_at: datetime


async def add_session(store: Store, session: SignInSession, transaction: Session) -> None:
    """Store a new session."""
    await insert(store, _SESSIONS, [_document(session)], transaction)


async def find_session(store: Store, digest: str) -> SignInSession | None:
    """Return the session that has *digest*, over or not."""
    document = await store[_SESSIONS].find_one({"_id": digest})
    return _session(document) if document else None


async def renew_session(store: Store, digest: str, *, at: datetime, expires_at: datetime) -> None:
    """Note that a session was used *at*, and let it expire later; one that was ended stays so."""
    await store[_SESSIONS].update_one({"_id": digest}, {"$set": {"seen_at": at, "expires_at": expires_at}})


async def remove_session(store: Store, digest: str) -> None:
    """End a session."""
    await store[_SESSIONS].delete_one({"_id": digest})


async def remove_sessions(store: Store, whose: Mapping[str, str], transaction: Session | None = None) -> int:
    """End all sessions with these fields; return how many there were."""
    removed = await store[_SESSIONS].delete_many(dict(whose), session=transaction)
    return int(removed.deleted_count)


def _document(session: SignInSession) -> Document:
    document: Document = {name: getattr(session, name) for name in SignInSession.__slots__}
    return {"_id": document.pop("digest")} | document | {"roles": list(session.roles)}


def _session(document: Document) -> SignInSession:
    fields: dict[str, Any] = {name: document[name] for name in SignInSession.__slots__ if name in document}
    fields |= {"roles": tuple(document["roles"]), "way": SignInWay(document["way"])}
    return SignInSession(digest=document["_id"], **fields)
