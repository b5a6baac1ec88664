"""Grouping plans into products: what is the same but for its price becomes one product's prices.

For plans of before there were products; each keeps its id and all else.
"""

from typing import Final

from ciclo.domain.ids import ProductId, derived_id
from ciclo.domain.plan import Plan
from ciclo.domain.products.product import first_price, join_price
from ciclo.store.codec import decode
from ciclo.store.mongo.client import Document, Store
from ciclo.store.products import find_namesakes, write_product

PLANS_MAX: Final = 50
"""Plans of one batch: each is written in a transaction of its own."""


async def group_plans(store: Store, after: str) -> str | None:
    """Make the plans that follow *after* prices of products; return the last one, None at the end."""
    query: Document = {"_id": {"$gt": after}}
    found = await store["plans"].find(query).sort("_id", 1).limit(PLANS_MAX).to_list(None)
    plans = [decode(document, Plan) for document in found]
    for plan in plans:
        if plan.product_id is None:
            await _group(store, plan)
    return plans[-1].id if plans else None


async def _group(store: Store, plan: Plan) -> None:
    for found in await find_namesakes(store, plan):
        joined = join_price(found, plan, at=plan.updated_at)
        if joined is not None:
            known = [*found.prices, plan]
            await write_product(store, joined, None, before=found.product, known=known)
            return
    id_ = ProductId(derived_id("prod", at=plan.created_at, facts=plan.id))
    await write_product(store, first_price(plan, id_), None, known=[plan])
