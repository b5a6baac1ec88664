"""Lists of mails, with what was sent where that is kept."""

from dataclasses import dataclass

from ciclo.domain.ids import MailId
from ciclo.domain.mails.mail import Mail, MailState
from ciclo.store.codec import decode
from ciclo.store.mails.mails import MAILS, MailContent
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.paging import Page, PageKey, SortOrder, fetch_page

NEWEST_FIRST = SortOrder(field="created_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRecord:
    """A mail and what it said; None: it was not sent, or that is not kept."""

    mail: Mail
    content: MailContent | None


def mail_query(
    *, state: MailState | None = None, customer_id: str | None = None, about: str | None = None
) -> Document:
    """Return the query of a list of mails."""
    given = {"state": state.value if state else None, "customer_id": customer_id, "about": about}
    return {name: value for name, value in given.items() if value is not None}


async def list_mails(store: Store, query: Document, *, after: PageKey | None, size: int) -> Page[MailRecord]:
    """Return a page of mails that match *query* (made by `mail_query`), the newest first."""
    return await fetch_page(store, MAILS, query, order=NEWEST_FIRST, after=after, size=size, read=_read)


async def find_mail(store: Store, mail_id: MailId | str) -> MailRecord | None:
    """Return a mail; None if there is none, or its time is over."""
    document = await store[MAILS].find_one({"_id": mail_id})
    return _read(document) if document else None


def _read(document: Document) -> MailRecord:
    content = document.get("content")
    return MailRecord(mail=decode(document, Mail), content=decode(content, MailContent) if content else None)
