"""Coupons and their codes: a register, of which discounts are copied by value when a code is redeemed."""

from collections.abc import Sequence
from typing import Final

from ciclo.domain.coupons.coupon import Coupon
from ciclo.domain.ids import CouponId, CustomerId
from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.codec import decode, encode
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.mongo.bulk_write import insert, update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.paging import Page, PageKey, SortOrder, fetch_page
from ciclo.store.mongo.transaction import Session, run_transaction

CODES_MAX: Final = 1_000
"""Codes that are made at once."""

NEWEST_FIRST: Final = SortOrder(field="created_at")


async def find_coupon(store: Store, coupon_id: str) -> Coupon | None:
    """Return a coupon."""
    document = await store["coupons"].find_one({"_id": coupon_id})
    return decode(document, Coupon) if document else None


async def find_coupon_by_code(store: Store, code: str) -> tuple[Coupon, bool] | None:
    """Return the coupon that a normalized *code* is of, and whether the code can still be redeemed."""
    found = await store["coupon_codes"].find_one({"_id": code})
    if found is None:
        return None
    coupon = await find_coupon(store, found["coupon_id"])
    return (coupon, found["redeemed_by"] is None) if coupon else None


async def add_coupon(
    store: Store, coupon: Coupon, operation: Operation, *, answer: Answer | None = None
) -> None:
    """Store a new coupon with its code, if it has one of its own.

    Raises:
        DuplicateKey: another coupon has the code (in `coupon_codes`), or the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        await insert(store, "coupons", [encode(coupon)], session)
        if coupon.code is not None:
            await insert(store, "coupon_codes", [_code(coupon.id, coupon.code, single_use=False)], session)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


async def replace_coupon(
    store: Store, before: Coupon, after: Coupon, operation: Operation, *, answer: Answer | None = None
) -> None:
    """Store a coupon's next state; how often it was redeemed is not its business.

    Raises:
        Contention: somebody else changed it first.
        DuplicateKey: the request was answered already.
    """
    changed = {name: value for name, value in encode(after).items() if name not in {"_id", "redeemed"}}

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        guard = {"_id": before.id, "updated_at": before.updated_at, "active": before.active}
        await update(store, "coupons", [{"q": guard, "u": {"$set": changed}}], session, missing=Contention)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


async def add_codes(
    store: Store,
    coupon_id: CouponId,
    codes: Sequence[str],
    operation: Operation,
    *,
    answer: Answer | None = None,
) -> None:
    """Store codes of a coupon, each of which is redeemed once.

    Raises:
        DuplicateKey: one of them is taken, or the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        documents = [_code(coupon_id, code, single_use=True) | {"batch": operation.id} for code in codes]
        await insert(store, "coupon_codes", documents, session)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


async def find_codes(store: Store, batch: str) -> list[str]:
    """Return the single-use codes that one operation made."""
    cursor = store["coupon_codes"].find({"batch": batch}, {"_id": 1}).sort("_id", 1)
    return [document["_id"] async for document in cursor.limit(CODES_MAX)]


async def list_coupons(store: Store, query: Document, *, after: PageKey | None, size: int) -> Page[Coupon]:
    """Return a page of coupons that match *query*, the newest first."""
    return await fetch_page(
        store,
        "coupons",
        query,
        order=NEWEST_FIRST,
        after=after,
        size=size,
        read=lambda document: decode(document, Coupon),
    )


async def has_purchased(store: Store, customer_id: CustomerId) -> bool:
    """Return whether a customer has a subscription that was ever paid for."""
    query = {"customer_id": customer_id, "activated_at": {"$ne": None}}
    return await store["subscriptions"].find_one(query, {"_id": 1}) is not None


def _code(coupon_id: CouponId, code: str, *, single_use: bool) -> Document:
    return {"_id": code, "coupon_id": coupon_id, "single_use": single_use, "redeemed_by": None}
