"""Erasing what is known of a person (LGPD): from the customer, and from all that is no sealed record.

What the ledger seals stays as it is: issued invoices name whom they were issued to, as the law wants.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

import orjson

from ciclo.domain.customer import Customer
from ciclo.domain.errors.customers import CustomerInUse
from ciclo.domain.ids import CustomerId
from ciclo.store.access.sessions import remove_sessions
from ciclo.store.customer_merge import find_merged_into
from ciclo.store.customers import CustomerChange, nobody_statement, write_customer
from ciclo.store.entitlements.allowances import SETS
from ciclo.store.mails.mails import MAILS
from ciclo.store.mongo.bulk_write import update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transaction import Session
from ciclo.store.webhooks.deliveries import DELIVERIES

ANONYMIZE_ACTION: Final = "anonymizeCustomer"
"""The act in the operations log that explains why what it says of a customer was erased before its time."""

PAGE: Final = 500
"""Objects whose messages are erased together."""

_OBJECTS: Final = ("subscriptions", "invoices", "payments", "credit_notes")


async def write_anonymized(store: Store, change: CustomerChange) -> None:
    """Write that nothing is known of a customer any more, nor of who became a part of them.

    Their sessions end.

    Raises:
        CustomerInUse: a subscription lives, or an invoice is open.
        Contention: somebody else changed them first, or they subscribed meanwhile.
        DuplicateKey: the request was answered already.
    """
    customer = change.after

    async def check(session: Session) -> None:
        await require_at_rest(store, customer.id, session)
        earlier = await find_merged_into(store, [customer.id], session)
        for id_ in (customer.id, *earlier):
            await remove_sessions(store, {"customer_id": id_}, session)
        nobodies = [nobody_statement(replace(customer, id=id_, merged_into=customer.id)) for id_ in earlier]
        await update(store, "customers", nobodies, session)

    await write_customer(store, change, first=check)


async def require_at_rest(store: Store, customer_id: CustomerId, session: Session | None = None) -> None:
    """Check that nothing of a customer is going on.

    Raises:
        CustomerInUse: a subscription lives, or an invoice is open.
    """
    for collection, query, what in (
        ("subscriptions", {"ended_at": None}, "a live subscription"),
        ("invoices", {"status": "PENDING"}, "an open invoice"),
    ):
        if await store[collection].find_one(
            {"customer_id": customer_id, **query}, {"_id": 1}, session=session
        ):
            raise CustomerInUse(what)


async def erase_traces(store: Store, customer: Customer) -> None:
    """Erase what mails, messages, receivers, overrides and the operations log say of an anonymized customer.

    It may be done again, and has to be, if it was cut short. The log's chain holds: it seals digests.
    """
    ids = {"$in": [customer.id, *await find_merged_into(store, [customer.id])]}
    await store[MAILS].delete_many({"customer_id": ids})
    said = {"target": ids, "erased": {"$ne": True}, "action": {"$ne": ANONYMIZE_ACTION}}
    erased = {"before": None, "after": None, "erased": True}
    await store["operations"].update_many(said, {"$set": erased})
    await store[SETS].update_many({"_id": ids, "overrides": {"$type": "object"}}, _WITHOUT_REASONS)
    async for object_ids in _objects(store, ids):
        await _erase_messages(store, object_ids)
        answered = {"object_id": {"$in": object_ids}, "attempts.0": {"$exists": True}}
        await store[DELIVERIES].update_many(answered, {"$set": {"attempts.$[].answer": ""}})


async def find_anonymized(store: Store) -> frozenset[str]:
    """Return the customers whom the operations log says to be anonymized, and who became a part of them."""
    found = store["operations"].find({"action": ANONYMIZE_ACTION}, {"target": 1})
    ids = [document["target"] async for document in found]
    return frozenset([*ids, *await find_merged_into(store, ids)])


_WITHOUT_REASONS: Final[list[Document]] = [
    {
        "$set": {
            "overrides": {
                "$arrayToObject": {
                    "$map": {
                        "input": {"$objectToArray": "$overrides"},
                        "in": {"k": "$$this.k", "v": {"$mergeObjects": ["$$this.v", {"reason": ""}]}},
                    }
                }
            }
        }
    }
]
"""Overrides stay as they are, without what an operator wrote of the person."""


async def _objects(store: Store, ids: Document) -> AsyncIterator[list[str]]:
    """Yield the ids of all that messages of some customers may be about, in pages."""
    yield ids["$in"]
    for collection in _OBJECTS:
        page: list[str] = []
        async for document in store[collection].find({"customer_id": ids}, {"_id": 1}):
            page.append(document["_id"])
            if len(page) == PAGE:
                yield page
                page = []
        if page:
            yield page


async def _erase_messages(store: Store, object_ids: list[str]) -> None:
    about: Document = {"object_id": {"$in": object_ids}}
    deliveries = store[DELIVERIES].find(about, {"message_id": 1})
    ids = list({document["message_id"] async for document in deliveries})
    told = [{"_id": {"$in": ids[start : start + PAGE]}} for start in range(0, len(ids), PAGE)]
    # Those that wait are few; of those that no endpoint was told of there is an index.
    for some in (*told, about | {"fanned_out": False}, about | {"untold": True}):
        async for message in store["messages"].find(some, {"body": 1}):
            body = erase_body(message["body"])
            await store["messages"].update_one({"_id": message["_id"]}, {"$set": {"body": body}})


_PERSONAL: Final = ("email", "name", "phone", "address", "externalId", "locale")


def erase_body(body: str) -> str:
    """Return a message's body without what it says of the person; the object that it shows stays."""
    told: Document = orjson.loads(body)
    if told.get("customer"):
        told["customer"] = {**told["customer"], **dict.fromkeys(("email", "name"))}
    if str(told["type"]).startswith("customer."):
        told["data"] = {**told["data"], **dict.fromkeys(_PERSONAL), "metadata": {}}
    return orjson.dumps(told).decode()
