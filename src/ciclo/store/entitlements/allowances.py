"""Allowances in MongoDB: what subscriptions give, the sets that hold it, and what a commit writes of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ciclo.domain.entitlements.allowance import Allowance, EntitlementSet, allowance_of, gives_otherwise
from ciclo.domain.ids import CustomerId, SubscriptionId
from ciclo.domain.subscription import Status, Subscription
from ciclo.store.codec import decode, encode
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transaction import Session, within
from ciclo.store.plan_versions import recall_versions

SETS: Final = "entitlement_sets"

_GIVING: Final = {"$nin": [Status.PENDING.value, Status.CANCELLED.value]}


async def allowance_statements(
    store: Store, changes: Iterable[tuple[Subscription, Subscription]]
) -> list[Document]:
    """Return the updates of sets that go with *changes* of subscriptions, each as it was and as it is.

    Most change nothing of what is given, and cost nothing.
    """
    both = [(before, after) for before, after in changes if gives_otherwise(before, after)]
    changed = [after for _, after in both]
    allowances = await find_allowances(store, changed)
    left = [before for before, after in both if before.customer_id != after.customer_id]
    return [
        *(_statement(before, None) for before in left),
        *(_statement(subscription, allowances.get(subscription.id)) for subscription in changed),
    ]


def _statement(subscription: Subscription, allowance: Allowance | None) -> Document:
    return {
        "q": {"_id": subscription.customer_id},
        "u": {**_placed(subscription.id, allowance), "$inc": {"version": 1}},
        "upsert": True,
    }


def _placed(subscription_id: SubscriptionId, allowance: Allowance | None) -> Document:
    path = f"allowances.{subscription_id}"
    return {"$set": {path: encode(allowance)}} if allowance else {"$unset": {path: ""}}


async def find_allowances(
    store: Store, subscriptions: Sequence[Subscription]
) -> dict[SubscriptionId, Allowance]:
    """Return what *subscriptions* give, without those that give nothing."""
    taken = {(one.terms.plan_id, one.terms.plan_version) for one in subscriptions}
    versions = await recall_versions(store, taken)
    given = {
        one.id: allowance_of(one, versions.get((one.terms.plan_id, one.terms.plan_version)))
        for one in subscriptions
    }
    return {id_: allowance for id_, allowance in given.items() if allowance is not None}


async def derive_allowances(
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


async def find_sets(store: Store, customer_ids: Iterable[CustomerId]) -> dict[CustomerId, Document]:
    """Return the documents of the complete sets among those of *customer_ids*; `read_set` reads one."""
    query: Document = {"_id": {"$in": list(customer_ids)}, "complete": True}
    return {document["_id"]: document async for document in store[SETS].find(query)}


def complete_sets(documents: Mapping[str, Document]) -> dict[CustomerId, Document]:
    """Return those of sets' documents that hold all that their customers' subscriptions give."""
    return {CustomerId(id_): one for id_, one in documents.items() if one.get("complete") is True}


def read_set(document: Document) -> EntitlementSet:
    """Return the set that a document holds.

    Raises:
        KeyError, TypeError, ValueError: it does not hold one.
    """
    return decode({**document, "customer_id": document["_id"]}, EntitlementSet)
