"""How much waits to be mailed, since when, and how much was given up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ciclo.store.mails.mails import MAILS
from ciclo.store.mongo.client import Store

COUNTED_MAX: Final = 100_000
FAILED_WITHIN: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailBacklog:
    """Mails that wait, how late the one is that is due for longest, and those of a day that were given up."""

    waiting: int
    oldest_due_age: timedelta
    failed: int


async def read_mail_backlog(store: Store, *, now: datetime) -> MailBacklog:
    """Return what is not mailed yet, and what of the last day never will be; *now* is wall time."""
    waiting = {"state": "WAITING"}
    failed = {"state": "FAILED", "created_at": {"$gt": now - FAILED_WITHIN}}
    oldest = await store[MAILS].find_one(waiting, {"next_at": 1}, sort=[("next_at", 1)], hint="due")
    return MailBacklog(
        waiting=await store[MAILS].count_documents(waiting, hint="due", limit=COUNTED_MAX),
        oldest_due_age=max(timedelta(), now - oldest["next_at"]) if oldest else timedelta(),
        failed=await store[MAILS].count_documents(failed, hint="state_newest", limit=COUNTED_MAX),
    )
