"""Redemptions of coupons: reserved in the transaction that gives the discount, so that the last goes to one.

Source: billing rule 36.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ciclo.domain.batch import AppliedEvent
from ciclo.domain.coupons.discount import Discount
from ciclo.domain.errors.coupons import CouponExhausted
from ciclo.domain.ids import CouponId, CustomerId, SubscriptionId
from ciclo.domain.subscription import Subscription
from ciclo.store.mongo.bulk_write import DuplicateKey, update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.transaction import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """One use of a coupon by a customer, for a subscription; without `per_customer_max` it has no bound."""

    coupon_id: CouponId
    code: str
    customer_id: CustomerId
    subscription_id: SubscriptionId
    per_customer_max: int | None


class _NothingLeft(Exception):
    """A guard found nothing to take."""


async def redeem(store: Store, redemption: Redemption | None, session: Session) -> None:
    """Count a redemption, or refuse it; None: nothing is redeemed.

    Raises:
        CouponExhausted: it was redeemed as often as it may be, by all or by this customer; the transaction
            is over.
    """
    if redemption is None:
        return
    left = {"$expr": {"$lt": ["$redeemed", {"$ifNull": ["$redemptions_max", {"$add": ["$redeemed", 1]}]}]}}
    coupon = {"_id": redemption.coupon_id, "active": True, **left}
    unused = {"_id": redemption.code, "redeemed_by": None}
    used = {"$set": {"redeemed_by": redemption.subscription_id}}
    try:
        await update(store, "coupon_uses", [_use(redemption)], session)
        # A code that everybody may use is not marked: it matches no `single_use`, and stays.
        single = await store["coupon_codes"].find_one({"_id": redemption.code}, session=session)
        if single is not None and single["single_use"]:
            await update(store, "coupon_codes", [{"q": unused, "u": used}], session, missing=_NothingLeft)
        # Last, since here all who redeem the coupon wait for each other.
        count = {"q": coupon, "u": {"$inc": {"redeemed": 1}}}
        await update(store, "coupons", [count], session, missing=_NothingLeft)
    except (_NothingLeft, DuplicateKey):
        raise CouponExhausted from None


async def release_redemptions(store: Store, entries: Iterable[AppliedEvent], session: Session) -> None:
    """Let others redeem what subscriptions had that ended without ever having been paid for."""
    released = [
        (entry.decision.account.subscription, discount)
        for entry in entries
        if entry.never_came_about
        for discount in entry.decision.account.subscription.discounts
    ]
    await update(store, "coupons", [_uncounted(discount) for _, discount in released], session)
    await update(store, "coupon_uses", [_unused(sub, discount) for sub, discount in released], session)
    await update(store, "coupon_codes", [_reopened(sub, discount) for sub, discount in released], session)


async def move_uses(store: Store, customer_id: CustomerId, *, to: CustomerId, session: Session) -> None:
    """Count a customer's uses of coupons as another one's, who has as many fewer left."""
    coupons = store["coupons"].find({}, {"_id": 1}, session=session)
    ids = {_use_id(one["_id"], customer_id): _use_id(one["_id"], to) async for one in coupons}
    found = await store["coupon_uses"].find({"_id": {"$in": list(ids)}}, session=session).to_list(None)
    added = [
        {"q": {"_id": ids[one["_id"]]}, "u": {"$inc": {"count": one["count"]}}, "upsert": True}
        for one in found
    ]
    await store["coupon_uses"].delete_many({"_id": {"$in": [one["_id"] for one in found]}}, session=session)
    await update(store, "coupon_uses", added, session)


def _use(redemption: Redemption) -> Document:
    """Return the update that counts a customer's use; where they had all theirs it meets its own key."""
    query: Document = {"_id": _use_id(redemption.coupon_id, redemption.customer_id)}
    if redemption.per_customer_max is not None:
        query["count"] = {"$lt": redemption.per_customer_max}
    return {"q": query, "u": {"$inc": {"count": 1}}, "upsert": True}


def _uncounted(discount: Discount) -> Document:
    return {"q": {"_id": discount.coupon_id, "redeemed": {"$gt": 0}}, "u": {"$inc": {"redeemed": -1}}}


def _unused(sub: Subscription, discount: Discount) -> Document:
    query = {"_id": _use_id(discount.coupon_id, sub.customer_id), "count": {"$gt": 0}}
    return {"q": query, "u": {"$inc": {"count": -1}}}


def _reopened(sub: Subscription, discount: Discount) -> Document:
    return {"q": {"_id": discount.code, "redeemed_by": sub.id}, "u": {"$set": {"redeemed_by": None}}}


def _use_id(coupon_id: CouponId, customer_id: CustomerId) -> str:
    return f"{coupon_id}|{customer_id}"
