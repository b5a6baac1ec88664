"""Mails of what a commit changed, written in its transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ciclo.domain.batch import AppliedEvent
from ciclo.domain.customer import Addressee
from ciclo.domain.ids import CustomerId
from ciclo.domain.mails.news import drafts_of, mail_of
from ciclo.domain.mails.rules import MailRules
from ciclo.store.mails.mails import write_mails
from ciclo.store.mongo.client import Store
from ciclo.store.mongo.transaction import Session


async def write_news(
    store: Store,
    entries: Sequence[AppliedEvent],
    session: Session,
    *,
    by: MailRules | None,
    to: Mapping[CustomerId, Addressee],
    now: datetime,
) -> None:
    """Write what customers are mailed of *entries*, at their addresses of now.

    Without rules nobody is mailed, and nothing is looked at.
    """
    if by is None:
        return
    mails = [
        mail_of(draft, to=to[draft.customer_id].email, now=now)
        for entry in entries
        for draft in drafts_of(entry, by)
        if draft.customer_id in to
    ]
    await write_mails(store, mails, session)
