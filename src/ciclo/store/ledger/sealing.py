"""Sealing what was recorded before there were digests: each history gets the chain that it would have had.

What is there is sealed as it is: `ciclo audit` tells before whether it is what it should be.
"""

from typing import Final

import structlog

from ciclo.domain.ids import SubscriptionId
from ciclo.store.ledger.chain import HEAD, Head, digest, effects_digest, head_document, link
from ciclo.store.ledger.histories import (
    SubscriptionHistory,
    UnreadableDocument,
    find_history,
    histories_after,
)
from ciclo.store.mongo.bulk_write import update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.transaction import Session, run_transaction

_log = structlog.get_logger(__name__)

SUBSCRIPTIONS_MAX: Final = 50
"""Histories of one batch: each is sealed in a transaction of its own."""


async def seal_batch(store: Store, after: str) -> str | None:
    """Seal the histories of the subscriptions that follow *after*; return the last one, None at the end.

    One that has begun its chain, or that cannot be read, stays as it is.
    """
    query: Document = {"_id": {"$gt": after}}
    found = store["subscriptions"].find(query, {"_id": 1}).sort("_id", 1).limit(SUBSCRIPTIONS_MAX)
    ids = [SubscriptionId(document["_id"]) async for document in found]
    for history in await _readable(store, after, ids):
        if history.head is None and history.posted:
            await _seal(store, history)
    return ids[-1] if ids else None


async def _readable(store: Store, after: str, ids: list[SubscriptionId]) -> list[SubscriptionHistory]:
    """Return the histories of *ids*; where one can't be read, each is read by itself."""
    try:
        return await histories_after(store, after, size=len(ids)) if ids else []
    except UnreadableDocument:
        histories = []
        for id_ in ids:
            try:
                histories.append(await find_history(store, id_))
            except UnreadableDocument as error:
                _log.warning("history_not_sealed", subscription_id=id_, error=str(error))
        return histories


async def _seal(store: Store, history: SubscriptionHistory) -> None:
    """Write the chain of one history, unless an event was applied since it was read."""
    records, head = _sealed(history)
    seals = [
        {
            "q": {"_id": record["_id"], "chain": None},
            "u": {"$set": {name: record[name] for name in ("rules", "documents", "chain")}},
        }
        for record in records
    ]
    guarded = {
        "q": {"_id": history.subscription.id, "version": history.subscription.version, HEAD: None},
        "u": {"$set": {HEAD: head_document(head)}},
    }

    async def body(session: Session) -> None:
        await update(store, "subscriptions", [guarded], session, missing=Contention)
        await update(store, "events", seals, session, missing=Contention)

    try:
        await run_transaction(store, body)
    except Contention:
        # Whoever applied that event began the chain.
        _log.info("history_begun_meanwhile", subscription_id=history.subscription.id)


def _sealed(history: SubscriptionHistory) -> tuple[list[Document], Head]:
    """Return the records of a history with their seals, and where its chain ends."""
    chain, records = "", list[Document]()
    for posted in history.posted:
        record = posted.record | {"rules": posted.rules, "documents": {}}
        movement, change = history.movements.get(posted.id), history.credit_entries.get(posted.id, 0)
        if movement is not None or change:
            record["documents"][posted.id] = effects_digest(movement, change)
        if posted is history.posted[-1]:
            record["documents"] |= _digests(history)
        chain = record["chain"] = link(chain, record)
        records.append(record)
    last = history.posted[-1]
    return records, Head(chain=chain, seq=last.seq, rules=last.rules)


def _digests(history: SubscriptionHistory) -> dict[str, str]:
    return (
        {str(history.subscription.id): digest(history.subscription)}
        | {str(id_): digest(invoice) for id_, invoice in history.invoices.items()}
        | {str(id_): digest(payment) for id_, payment in history.payments.items()}
        | {str(id_): digest(credit_note) for id_, credit_note in history.credit_notes.items()}
    )
