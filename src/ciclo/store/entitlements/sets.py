"""Entitlement sets: one document a customer, written by the transaction that changes the subscription.

A set that is not `complete` was begun by a commit and holds only what commits have told since: the first
reader derives it from all of the customer's subscriptions. So a database of an older release needs nothing
done before it answers.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from ciclo.domain.customer import addressee_of
from ciclo.domain.entitlements.allowance import Allowance, EntitlementSet
from ciclo.domain.ids import CustomerId, SubscriptionId
from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.codec import encode
from ciclo.store.customers import find_customers
from ciclo.store.entitlements.allowances import SETS, derive_allowances, read_set
from ciclo.store.entitlements.messages import Occasion, entitlement_messages
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.mongo.bulk_write import insert, update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.transaction import Session, run_transaction


async def derive_set(store: Store, customer_id: CustomerId) -> bool:
    """Derive a customer's set anew from their subscriptions, and keep it; say no if there is no customer.

    Who was merged into another customer is nobody who may use anything: that one is.
    """
    query: Document = {"_id": customer_id, "merged_into": None}

    async def body(session: Session) -> bool:
        if await store["customers"].find_one(query, {"_id": 1}, session=session) is None:
            return False
        allowances = (await derive_allowances(store, [customer_id], session))[customer_id]
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


async def write_overrides(
    store: Store,
    before: EntitlementSet,
    after: EntitlementSet,
    operation: Operation,
    *,
    answer: Answer | None,
    told_on: date | None,
) -> list[Document]:
    """Keep the overrides of a customer's set as they are in *after*, with the *operation* that made them so.

    Returns the messages that were written with it; *told_on* is the seller's date, None if nobody is told.

    Raises:
        Contention: the set was changed since it was read.
        DuplicateKey: the request was answered already.
    """
    guarded = {
        "q": {"_id": before.customer_id, "version": before.version},
        "u": {"$set": {"overrides": encode(after)["overrides"], "version": after.version}},
    }

    async def body(session: Session) -> list[Document]:
        await add_answer(store, answer, session)
        await update(store, SETS, [guarded], session, missing=Contention)
        await append_operation(store, operation, session)
        if told_on is None:
            return []
        customers = await find_customers(store, [before.customer_id])
        messages = await entitlement_messages(
            store,
            {before.customer_id: Occasion(id=operation.id, at=operation.at)},
            addressees={id_: addressee_of(customer) for id_, customer in customers.items()},
            on=told_on,
            now=operation.at,
            session=session,
        )
        await insert(store, "messages", messages, session)
        return messages

    return await run_transaction(store, body)


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
        derived = await derive_allowances(store, [document["_id"] for document in batch])
        stale += [document["_id"] for document in batch if not _holds(document, derived[document["_id"]])]


def _holds(document: Document, allowances: Mapping[SubscriptionId, Allowance]) -> bool:
    """Return whether a set's document holds *allowances*; one that can't be read does not."""
    try:
        return read_set(document).allowances == allowances
    except (KeyError, TypeError, ValueError):
        return False
