"""Features in MongoDB: how each is counted, by its key."""

from ciclo.domain.entitlements.feature import FEATURES_MAX, Feature
from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.codec import decode, encode
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.mongo.bulk_write import update
from ciclo.store.mongo.client import Store
from ciclo.store.mongo.transaction import Session, run_transaction


async def find_features(store: Store) -> dict[str, Feature]:
    """Return every feature that is registered, by its key, in the order of the keys."""
    documents = await store["features"].find().sort("_id", 1).limit(FEATURES_MAX).to_list(None)
    return {document["_id"]: decode({**document, "key": document["_id"]}, Feature) for document in documents}


async def write_feature(
    store: Store, feature: Feature, operation: Operation, *, answer: Answer | None
) -> None:
    """Keep how a feature is counted from now on, with the *operation* that says so.

    Raises:
        DuplicateKey: the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        statement = {"q": {"_id": feature.key}, "u": {"$set": encode(feature)}, "upsert": True}
        await update(store, "features", [statement], session)
        await append_operation(store, operation, session)

    await run_transaction(store, body)
