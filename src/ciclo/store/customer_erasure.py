"""Erasing what is known of a person (LGPD): from the customer, and from all that is no sealed record.

What the ledger seals stays as it is: issued invoices name whom they were issued to, as the law wants.
"""

from collections.abc import AsyncIterator
from typing import Final

import orjson

from ciclo.domain.customer import Customer
from ciclo.domain.errors.customers import CustomerInUse
from ciclo.domain.ids import CustomerId
from ciclo.store.access.sessions import remove_sessions
from ciclo.store.customers import CustomerChange, write_customer
from ciclo.store.mails.mails import MAILS
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transaction import Session
from ciclo.store.webhooks.deliveries import DELIVERIES

ANONYMIZE_ACTION: Final = "anonymizeCustomer"
"""The act in the operations log that explains why what it says of a customer was erased before its time."""

PAGE: Final = 500
"""Objects whose messages are erased together."""

_OBJECTS: Final = ("subscriptions", "invoices", "payments", "credit_notes")


async def write_anonymized(store: Store, change: CustomerChange) -> None:
    """Write that nothing is known of a customer any more; end their sessions.

    Raises:
        CustomerInUse: a subscription lives, or an invoice is open.
        Contention: somebody else changed them first, or they subscribed meanwhile.
        DuplicateKey: the request was answered already.
    """
    customer = change.after

    async def check(session: Session) -> None:
        await require_at_rest(store, customer.id, session)
        await remove_sessions(store, {"customer_id": customer.id}, session)

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
    """Erase what mails, messages and the operations log say of an anonymized customer.

    It may be done again, and has to be, if it was cut short. The log's chain holds: it seals digests.
    """
    await store[MAILS].delete_many({"customer_id": customer.id})
    said = {"target": customer.id, "erased": {"$ne": True}, "action": {"$ne": ANONYMIZE_ACTION}}
    erased = {"before": None, "after": None, "erased": True}
    await store["operations"].update_many(said, {"$set": erased})
    async for object_ids in _objects(store, customer.id):
        await _erase_messages(store, object_ids)


async def find_anonymized(store: Store) -> frozenset[str]:
    """Return the customers whom the operations log says to be anonymized."""
    found = store["operations"].find({"action": ANONYMIZE_ACTION}, {"target": 1})
    return frozenset([document["target"] async for document in found])


async def _objects(store: Store, customer_id: CustomerId) -> AsyncIterator[list[str]]:
    """Yield the ids of all that messages may be about, in pages."""
    yield [customer_id]
    for collection in _OBJECTS:
        page: list[str] = []
        async for document in store[collection].find({"customer_id": customer_id}, {"_id": 1}):
            page.append(document["_id"])
            if len(page) == PAGE:
                yield page
                page = []
        if page:
            yield page


async def _erase_messages(store: Store, object_ids: list[str]) -> None:
    deliveries = store[DELIVERIES].find({"object_id": {"$in": object_ids}}, {"message_id": 1})
    ids = list({document["message_id"] async for document in deliveries})
    for start in range(0, len(ids), PAGE):
        some = {"_id": {"$in": ids[start : start + PAGE]}}
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
