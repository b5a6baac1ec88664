"""The price of a subscription's full period, beside its record: what lists are sorted by."""

from typing import Final

from ciclo.domain.subscription import Subscription
from ciclo.store.codec import encode
from ciclo.store.mongo.client import Document, Store

PRICE: Final = "price"
"""Nobody reads it as the price: the record's terms say that."""
PRICED_TOGETHER_MAX: Final = 1_000
"""Subscriptions of one batch of the migration."""


def subscription_document(subscription: Subscription) -> Document:
    """Return the document of a new subscription."""
    return {**encode(subscription), PRICE: subscription.terms.price}


def price_change(before: Subscription, after: Subscription) -> Document:
    """Return what to set where the terms are others than before."""
    return {} if after.terms is before.terms else {PRICE: after.terms.price}


async def price_subscriptions(store: Store, after: str) -> str | None:
    """Keep the price of the subscriptions that follow *after*; a step of a migration."""
    found = store["subscriptions"].find({"_id": {"$gt": after}}, {"_id": 1}).sort("_id", 1)
    ids = [document["_id"] async for document in found.limit(PRICED_TOGETHER_MAX)]
    product: Document = {"$multiply": ["$terms.unit_price", {"$ifNull": ["$terms.quantity", 1]}]}
    await store["subscriptions"].update_many({"_id": {"$in": ids}, PRICE: None}, [{"$set": {PRICE: product}}])
    return ids[-1] if ids else None
