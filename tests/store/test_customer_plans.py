"""Customers are found by indexes: what a search reads does not grow with how many customers there are."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from ciclo.actions.dependencies import Deps
from ciclo.domain.customer import Customer
from ciclo.domain.customers.search import search_prefixes
from ciclo.domain.ids import CustomerId
from ciclo.store.customer_list import CustomerFilter, list_customers, prepare_listing
from ciclo.store.customers import customer_document
from ciclo.store.mongo.paging import SortKind, SortOrder
from tests.profile import profiled

AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
CROWD: Final = 2_000
"""Customers whom a search has no business with."""
READ_MAX: Final = 100
"""Index entries and documents that finding one customer may read, MongoDB's trial of its plans included."""

NEWEST_FIRST: Final = SortOrder(field="created_at")
BY_NAME: Final = SortOrder(field="name_key", descending=False, kind=SortKind.TEXT)


def customer(number: int, *, name: str) -> dict[str, object]:
    return customer_document(
        Customer(
            id=CustomerId(f"cus_{number}"),
            email=f"c{number}@example.com",
            name=name,
            tax_id=f"{number:011d}",
            external_id=f"user {number}",
            created_at=AT + timedelta(seconds=number),
            credit={},
            provider_references={},
        )
    )


@pytest.mark.parametrize("order", [NEWEST_FIRST, BY_NAME], ids=["newest first", "by name"])
@pytest.mark.parametrize(
    "chosen",
    [
        CustomerFilter(prefixes=["quiri"]),
        CustomerFilter(prefixes=["ana", "quiri"]),
        CustomerFilter(email_prefix="c0@"),
        CustomerFilter(tax_id="00000000000"),
        CustomerFilter(external_id="user 0"),
        CustomerFilter(id=CustomerId("cus_0")),
    ],
    ids=["a word", "two words", "an address", "a tax id", "an external id", "an id"],
)
async def test_finding_one_customer_reads_few(deps: Deps, chosen: CustomerFilter, order: SortOrder) -> None:
    # The oldest, and the last by name: whoever goes through either order meets all the others first.
    crowd = [customer(number, name=f"Ana Souza {number}") for number in range(1, CROWD)]
    await deps.store["customers"].insert_many([customer(0, name="Zoé Quirino Ana"), *crowd])
    listing = await prepare_listing(deps.store, chosen)

    async with profiled(deps.store) as profile:
        page = await list_customers(deps.store, listing, order=order, after=None, size=20)

    assert [one.id for one in page.items] == ["cus_0"]
    [read] = profile.reads
    assert "IXSCAN" in read.plan or "IDHACK" in read.plan
    assert max(read.keys, read.documents) <= READ_MAX


@pytest.mark.parametrize("order", [NEWEST_FIRST, BY_NAME], ids=["newest first", "by name"])
async def test_a_page_of_a_word_that_everybody_has_is_not_sorted(deps: Deps, order: SortOrder) -> None:
    crowd = [customer(number, name=f"Ana Souza {number}") for number in range(CROWD)]
    await deps.store["customers"].insert_many(crowd)
    listing = await prepare_listing(deps.store, CustomerFilter(prefixes=["ana"]))

    async with profiled(deps.store) as profile:
        page = await list_customers(deps.store, listing, order=order, after=None, size=20)

    assert len(page.items) == 20
    assert max(max(read.keys, read.documents) for read in profile.reads) <= READ_MAX


COMMON: Final = ["maria silva", "silva souza maria", "ana mari", "joao santos silva"]


@pytest.mark.parametrize("text", COMMON)
async def test_common_words_are_found_together_and_not_one_by_one(deps: Deps, text: str) -> None:
    # Each word alone is that of a thousand; together, of twenty, of whom all but one are the oldest.
    words = search_prefixes(text)
    crowd = [customer(number, name=f"{words[number % len(words)]} {number}") for number in range(100, CROWD)]
    meant = [customer(number, name=f"{' '.join(words)}") for number in (*range(19), CROWD)]
    await deps.store["customers"].insert_many([*meant, *crowd])

    async with profiled(deps.store) as profile:
        listing = await prepare_listing(deps.store, CustomerFilter(prefixes=words))
        page = await list_customers(deps.store, listing, order=NEWEST_FIRST, after=None, size=20)

    assert {one.id for one in page.items} == {one["_id"] for one in meant}
    assert all("IXSCAN" in read.plan or "COUNT_SCAN" in read.plan for read in profile.reads)
    assert not any(read.is_sorted for read in profile.reads)
    assert sum(max(read.keys, read.documents) for read in profile.reads) <= READ_MAX * len(words)


async def test_the_last_four_digits_of_a_card_are_looked_up_by_an_index(deps: Deps) -> None:
    number = 7
    people = [customer(at, name=f"Ana Souza {at}") for at in range(CROWD)]
    cards = [{"kind": "CREDIT_CARD", "last_four": f"{1_000 + at % 1_000}"} for at in range(CROWD)]
    for collection in ("subscriptions", "payments"):
        await deps.store[collection].insert_many(
            {"_id": f"x_{at}", "customer_id": f"cus_{at}", "method": cards[at], "terms": {"plan_id": at}}
            for at in range(CROWD)
        )
    await deps.store["customers"].insert_many(people)
    await deps.store["payments"].update_one(
        {"_id": "x_3"}, {"$set": {"method.last_four": f"{1_000 + number}"}}
    )

    async with profiled(deps.store) as profile:
        listing = await prepare_listing(deps.store, CustomerFilter(prefixes=["1007"]))
        page = await list_customers(deps.store, listing, order=NEWEST_FIRST, after=None, size=20)

    assert [one.id for one in page.items] == ["cus_1007", "cus_7", "cus_3"]
    of_cards = [read for read in profile.reads if read.collection != "customers"]
    assert all("IXSCAN" in read.plan and read.documents == 0 for read in of_cards)
    assert max(max(read.keys, read.documents) for read in profile.reads) <= READ_MAX
