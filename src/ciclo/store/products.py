"""Products and their prices, which are written together."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from ciclo.domain.ids import ProductId
from ciclo.domain.plan import Plan
from ciclo.domain.products.product import PricedProduct, Product
from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.codec import decode, encode
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.mongo.bulk_write import insert, update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.paging import Page, PageKey, SortOrder, fetch_page
from ciclo.store.mongo.transaction import Session, run_transaction
from ciclo.store.plans import write_plan

PRODUCTS: Final = "products"
NEWEST_FIRST: Final = SortOrder(field="created_at")

ALL_PRICES_MAX: Final = 1_000
"""Prices of one product that are read, those that take no new subscribers too."""


async def find_product(store: Store, product_id: str) -> Product | None:
    """Return a product."""
    document = await store[PRODUCTS].find_one({"_id": product_id})
    return decode(document, Product) if document else None


async def find_priced(store: Store, product_id: str) -> PricedProduct | None:
    """Return a product with all of its prices, the oldest first."""
    product = await find_product(store, product_id)
    if product is None:
        return None
    return PricedProduct(product=product, prices=(await find_prices(store, [product.id]))[product.id])


async def find_prices(store: Store, product_ids: Iterable[ProductId]) -> dict[ProductId, list[Plan]]:
    """Return the prices of products, the oldest first, and of one instant the shortest cycle first."""
    prices: dict[ProductId, list[Plan]] = {id_: [] for id_ in product_ids}
    documents = store["plans"].find({"product_id": {"$in": list(prices)}})
    async for document in documents.limit(ALL_PRICES_MAX * len(prices)):
        plan = decode(document, Plan)
        if plan.product_id is not None:
            prices[plan.product_id].append(plan)
    return {id_: sorted(found, key=_place) for id_, found in prices.items()}


def _place(plan: Plan) -> tuple[datetime, int, str, str]:
    return plan.created_at, plan.billing_cycle.months, plan.price.currency, plan.id


async def find_namesakes(store: Store, plan: Plan) -> list[PricedProduct]:
    """Return the products on offer that are called like *plan*, for the same people, the oldest first."""
    query: Document = {"name": plan.name, "user_type": plan.user_type, "active": True}
    found = store[PRODUCTS].find(query).sort("_id", 1).limit(NAMESAKES_MAX)
    products = [decode(document, Product) async for document in found]
    prices = await find_prices(store, [product.id for product in products])
    return [PricedProduct(product=product, prices=prices[product.id]) for product in products]


NAMESAKES_MAX: Final = 20
"""Products of one name that are looked through for the one that a plan is a price of."""


async def write_product(
    store: Store,
    after: PricedProduct,
    operation: Operation | None,
    *,
    before: Product | None = None,
    known: Iterable[Plan] = (),
    answer: Answer | None = None,
) -> None:
    """Store a product's next state with all of its prices, and the *operation* that made it.

    *before* is the product as it was read, None if it is new; *known* are those of its prices that are there.

    Raises:
        Contention: somebody else changed it, or one of its prices, first.
        DuplicateKey: the request was answered already.
    """
    read = {plan.id: plan for plan in known}

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        if before is None:
            await insert(store, PRODUCTS, [encode(after.product)], session)
        else:
            guard = {"_id": before.id, "version": before.version}
            statement = {"q": guard, "u": encode(after.product)}
            await update(store, PRODUCTS, [statement], session, missing=Contention)
        for plan in after.prices:
            if plan != read.get(plan.id):
                await write_plan(store, read.get(plan.id), plan, session)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


async def list_products(store: Store, query: Document, *, after: PageKey | None, size: int) -> Page[Product]:
    """Return a page of products that match *query* (made by `product_query`), the newest first."""
    return await fetch_page(
        store,
        PRODUCTS,
        query,
        order=NEWEST_FIRST,
        after=after,
        size=size,
        read=lambda document: decode(document, Product),
    )


def product_query(*, user_type: str | None = None, active: bool | None = None) -> Document:
    """Return the query of a list of products."""
    given: Document = {"user_type": user_type, "active": active}
    return {name: value for name, value in given.items() if value is not None}
