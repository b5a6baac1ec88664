"""Checkpoints: a whole account as it was when other rules began to decide about it."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from ciclo.domain.ids import EventId, SubscriptionId
from ciclo.store.ledger.chain import FIRST_RULES, Head
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transaction import Session

CHECKPOINTS_MAX: Final = 100
"""Checkpoints of one transaction: each may be hundreds of documents."""


class TooManyCheckpoints(Exception):
    """A batch needs more checkpoints than fit into one transaction: do it in halves."""


def needs_checkpoint(head: Head | None, *, version: int, rules: int) -> bool:
    """Return whether the next event needs a checkpoint before it.

    Args:
        head: The chain's head; None if no event was ever sealed.
        version: How many events were applied.
        rules: The version of the rules that decided the next one.

    It does where other rules decided the last event, or a process decided it that kept no chain.
    """
    if version == 0:
        return False
    if head is None:
        return rules != FIRST_RULES
    return head.rules != rules or head.seq != version


async def checkpoint_documents(
    store: Store, firsts: Mapping[SubscriptionId, tuple[EventId, int]], session: Session
) -> dict[EventId, list[Document]]:
    """Return the checkpoints to be made, by the event that each stands before.

    Args:
        store: The ledger.
        firsts: The event, and its place, of each subscription that needs a checkpoint.
        session: The transaction that applies these events.

    Raises:
        TooManyCheckpoints: they are more than CHECKPOINTS_MAX.
    """
    if len(firsts) > CHECKPOINTS_MAX:
        raise TooManyCheckpoints(f"{len(firsts)} checkpoints, at most {CHECKPOINTS_MAX} at a time")
    made: dict[EventId, list[Document]] = {event_id: [] for event_id, _ in firsts.values()}
    if not firsts:
        return made
    ids, invoice_ids = list(firsts), list[str]()
    for kind, query in _queries(ids, invoice_ids):
        async for document in store[kind].find(query, session=session):
            if kind == "invoices":
                invoice_ids.append(document["_id"])
            subscription_id = document["_id"] if kind == "subscriptions" else document["subscription_id"]
            event_id, seq = firsts[subscription_id]
            made[event_id].append(
                {
                    "_id": f"{event_id}/{document['_id']}",
                    "subscription_id": subscription_id,
                    "event_id": event_id,
                    "seq": seq,
                    "kind": kind,
                    "document": document,
                }
            )
    return made


def _queries(ids: Collection[SubscriptionId], invoice_ids: Collection[str]) -> Iterator[tuple[str, Document]]:
    """Yield what is asked of each collection; *invoice_ids* are known by the time that they are wanted."""
    yield "subscriptions", {"_id": {"$in": ids}}
    yield "invoices", {"subscription_id": {"$in": ids}}
    yield "payments", {"subscription_id": {"$in": ids}}
    # Credit notes have an index by their invoice only.
    yield "credit_notes", {"invoice_id": {"$in": invoice_ids}}
