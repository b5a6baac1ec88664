"""Entitlement sets: one document a customer, written by the transaction that changes the subscription.

A set that is not `complete` was begun by a commit and holds only what commits have told since: the first
reader derives it from all of the customer's subscriptions. So a database of an older release needs nothing
done before it answers.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ciclo.domain.entitlements.allowance import Allowance, EntitlementSet
from ciclo.domain.ids import CustomerId, SubscriptionId
from ciclo.domain.subscription import Status, Subscription
from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.codec import decode, encode
from ciclo.store.entitlements.allowances import SETS, find_allowances
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.ledger.commit import Contention
from ciclo.store.mongo.bulk_write import update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transaction import Session, run_transaction, within

_GIVING: Final = {"$nin": [Status.PENDING.value, Status.CANCELLED.value]}


async def find_sets(
    store: Store, customer_ids: Iterable[CustomerId], session: Session | None = None
) -> dict[CustomerId, Document]:
    """Return the documents of the complete sets among those of *customer_ids*; `read_set` reads one."""
    query: Document = {"_id": {"$in": list(customer_ids)}, "complete": True}
    return {document["_id"]: document async for document in store[SETS].find(query, **within(session))}


def read_set(document: Document) -> EntitlementSet:
    """Return the set that a document holds.

    Raises:
        KeyError, TypeError, ValueError: it does not hold one.
    """
    return decode({**document, "customer_id": document["_id"]}, EntitlementSet)


async def derive_set(store: Store, customer_id: CustomerId) -> bool:
    """Derive a customer's set anew from their subscriptions, and keep it; say no if there is no customer."""

    async def body(session: Session) -> bool:
        if await store["customers"].find_one({"_id": customer_id}, {"_id": 1}, session=session) is None:
            return False
        allowances = (await _derived(store, [customer_id], session))[customer_id]
        documents = {id_: encode(allowance) for id_, allowance in allowances.items()}
        statement = {
            "q": {"_id": customer_id},
            "u": {"$set": {"allowances": documents, "complete": True}, "$inc": {"version": 1}},
            "upsert": True,
        }
        # Whoever commits a change of these subscriptions writes the same document: one of us starts again.
        await update(store, SETS, [statement], session)
        return True

    return await run_transaction(store, body)


async def _derived(
    store: Store, customer_ids: Sequence[CustomerId], session: Session | None = None
) -> dict[CustomerId, dict[SubscriptionId, Allowance]]:
    """Return what each customer's subscriptions give, as they are now."""
    query: Document = {"customer_id": {"$in": list(customer_ids)}, "status": _GIVING}
    found = await store["subscriptions"].find(query, **within(session)).to_list(None)
    subscriptions = [decode(document, Subscription) for document in found]
    allowances = await find_allowances(store, subscriptions)
    derived: dict[CustomerId, dict[SubscriptionId, Allowance]] = {id_: {} for id_ in customer_ids}
    for subscription in subscriptions:
        derived[subscription.customer_id][subscription.id] = allowances[subscription.id]
    return derived


async def write_overrides(
    store: Store,
    before: EntitlementSet,
    after: EntitlementSet,
    operation: Operation,
    *,
    answer: Answer | None,
) -> None:
    """Keep the overrides of a customer's set as they are in *after*, with the *operation* that made them so.

    Raises:
        Contention: the set was changed since it was read.
        DuplicateKey: the request was answered already.
    """
    guarded = {
        "q": {"_id": before.customer_id, "version": before.version},
        "u": {"$set": {"overrides": encode(after)["overrides"], "version": after.version}},
    }

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        await update(store, SETS, [guarded], session, missing=Contention)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


AUDITED_TOGETHER: Final = 500
"""Sets that the audit derives again with one query."""


async def find_stale_sets(store: Store) -> list[CustomerId]:
    """Return the customers whose set is not what their subscriptions give: reads all of both."""
    stale: list[CustomerId] = []
    last = ""
    while True:
        query: Document = {"_id": {"$gt": last}, "complete": True}
        batch = await store[SETS].find(query).sort("_id", 1).limit(AUDITED_TOGETHER).to_list(None)
        if not batch:
            return stale
        last = batch[-1]["_id"]
        derived = await _derived(store, [document["_id"] for document in batch])
        stale += [document["_id"] for document in batch if not _holds(document, derived[document["_id"]])]


def _holds(document: Document, allowances: Mapping[SubscriptionId, Allowance]) -> bool:
    """Return whether a set's document holds *allowances*; one that can't be read does not."""
    try:
        return read_set(document).allowances == allowances
    except (KeyError, TypeError, ValueError):
        return False
