"""Giving a running subscription a discount, and taking one away: both act on what is billed from then on.

Source: billing rule 34.
"""

from ciclo.copies import replace
from ciclo.domain.coupons.discount import DISCOUNTS_MAX
from ciclo.domain.errors.coupons import CouponAlreadyApplied, DiscountNotFound, TooManyDiscounts
from ciclo.domain.errors.subscriptions import AlreadyCancelled
from ciclo.domain.events.selling import DiscountApplied, DiscountRemoved
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome


def on_discount_applied(decision: Decision, applied: DiscountApplied, _: EventContext) -> Decision:
    """Give the subscription a discount: the next invoice is the first one that has it.

    Raises:
        AlreadyCancelled: it has ended.
        CouponAlreadyApplied: it has one by the same coupon.
        TooManyDiscounts: it has as many as it may have.
    """
    sub = decision.account.subscription
    if not sub.is_live:
        raise AlreadyCancelled(sub.id)
    if applied.discount.coupon_id in {one.coupon_id for one in sub.discounts}:
        raise CouponAlreadyApplied
    if len(sub.discounts) >= DISCOUNTS_MAX:
        raise TooManyDiscounts(DISCOUNTS_MAX)
    discounted = replace(sub, discounts=(*sub.discounts, applied.discount))
    return decision.with_subscription(discounted).with_outcome(Outcome.DISCOUNT_APPLIED)


def on_discount_removed(decision: Decision, removed: DiscountRemoved, _: EventContext) -> Decision:
    """Take a discount away; what it took off lines that are billed stays off them.

    Raises:
        AlreadyCancelled: it has ended.
        DiscountNotFound: it has no such discount.
    """
    sub = decision.account.subscription
    if not sub.is_live:
        raise AlreadyCancelled(sub.id)
    kept = tuple(one for one in sub.discounts if one.id != removed.discount_id)
    if len(kept) == len(sub.discounts):
        raise DiscountNotFound
    return decision.with_subscription(replace(sub, discounts=kept)).with_outcome(Outcome.DISCOUNT_REMOVED)
