"""Customers, found by id or by e-mail address."""

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ciclo.domain.customer import Customer
from ciclo.domain.customers.profile import NOWHERE
from ciclo.domain.customers.search import name_key, search_keys, search_pairs
from ciclo.domain.ids import CustomerId
from ciclo.domain.lines.tax_rate import TaxProfile
from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.codec import decode, encode, encode_part
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.mongo.bulk_write import insert, update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.transaction import Session, run_transaction

SEARCH_CUSTOMERS_MAX: Final = 500
"""A search by e-mail looks at this many customers at most."""

IS_TEXT: Final[Document] = {"$type": "string"}
"""What a partial index over texts wants to be told, although what follows implies it."""

UNPROVEN_MAX: Final = 10
"""Customers who have yet to show that an address is theirs, and are looked at once somebody does."""

KEYED_TOGETHER_MAX: Final = 500
"""Customers of one batch of the migration."""


async def find_customer(store: Store, customer_id: str) -> Customer | None:
    """Return a customer by id."""
    document = await store["customers"].find_one({"_id": customer_id})
    return decode(document, Customer) if document else None


async def find_customer_by_email(store: Store, email: str) -> Customer | None:
    """Return whose this normalised address is, or whom they were merged into."""
    return await _led(store, await store["customers"].find_one({"email": email, "unproven": None}))


async def find_unproven_customers(store: Store, email: str) -> list[Customer]:
    """Return up to UNPROVEN_MAX who say that this normalised address is theirs, the first first."""
    query = {"email": email, "unproven": IS_TEXT, "merged_into": None, "anonymized_at": None}
    cursor = store["customers"].find(query).sort("_id", 1).limit(UNPROVEN_MAX)
    return [decode(document, Customer) async for document in cursor]


async def is_claimed(store: Store, email: str) -> bool:
    """Return whether somebody says that this normalised address is theirs, and has yet to show it."""
    query = {"email": email, "unproven": IS_TEXT, "merged_into": None, "anonymized_at": None}
    return await store["customers"].find_one(query, {"_id": 1}) is not None


async def find_customer_by_external_id(store: Store, external_id: str) -> Customer | None:
    """Return the customer whom the seller's own system calls so, or whom they were merged into."""
    query = {"external_id": IS_TEXT | {"$eq": external_id}}
    return await _led(store, await store["customers"].find_one(query))


async def find_merged_customer(store: Store, customer_id: str) -> Customer | None:
    """Return a customer by id, or whom they were merged into."""
    return await _led(store, await store["customers"].find_one({"_id": customer_id}))


async def _led(store: Store, document: Document | None) -> Customer | None:
    if document is None or document.get("merged_into") is None:
        return decode(document, Customer) if document else None
    return await find_customer(store, document["merged_into"])


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


def customer_document(customer: Customer) -> Document:
    """Return the document of a customer: with it the words by which they are found, and sorted."""
    return {**encode(customer), **search_fields(customer)}


def search_fields(customer: Customer) -> Document:
    """Return the words by which a customer is found, and sorted."""
    return {
        "name_key": name_key(customer),
        "search": search_keys(customer),
        "search_pairs": search_pairs(customer),
    }


async def key_customers(store: Store, after: str) -> str | None:
    """Give the customers that follow *after* the words by which they are found; a step of a migration."""
    found = store["customers"].find({"_id": {"$gt": after}}).sort("_id", 1).limit(KEYED_TOGETHER_MAX)
    documents = await found.to_list(KEYED_TOGETHER_MAX)
    for document in documents:
        customer = decode(document, Customer)
        # As it was read: who changes any of this meanwhile writes the words anew.
        as_read = {name: document.get(name) for name in ("email", "name", "external_id")}
        await store["customers"].update_one(
            {"_id": customer.id, "search_pairs": None, **as_read}, {"$set": search_fields(customer)}
        )
    return documents[-1]["_id"] if documents else None


async def add_customer(
    store: Store, customer: Customer, operation: Operation, *, answer: Answer | None = None
) -> None:
    """Store a new customer.

    Raises:
        DuplicateKey: another one has the address or the external id, or the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        await insert(store, "customers", [customer_document(customer)], session)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChange:
    """A customer before and after, what the operations log says of it, and what is told of it."""

    before: Customer
    after: Customer
    operation: Operation
    messages: Sequence[Document] = ()
    answer: Answer | None = None


async def write_customer(
    store: Store, change: CustomerChange, *, first: Callable[[Session], Awaitable[None]] | None = None
) -> None:
    """Store what is written of a customer; their balance is not its business.

    *first* is done first in the transaction.

    Raises:
        Exception: whatever *first* raises.
        Contention: somebody else changed it first.
        DuplicateKey: another one has the address or the external id, or the request was answered already.
    """
    before, after = change.before, change.after
    changed = {name: encode_part(getattr(after, name)) for name in _WRITTEN}

    async def body(session: Session) -> None:
        await add_answer(store, change.answer, session)
        if first is not None:
            await first(session)
        statement = {"q": customer_guard(before), "u": {"$set": {**changed, **search_fields(after)}}}
        await update(store, "customers", [statement], session, missing=Contention)
        await insert(store, "messages", change.messages, session)
        await append_operation(store, change.operation, session)

    await run_transaction(store, body)


def nobody_statement(customer: Customer) -> Document:
    """Return the update that takes off a merged customer what is known of them, who are *customer* now.

    *customer* is anonymized already, but for the address, which is unique.
    """
    changed = {name: encode_part(getattr(customer, name)) for name in _WRITTEN if name != "version"}
    changed["email"] = f"{customer.id}@{NOWHERE}"
    return {"q": {"_id": customer.id}, "u": {"$set": {**changed, **search_fields(customer)}}}


_WRITTEN: Final = (
    *("email", "name", "phone", "tax_id", "address", "locale", "external_id", "metadata", "version"),
    *("provider_references", "anonymized_at", "unproven"),
)
"""What an operator's act writes of a customer."""


def customer_guard(customer: Customer) -> Document:
    """Return the guard of a write; a customer of an older release has no version."""
    version: object = customer.version or {"$in": [0, None]}
    return {"_id": customer.id, "version": version, "anonymized_at": None, "merged_into": None}


def payer_statements(*, before: Customer, after: Customer) -> list[Document]:
    """Return the updates that store what was learned of a customer who is there.

    A provider's id that somebody else stored meanwhile stays, and so do those of other providers.
    """
    told = {
        name: encode_part(value)
        for name in ("name", "tax_id", "address")
        if (value := getattr(after, name)) is not None and value != getattr(before, name)
    }
    there: Document = {"_id": after.id, "anonymized_at": None}
    statements: list[Document] = []
    if told:
        statements.append({"q": there, "u": {"$set": told, "$inc": {"version": 1}}})
    if "name" in told:
        # Where the rest is as it was read: who changes that meanwhile writes the words anew.
        as_read = {"email": after.email, "external_id": after.external_id}
        statements.append({"q": there | as_read, "u": {"$set": search_fields(after)}})
    for provider, reference in after.provider_references.items():
        if provider not in before.provider_references:
            path = f"provider_references.{provider}"
            statements.append({"q": there | {path: None}, "u": {"$set": {path: reference}}})
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
