"""Allowances in MongoDB: what a transaction that changes subscriptions has to write of what they give."""

from collections.abc import Iterable, Sequence
from typing import Final

from ciclo.domain.entitlements.allowance import Allowance, allowance_of, gives_otherwise
from ciclo.domain.ids import SubscriptionId
from ciclo.domain.subscription import Subscription
from ciclo.store.codec import encode
from ciclo.store.mongo.client import Document, Store
from ciclo.store.plan_versions import recall_versions

SETS: Final = "entitlement_sets"


async def allowance_statements(
    store: Store, changes: Iterable[tuple[Subscription, Subscription]]
) -> list[Document]:
    """Return the updates of sets that go with *changes* of subscriptions, each as it was and as it is.

    Most change nothing of what is given, and cost nothing.
    """
    changed = [after for before, after in changes if gives_otherwise(before, after)]
    allowances = await find_allowances(store, changed)
    return [
        {
            "q": {"_id": subscription.customer_id},
            "u": {**_placed(subscription.id, allowances.get(subscription.id)), "$inc": {"version": 1}},
            "upsert": True,
        }
        for subscription in changed
    ]


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
