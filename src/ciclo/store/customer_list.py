"""The list of customers: searched, narrowed by what they have, and read in one of three orders.

What is asked of customers themselves is one query. What is asked of their subscriptions and invoices is
looked up first: few that match are named to that query. Of many, the list is walked in its order and each
customer is asked, which ends soon since so many match.

Words are asked for twice: by their pairs, which an index finds and has in the order of the list, and then by
the whole of what was typed, which of these is looked for in the customer.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Final

from ciclo.domain.customer import Customer
from ciclo.domain.customers.search import card_ending, pairs_of_search
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

COUNTED_MAX: Final = 2_000
"""So many customers of a pair of words are counted at most to choose between pairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFilter:
    """Conditions on customers; what is None or empty does not matter.

    `prefixes` are beginnings of words, folded, all of which a customer has to have; one of four digits may
    be the end of a card's number instead. A plan and statuses are
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
    conditions = [_conditions(chosen), *await _paired(store, chosen.prefixes)]
    joins: list[Document] = []
    ending = card_ending(chosen.prefixes)
    if ending is not None:
        either, joins = await _has_word_or_card(store, ending)
        conditions += either
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
    words = [word for word in chosen.prefixes if word != card_ending(chosen.prefixes)]
    if words:
        query["$and"] = [_has_word(word) for word in words]
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


async def _paired(store: Store, prefixes: Sequence[str]) -> list[Document]:
    """Return the condition that leaves fewest to look at for whole words; none if there is no pair.

    MongoDB would keep to the pair that was the rarest one of the first search that it planned.
    """
    ending = card_ending(prefixes)
    asked: list[Document] = [
        {"search_pairs": {"$in": one_of}}
        for one_of in pairs_of_search([one for one in prefixes if one != ending])
    ]
    if len(asked) <= 1:
        return asked
    counted = await asyncio.gather(
        *(store["customers"].count_documents(pair, limit=COUNTED_MAX, hint="pair_newest") for pair in asked)
    )
    return [min(zip(counted, asked, strict=True), key=itemgetter(0))[1]]


def _has_word(beginning: str) -> Document:
    return {"search": {"$regex": f"^{re.escape(beginning)}"}}


async def _has_word_or_card(store: Store, ending: str) -> tuple[list[Document], list[Document]]:
    """Return conditions and look-ups for who has a word that begins so, or had a card that ends so."""
    query: Document = {"method.last_four": IS_TEXT | {"$eq": ending}}
    named: set[CustomerId] = set()
    for collection in _WITH_CARDS:
        ids = await _named(store, collection, query, documents_max=OF_CARDS_MAX)
        if ids is None or len(named) + len(ids) > NAMED_MAX:
            looked_up = [_lookup(with_cards, query) for with_cards in _WITH_CARDS]
            found: list[Document] = [{_found_in(with_cards): {"$ne": []}} for with_cards in _WITH_CARDS]
            return [], [*looked_up, {"$match": {"$or": [_has_word(ending), *found]}}]
        named.update(ids)
    return [{"$or": [_has_word(ending), {"_id": {"$in": list(named)}}]}], []


OF_CARDS_MAX: Final = 100_000
"""Subscriptions, or payments, by cards that end alike: index entries alone, and one customer has dozens."""
_WITH_CARDS: Final = ("subscriptions", "payments")


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


async def _named(
    store: Store, collection: str, query: Document, *, documents_max: int = NAMED_MAX
) -> list[CustomerId] | None:
    """Return whose documents match; None if these are more than *documents_max*."""
    # Of unpaid invoices there is an index of their own, which MongoDB does not take by itself.
    hint: Document = {"hint": "open"} if collection == "invoices" else {}
    pipeline: list[Document] = [
        {"$match": query},
        {"$limit": documents_max + 1},
        {"$group": {"_id": "$customer_id", "documents": {"$sum": 1}}},
    ]
    found = await store[collection].aggregate(pipeline, **hint).to_list(documents_max + 1)
    if sum(row["documents"] for row in found) > documents_max:
        return None
    return [row["_id"] for row in found]


def _join(collection: str, query: Document, *, wanted: bool) -> list[Document]:
    there: Document = {_found_in(collection): {"$ne": []} if wanted else []}
    return [_lookup(collection, query), {"$match": there}]


def _lookup(collection: str, query: Document) -> Document:
    """Return the look-up of one of a customer's documents that match."""
    return {
        "$lookup": {
            "from": collection,
            "localField": "_id",
            "foreignField": "customer_id",
            "pipeline": [{"$match": query}, {"$limit": 1}, {"$project": {"_id": 1}}],
            "as": _found_in(collection),
        }
    }


def _found_in(collection: str) -> str:
    return f"in_{collection}"
