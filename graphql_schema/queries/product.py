"""Reading products."""

import strawberry

from ciclo.domain.ids import parse_id
from ciclo.store.mongo.paging import count_documents
from ciclo.store.products import NEWEST_FIRST, PRODUCTS, find_product, list_products, product_query
from graphql_schema.context import Info, SignedIn
from graphql_schema.types.pagination import After, Connection, First, Listing, connect
from graphql_schema.types.product import Product


@strawberry.input(description="Which products to list; what is left out does not matter.")
class ProductFilter:
    """Conditions on products."""

    user_type: str | None = None
    active: bool | None = None


@strawberry.type
class ProductQueries:
    """Reading products."""

    @strawberry.field(permission_classes=[SignedIn], description="Products, the newest first.")
    async def products(
        self,
        info: Info,
        filter: ProductFilter | None = None,  # noqa: A002 - the API's name
        first: First = None,
        after: After = None,
    ) -> Connection[Product]:
        """List products."""
        store = info.context.deps.store
        chosen = filter or ProductFilter()
        query = product_query(user_type=chosen.user_type, active=chosen.active)
        listing = Listing(
            name="products",
            order=NEWEST_FIRST,
            read=lambda key, size: list_products(store, query, after=key, size=size),
            count=lambda: count_documents(store, PRODUCTS, query),
        )
        return await connect(info, listing, first=first, after=after, to_node=Product.of)

    @strawberry.field(permission_classes=[SignedIn], description="One product.")
    async def product(self, info: Info, id: strawberry.ID) -> Product | None:  # noqa: A002
        """Find a product."""
        found = await find_product(info.context.deps.store, parse_id("prod", id))
        return Product.of(found) if found else None
