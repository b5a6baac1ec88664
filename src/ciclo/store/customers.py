"""Customers, found by id or by e-mail address."""

import re
from collections.abc import Iterable
from typing import Final

from ciclo.domain.customer import Customer
from ciclo.domain.ids import CustomerId
from ciclo.store.client import Store
from ciclo.store.codec import decode

SEARCH_CUSTOMERS_MAX: Final = 500
"""A search by e-mail looks at this many customers at most."""


async def find_customer(store: Store, customer_id: str) -> Customer | None:
    """Return a customer by id."""
    document = await store["customers"].find_one({"_id": customer_id})
    return decode(document, Customer) if document else None


async def find_customer_by_email(store: Store, email: str) -> Customer | None:
    """Return the customer with this normalised address."""
    document = await store["customers"].find_one({"email": email})
    return decode(document, Customer) if document else None


async def find_customers(store: Store, customer_ids: Iterable[str]) -> dict[CustomerId, Customer]:
    """Return many customers by id."""
    found = await store["customers"].find({"_id": {"$in": list(customer_ids)}}).to_list(None)
    customers = [decode(document, Customer) for document in found]
    return {customer.id: customer for customer in customers}


async def search_customers(store: Store, prefix: str) -> list[CustomerId]:
    """Return the customers whose address begins with *prefix*, taken literally."""
    query = {"email": {"$regex": f"^{re.escape(prefix.lower())}"}}
    cursor = store["customers"].find(query, {"_id": 1}).limit(SEARCH_CUSTOMERS_MAX)
    return [document["_id"] async for document in cursor]


async def add_provider_reference(
    store: Store, customer_id: CustomerId, *, provider: str, reference: str
) -> None:
    """Keep a payment provider's id for a customer; asking again with the same one changes nothing."""
    await store["customers"].update_one(
        {"_id": customer_id}, {"$set": {f"provider_references.{provider}": reference}}
    )


async def set_payer(store: Store, customer_id: CustomerId, *, name: str | None, tax_id: str | None) -> None:
    """Keep what a boleto or PIX needs to know of the payer; what is not given stays."""
    fields = {key: value for key, value in {"name": name, "tax_id": tax_id}.items() if value is not None}
    if fields:
        await store["customers"].update_one({"_id": customer_id}, {"$set": fields})
