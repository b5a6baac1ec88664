"""Reading coupons, and looking at what a code would give."""

from typing import Annotated

import strawberry

from ciclo.actions.selling.coupon_previews import preview_coupon
from ciclo.domain.ids import parse_id
from ciclo.store.mongo.client import Document
from ciclo.store.mongo.paging import count_documents
from ciclo.store.selling.coupons import NEWEST_FIRST, find_coupon, list_coupons
from graphql_schema.context import Info, Operator, SignedIn
from graphql_schema.types.pagination import After, Connection, First, Listing, connect
from graphql_schema.types.selling.coupon import Coupon, CouponPreview


@strawberry.input(description="Which coupons to list; what is left out does not matter.")
class CouponFilter:
    """Conditions on coupons."""

    active: bool | None = None


@strawberry.type
class CouponQueries:
    """Reading coupons."""

    @strawberry.field(permission_classes=[Operator], description="Coupons, the newest first.")
    async def coupons(
        self,
        info: Info,
        filter: CouponFilter | None = None,  # noqa: A002 - the API's name
        first: First = None,
        after: After = None,
    ) -> Connection[Coupon]:
        """List coupons."""
        store = info.context.deps.store
        active = filter.active if filter else None
        query: Document = {} if active is None else {"active": active}
        listing = Listing(
            name="coupons",
            order=NEWEST_FIRST,
            read=lambda key, size: list_coupons(store, query, after=key, size=size),
            count=lambda: count_documents(store, "coupons", query),
        )
        return await connect(info, listing, first=first, after=after, to_node=Coupon.of)

    @strawberry.field(permission_classes=[Operator], description="One coupon.")
    async def coupon(self, info: Info, id: strawberry.ID) -> Coupon | None:  # noqa: A002
        """Find a coupon."""
        found = await find_coupon(info.context.deps.store, parse_id("cpn", id))
        return Coupon.of(found) if found else None

    @strawberry.field(
        permission_classes=[SignedIn],
        description="What a code would give to a new subscription of the caller; nothing is reserved.",
    )
    async def coupon_preview(
        self,
        info: Info,
        code: Annotated[str, strawberry.argument(description="As it was typed.")],
        plan_id: strawberry.ID,
        quantity: int = 1,
    ) -> CouponPreview:
        """Preview a coupon."""
        deps = info.context.deps
        preview = await preview_coupon(
            deps, code, plan_id=plan_id, quantity=quantity, caller=await info.context.caller()
        )
        return CouponPreview.of(preview, timezone=deps.policy.timezone)
