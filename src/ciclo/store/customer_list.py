"""The list of customers: searched, narrowed by what they have, and read in one of three orders.

What is asked of customers themselves is one query. What is asked of their subscriptions and invoices is
looked up first: few that match are named to that query. Of many, the list is walked in its order and each
customer is asked, which ends soon since so many match.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from ciclo.domain.customer import Customer
from ciclo.domain.ids import CustomerId
from ciclo.domain.subscription import Status
from ciclo.store.codec import decode
from ciclo.store.customers import IS_TEXT
from ciclo.store.invoices import invoice_query, within
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.paging import Page, PageKey, SortOrder, count_documents, fetch_page
from ciclo.store.subscriptions import subscription_query

NAMED_MAX: Final = 10_000
"""So many customers are named to a query at most; where more match, the list is walked instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFilter:
    """Conditions on customers; what is None or empty does not matter.

    `prefixes` are beginnings of words, folded, all of which a customer has to have. A plan and statuses are
    of one subscription. `overdue_on` is the day on which something is, or is not, overdue.
    """

    prefixes: Sequence[str] = ()
    id: CustomerId | None = None
    email_prefix: str | None = None
    tax_id: str | None = None
    external_id: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    plan_id: str | None = None
    statuses: Sequence[Status] = ()
    overdue_on: date | None = None
    has_overdue: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerListing:
    """What a list of customers reads: a query, and the look-ups that each customer has to pass."""

    query: Document
    joins: Sequence[Document]


async def prepare_listing(store: Store, chosen: CustomerFilter) -> CustomerListing:
    """Return how the customers of a filter are read."""
    conditions = [_conditions(chosen)]
    joins: list[Document] = []
    for collection, query, wanted in _elsewhere(chosen):
        ids = await _named(store, collection, query)
        if ids is None:
            joins += _join(collection, query, wanted=wanted)
        else:
            conditions.append({"_id": {"$in" if wanted else "$nin": ids}})
    return CustomerListing(query={"$and": conditions}, joins=joins)


async def list_customers(
    store: Store, listing: CustomerListing, *, order: SortOrder, after: PageKey | None, size: int
) -> Page[Customer]:
    """Return a page of customers."""
    return await fetch_page(
        store,
        "customers",
        listing.query,
        order=order,
        after=after,
        size=size,
        read=lambda document: decode(document, Customer),
        joins=listing.joins,
    )


async def count_customers(store: Store, listing: CustomerListing) -> int:
    """Return how many customers a list has in all: of what is walked, each is asked."""
    if not listing.joins:
        return await count_documents(store, "customers", listing.query)
    pipeline: list[Document] = [{"$match": listing.query}, *listing.joins, {"$count": "n"}]
    found = await store["customers"].aggregate(pipeline).to_list(1)
    return int(found[0]["n"]) if found else 0


def _conditions(chosen: CustomerFilter) -> Document:
    # Who was merged into another customer is listed as that one.
    query: Document = {"merged_into": None}
    if chosen.prefixes:
        query["$and"] = [{"search": {"$regex": f"^{re.escape(word)}"}} for word in chosen.prefixes]
    if chosen.id is not None:
        query["_id"] = chosen.id
    if chosen.email_prefix is not None:
        query["email"] = {"$regex": f"^{re.escape(chosen.email_prefix.lower())}"}
    if chosen.tax_id is not None:
        query["tax_id"] = IS_TEXT | {"$eq": chosen.tax_id}
    if chosen.external_id is not None:
        query["external_id"] = IS_TEXT | {"$eq": chosen.external_id}
    if window := within(chosen.created_from, chosen.created_before):
        query["created_at"] = window
    return query


def _elsewhere(chosen: CustomerFilter) -> list[tuple[str, Document, bool]]:
    """Return what is asked of other collections: where, what, and whether there has to be such a document."""
    asked: list[tuple[str, Document, bool]] = []
    if chosen.plan_id is not None or chosen.statuses:
        query = subscription_query(owner=None, statuses=chosen.statuses, plan_id=chosen.plan_id)
        asked.append(("subscriptions", query, True))
    if chosen.has_overdue is not None:
        asked.append(
            ("invoices", invoice_query(owner=None, overdue_on=chosen.overdue_on), chosen.has_overdue)
        )
    return asked


async def _named(store: Store, collection: str, query: Document) -> list[CustomerId] | None:
    """Return whose documents match; None if these are more than NAMED_MAX."""
    # Of unpaid invoices there is an index of their own, which MongoDB does not take by itself.
    hint = "open" if collection == "invoices" else None
    cursor = store[collection].find(query, {"customer_id": 1}, hint=hint).limit(NAMED_MAX + 1)
    found = [document["customer_id"] async for document in cursor]
    return None if len(found) > NAMED_MAX else list(dict.fromkeys(found))


def _join(collection: str, query: Document, *, wanted: bool) -> list[Document]:
    one: list[Document] = [{"$match": query}, {"$limit": 1}, {"$project": {"_id": 1}}]
    found = f"in_{collection}"
    lookup = {
        "from": collection,
        "localField": "_id",
        "foreignField": "customer_id",
        "pipeline": one,
        "as": found,
    }
    return [{"$lookup": lookup}, {"$match": {found: {"$ne": []} if wanted else []}}]
