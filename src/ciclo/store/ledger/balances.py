"""Customers' balances beside what they follow from, for those who check them."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass

from ciclo.domain.ids import CustomerId
from ciclo.store.mongo.client import Document, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedBalance:
    """A customer's balance, the sum of its entries and what is left of grants, each by currency."""

    customer_id: CustomerId
    amounts: dict[str, int]
    entries: dict[str, int]
    granted: dict[str, int]


async def scan_balances(store: Store) -> AsyncIterator[RecordedBalance]:
    """Yield every customer's balance."""
    group = {"_id": {"customer": "$customer_id", "currency": "$currency"}, "sum": {"$sum": "$amount"}}
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    async for row in store["credit_entries"].aggregate([{"$group": group}]):
        sums[row["_id"]["customer"]][row["_id"]["currency"]] = row["sum"]
    async for customer in store["customers"].find({}, {"credit": 1, "grants": 1}):
        grants: dict[str, list[Document]] = customer.get("grants", {})
        yield RecordedBalance(
            customer_id=customer["_id"],
            amounts=customer["credit"],
            entries=dict(sums.get(customer["_id"], {})),
            granted={currency: sum(one["left"] for one in left) for currency, left in grants.items()},
        )
