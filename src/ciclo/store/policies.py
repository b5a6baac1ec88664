"""Billing policies by their content: every event names the one that it was decided by."""

import hashlib
import json

from ciclo.domain.policy import Policy
from ciclo.store.codec import decode, encode
from ciclo.store.mongo.client import Store


def digest_policy(policy: Policy) -> str:
    """Return the id that *policy* has, whoever stores it."""
    return hashlib.sha256(json.dumps(encode(policy), sort_keys=True).encode()).hexdigest()[:16]


async def save_policy(store: Store, policy: Policy) -> str:
    """Keep *policy* for replays and return its id."""
    id_ = digest_policy(policy)
    await store["policies"].update_one({"_id": id_}, {"$setOnInsert": encode(policy)}, upsert=True)
    return id_


async def find_policies(store: Store) -> dict[str, Policy]:
    """Return every policy that was ever decided by."""
    documents = await store["policies"].find({}).to_list(None)
    return {document["_id"]: decode(document, Policy) for document in documents}
