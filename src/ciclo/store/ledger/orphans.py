"""Strays: documents that belong to no subscription, which no history would show."""

from typing import Final

import pymongo

from ciclo.store.mongo.client import Document, Store

OWNED: Final = ("invoices", "payments", "credit_notes", "movements", "credit_entries")
"""Collections whose documents each belong to a subscription."""

ORPHANS_MAX: Final = 100
"""Strays of one collection that are named."""

LOOKUP_S_MAX: Final = 60.0


async def count_all(store: Store, collection: str) -> int:
    """Return how many documents a collection has."""
    return int(await store[collection].estimated_document_count())


async def find_orphans(store: Store, collection: str) -> list[str]:
    """Return the ids of documents of no subscription, ORPHANS_MAX at most: reads the whole collection."""
    pipeline: list[Document] = [
        {
            "$lookup": {
                "from": "subscriptions",
                "localField": "subscription_id",
                "foreignField": "_id",
                "as": "owner",
                "pipeline": [{"$project": {"_id": 1}}],
            }
        },
        {"$match": {"owner": []}},
        {"$project": {"_id": 1}},
        {"$limit": ORPHANS_MAX},
    ]
    with pymongo.timeout(LOOKUP_S_MAX):
        return [row["_id"] async for row in store[collection].aggregate(pipeline)]
