"""Sign-in codes: what links carry, for one use. Of a code only its digest is kept."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from ciclo.store.mongo.bulk_write import insert, update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transaction import Session

_CODES: Final = "sign_in_codes"


class CodeKind(StrEnum):
    """What a code is for."""

    LINK = "LINK"
    PORTAL = "PORTAL"
    INVITATION = "INVITATION"


class CodeUsed(Exception):
    """Somebody else was faster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInCode:
    """A code that signs somebody in, once. Instants are by the wall clock.

    It is whose `customer_id` or `member_id` it has, or who has the address `email`. `asker` is the digest of
    what the browser that asked for it holds in a cookie: no other one can use it; None: any browser can.
    After `forget_at` it is not even known that it was used.
    """

    digest: str
    kind: CodeKind
    email: str = ""
    customer_id: str | None = None
    member_id: str | None = None
    asker: str | None = None
    return_url: str | None = None
    created_at: datetime
    expires_at: datetime
    forget_at: datetime
    used_at: datetime | None = None


async def add_code(store: Store, code: SignInCode, transaction: Session) -> None:
    """Store a new code."""
    document: Document = {name: getattr(code, name) for name in SignInCode.__slots__}
    await insert(store, _CODES, [{"_id": document.pop("digest")} | document], transaction)


async def find_code(store: Store, digest: str) -> SignInCode | None:
    """Return the code that has *digest*, used or not."""
    document = await store[_CODES].find_one({"_id": digest})
    if document is None:
        return None
    fields: dict[str, Any] = {name: document[name] for name in SignInCode.__slots__ if name in document}
    fields["kind"] = CodeKind(document["kind"])
    return SignInCode(digest=document["_id"], **fields)


async def use_code(store: Store, digest: str, *, at: datetime, transaction: Session) -> None:
    """Use a code up.

    Raises:
        CodeUsed: it is used up already.
    """
    statement = {"q": {"_id": digest, "used_at": None}, "u": {"$set": {"used_at": at}}}
    await update(store, _CODES, [statement], transaction, missing=CodeUsed)
