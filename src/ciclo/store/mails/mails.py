"""Mails that are stored: each is its own outbox, taken by one mailer at a time until it has an answer.

A mail is taken when `next_at` has come, unless the lease of somebody who took it runs. `unanswered` counts
the takings that left no answer: the sign of a mail that ends its mailer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pymongo import ReturnDocument

from ciclo.domain.ids import MailId
from ciclo.domain.mails.mail import MAILS_KEPT_FOR, SAME_SUBJECT_AFTER, Mail, MailState, VoidMailReason
from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.codec import decode, encode
from ciclo.store.events.leases import not_held
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.mongo.bulk_write import update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transaction import Session, run_transaction
from ciclo.store.webhooks.unreadable import read_safely

MAILS: Final = "mails"

_ANSWERED: Final[Document] = {"held_by": None, "held_until": None, "unanswered": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenMail:
    """A mail in hand, and how often it was taken before without an answer."""

    mail: Mail
    unanswered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MailContent:
    """What was sent, as it was written for its reader; `codes` are drawn where the page names them."""

    subject: str
    text: str
    page: str
    codes: tuple[str, ...] = ()


async def write_mails(store: Store, mails: Sequence[Mail], session: Session) -> None:
    """Store *mails* in the session's transaction; one that is there already stays as it is."""
    statements = [
        {"q": {"_id": mail.id}, "u": {"$setOnInsert": _new_document(mail)}, "upsert": True} for mail in mails
    ]
    await update(store, MAILS, statements, session)


async def add_mails(store: Store, mails: Sequence[Mail]) -> None:
    """Store *mails* in a transaction of their own."""

    async def body(session: Session) -> None:
        await write_mails(store, mails, session)

    if mails:
        await run_transaction(store, body)


async def add_asked_mail(store: Store, mail: Mail, operation: Operation, *, answer: Answer | None) -> None:
    """Store a mail that an operator asked for, with the *operation* that says so.

    Raises:
        DuplicateKey: the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        await write_mails(store, [mail], session)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


async def take_mail(
    store: Store, *, holder: str, now: datetime, due_by: datetime, until: datetime
) -> TakenMail | None:
    """Take the mail that is due for longest and that nobody has in hand, until the instant *until*.

    One that can't be read is given up: it would come first for ever.
    """
    while True:
        document: Document | None = await store[MAILS].find_one_and_update(
            {"state": "WAITING", "next_at": {"$lte": due_by}} | not_held(now),
            {"$set": {"held_by": holder, "held_until": until}, "$inc": {"unanswered": 1}},
            sort=[("next_at", 1)],
            return_document=ReturnDocument.BEFORE,
        )
        if document is None:
            return None
        mail = read_safely(document, _read)
        if mail is not None:
            return TakenMail(mail=mail, unanswered=document["unanswered"])
        failed = {"state": "FAILED", "next_at": None, "last_error": "the document can't be read"}
        await store[MAILS].update_one({"_id": document["_id"]}, {"$set": failed})


async def release_mail(store: Store, mail_id: MailId, *, holder: str) -> None:
    """Give a mail back: "not now" is an answer."""
    await store[MAILS].update_one(
        {"_id": mail_id, "state": "WAITING", "held_by": holder}, {"$set": _ANSWERED}
    )


async def finish_mail(
    store: Store,
    mail_id: MailId,
    state: MailState,
    *,
    now: datetime,
    content: MailContent | None = None,
    error: str | None = None,
) -> None:
    """Write down that a mail was sent, with what it said if that is to be kept, or that it bounced."""
    facts: Document = {"state": state.value, "next_at": None, "last_error": error}
    if state is MailState.SENT:
        facts["sent_at"] = now
    if content is not None:
        facts["content"] = encode(content)
    await _answer(store, mail_id, facts)


async def void_mail(store: Store, mail_id: MailId, reason: VoidMailReason) -> None:
    """Write down that a mail will not be sent."""
    await _answer(store, mail_id, {"state": "VOID", "void_reason": reason.value, "next_at": None})


async def mark_returned(store: Store, mail_id: MailId, *, to: str, error: str) -> None:
    """Write down that a mail which was sent came back."""
    came_back = {"state": "BOUNCED", "last_error": error}
    await store[MAILS].update_one({"_id": mail_id, "to": to, "state": "SENT"}, {"$set": came_back})


async def put_mail_off(
    store: Store, mail_id: MailId, *, tries: int, error: str, next_at: datetime | None
) -> None:
    """Write down that a try failed: the next one is at *next_at*, or there is none."""
    state = "WAITING" if next_at else "FAILED"
    await _answer(store, mail_id, {"state": state, "tries": tries, "last_error": error, "next_at": next_at})


async def was_just_told(store: Store, mail: Mail) -> bool:
    """Return whether the same person was told of the same within the hour before *mail*."""
    told = {
        "about": mail.about,
        "kind": mail.kind.value,
        "to": mail.to,
        "state": "SENT",
        "at": {"$gt": mail.at - SAME_SUBJECT_AFTER},
        "_id": {"$ne": mail.id},
    }
    return await store[MAILS].find_one(told, {"_id": 1}) is not None


async def is_any_untried(store: Store) -> bool:
    """Return whether a mail waits that nobody has tried to send yet."""
    return await store[MAILS].find_one({"state": "WAITING", "tries": 0}, {"_id": 1}) is not None


async def _answer(store: Store, mail_id: MailId, facts: Document) -> None:
    gone = {} if facts["next_at"] else {"$unset": {"sealed": ""}}
    await store[MAILS].update_one({"_id": mail_id, "state": "WAITING"}, {"$set": facts | _ANSWERED} | gone)


def _new_document(mail: Mail) -> Document:
    document = encode(mail) | _ANSWERED | {"expires_at": mail.created_at + MAILS_KEPT_FOR}
    del document["_id"]  # the statement's query says it
    return document


def _read(document: Document) -> Mail:
    return decode(document, Mail)
