"""Customers, found by id or by e-mail address."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from ciclo.domain.customer import Customer
from ciclo.domain.ids import CustomerId
from ciclo.domain.lines.tax_rate import TaxProfile
from ciclo.store.codec import decode, encode_part
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.mongo.bulk_write import update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transaction import Session, run_transaction

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


async def find_customer_by_external_id(store: Store, external_id: str) -> Customer | None:
    """Return the customer whom the seller's own system calls so."""
    document = await store["customers"].find_one({"external_id": external_id})
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


def payer_statements(*, before: Customer, after: Customer) -> list[Document]:
    """Return the updates that store what was learned of a customer who is there.

    A provider's id that somebody else stored meanwhile stays, and so do those of other providers.
    """
    told = {
        name: encode_part(value)
        for name in ("name", "tax_id", "address")
        if (value := getattr(after, name)) is not None and value != getattr(before, name)
    }
    statements: list[Document] = [{"q": {"_id": after.id}, "u": {"$set": told}}] if told else []
    for provider, reference in after.provider_references.items():
        if provider not in before.provider_references:
            path = f"provider_references.{provider}"
            statements.append({"q": {"_id": after.id, path: None}, "u": {"$set": {path: reference}}})
    return statements


async def update_payer(store: Store, *, before: Customer, after: Customer) -> None:
    """Store what was learned of a customer who is there, see `payer_statements`."""
    for statement in payer_statements(before=before, after=after):
        await store["customers"].update_one(statement["q"], statement["u"])


def tax_profile_statements(customer_id: CustomerId, profile: TaxProfile) -> list[Document]:
    """Return the update that keeps how a customer is taxed."""
    return [{"q": {"_id": customer_id}, "u": {"$set": {"tax_profile": encode_part(profile)}}}]


async def keep_tax_profile(store: Store, statements: Sequence[Document], *, answer: Answer | None) -> None:
    """Keep how a customer is taxed who has no live subscription.

    Raises:
        DuplicateKey: the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        await update(store, "customers", statements, session)

    await run_transaction(store, body)
