"""Addresses that mail came back from: marked with the customer who has them."""

from ciclo.domain.ids import CustomerId
from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.mongo.bulk_write import update
from ciclo.store.mongo.client import Store
from ciclo.store.mongo.transaction import Session, run_transaction


async def mark_bounced(store: Store, address: str) -> None:
    """Mark the customers with this address: mail to it came back."""
    await store["customers"].update_many({"email": address}, {"$set": {"bounced_email": address}})


async def mark_reached(store: Store, address: str) -> None:
    """Take the mark back: the server took a mail to it."""
    query = {"email": address, "bounced_email": address}
    await store["customers"].update_many(query, {"$set": {"bounced_email": None}})


async def is_bounced(store: Store, address: str) -> bool:
    """Return whether mail to this address came back."""
    query = {"email": address, "bounced_email": address}
    return await store["customers"].find_one(query, {"_id": 1}) is not None


async def clear_bounce(
    store: Store, customer_id: CustomerId, operation: Operation, *, answer: Answer | None
) -> None:
    """Take the mark back, since an operator says that the address is good.

    Raises:
        DuplicateKey: the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        statement = {"q": {"_id": customer_id}, "u": {"$set": {"bounced_email": None}}}
        await update(store, "customers", [statement], session)
        await append_operation(store, operation, session)

    await run_transaction(store, body)
