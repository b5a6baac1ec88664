"""Heads of the operations log, one a day, and the erasure of what old operations say.

Who keeps a head elsewhere can show that nothing before it was altered since, whoever writes to the database.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from ciclo.store.mongo.bulk_write import insert
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transaction import Session, run_transaction
from ciclo.store.webhooks.message_documents import RecordedMessage, new_message_document

BODIES_KEPT_FOR: Final = timedelta(days=5 * 366)
"""How long the log tells what differed before and after an act; that there was one is kept for ever."""

ERASED_TOGETHER_MAX: Final = 1_000

_HEADS: Final = "operation_heads"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationHead:
    """Where the log ended on a day (UTC): the place and the link of its last operation."""

    day: date
    operations: int
    link: str


async def is_head_kept(store: Store, day: date) -> bool:
    """Return whether a day's head was told already."""
    return await store[_HEADS].find_one({"_id": day.isoformat()}, {"_id": 1}) is not None


async def keep_head(store: Store, head: OperationHead, *, told: RecordedMessage | None) -> None:
    """Keep a day's head, with what tells it.

    Raises:
        DuplicateKey: somebody else was faster.
    """
    document: Document = {"_id": head.day.isoformat(), "operations": head.operations, "link": head.link}

    async def body(session: Session) -> None:
        await insert(store, _HEADS, [document], session)
        await insert(store, "messages", [new_message_document(told)] if told else [], session)

    await run_transaction(store, body)


async def read_heads(store: Store) -> dict[int, OperationHead]:
    """Return the heads that were told, by their places; the first day of those at one place."""
    heads: dict[int, OperationHead] = {}
    async for document in store[_HEADS].find({}).sort("_id", 1):
        head = OperationHead(
            day=date.fromisoformat(document["_id"]),
            operations=document["operations"],
            link=document["link"],
        )
        heads.setdefault(head.operations, head)
    return heads


async def erase_bodies(store: Store, *, before: datetime) -> int:
    """Erase what operations from before an instant say of before and after; return how many.

    Their digests stay, so that the chain is still checked.
    """
    query: Document = {"at": {"$lt": before}, "erased": {"$ne": True}}
    erased = 0
    while True:
        found = await store["operations"].find(query, {"_id": 1}).limit(ERASED_TOGETHER_MAX).to_list(None)
        if not found:
            return erased
        await store["operations"].update_many(
            {"_id": {"$in": [document["_id"] for document in found]}},
            {"$set": {"before": None, "after": None, "erased": True}},
        )
        erased += len(found)
