"""Addresses that mail came back from: marked with the customer who has them."""

from ciclo.store.mongo.client import Store


async def mark_bounced(store: Store, address: str) -> None:
    """Mark the customer with this address: mail to it came back."""
    await store["customers"].update_one({"email": address}, {"$set": {"bounced_email": address}})


async def mark_reached(store: Store, address: str) -> None:
    """Take the mark back: the server took a mail to it."""
    query = {"email": address, "bounced_email": address}
    await store["customers"].update_one(query, {"$set": {"bounced_email": None}})


async def is_bounced(store: Store, address: str) -> bool:
    """Return whether mail to this address came back."""
    query = {"email": address, "bounced_email": address}
    return await store["customers"].find_one(query, {"_id": 1}) is not None
