"""Customers are found by indexes: what a search reads does not grow with how many customers there are."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from ciclo.actions.dependencies import Deps
from ciclo.domain.customer import Customer
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
