"""Looking a code up, and what redeeming it gives and counts. Who tries codes is stopped soon (rule 36)."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ciclo.actions.caller import Caller
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.self_service.attempts import AttemptLimit, count_attempt, forget_attempt
from ciclo.domain.coupons.code import normalize_code
from ciclo.domain.coupons.coupon import Coupon, require_redeemable
from ciclo.domain.coupons.discount import Discount, discount_of
from ciclo.domain.errors.coupons import CouponExhausted, CouponNotFound, TooManyWrongCodes
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.ids import CustomerId, DiscountId, SubscriptionId
from ciclo.domain.period import local_date
from ciclo.domain.plan import Terms
from ciclo.store.ledger.redemptions import Redemption
from ciclo.store.selling.coupons import find_coupon_by_code, has_purchased
from ciclo.streams.places import Window

WRONG_CODES: Final = AttemptLimit(name="coupons", windows=(Window(places=10, lasts=timedelta(minutes=1)),))
"""Of each who tries them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeemed:
    """What a code gives, and what is reserved in the transaction that gives it."""

    discount: Discount
    redemption: Redemption


@dataclass(frozen=True, slots=True)
class Redeemer:
    """Who asks, and for which customer and subscription, new or running, at what instant."""

    caller: Caller
    customer_id: CustomerId
    subscription_id: SubscriptionId
    terms: Terms
    at: datetime


async def redeem_code(deps: Deps, typed: str, redeemer: Redeemer) -> Redeemed:
    """Return what a code gives, to be counted in the transaction that gives it.

    Raises:
        InvalidValue: it can be no code.
        TooManyWrongCodes: the caller has tried too many.
        CouponNotFound, CouponExpired, CouponExhausted, CouponNotApplicable, CurrencyMismatch: it is none, or
            not for this customer, plan and day.
    """
    try:
        code = normalize_code(typed)
    except InvalidValue as error:
        raise error.at("coupon_code") from None
    coupon, is_unused = await _find(deps, code, redeemer.caller)
    bought = coupon.first_purchase_only and await has_purchased(deps.store, redeemer.customer_id)
    today = local_date(redeemer.at, deps.policy.timezone)
    require_redeemable(coupon, redeemer.terms, on=today, is_first_purchase=not bought)
    if coupon.is_exhausted or not is_unused:
        raise CouponExhausted
    discount_id = DiscountId(generate_id("dsc", redeemer.at))
    return Redeemed(
        discount=discount_of(discount_id, coupon.id, code, coupon.offer),
        redemption=Redemption(
            coupon_id=coupon.id,
            code=code,
            customer_id=redeemer.customer_id,
            subscription_id=redeemer.subscription_id,
            per_customer_max=coupon.redemptions_per_customer_max,
        ),
    )


async def redeem_if_given(deps: Deps, typed: str | None, redeemer: Redeemer) -> Redeemed | None:
    """Return what a code gives, if there is one.

    Raises:
        BillingError: as `redeem_code` does.
    """
    return await redeem_code(deps, typed, redeemer) if typed else None


def discounts_of(redeemed: Redeemed | None) -> tuple[Discount, ...]:
    """Return the discounts that a new subscription begins with."""
    return () if redeemed is None else (redeemed.discount,)


def redemption_of(redeemed: Redeemed | None) -> Redemption | None:
    """Return what is counted where a new subscription is stored."""
    return None if redeemed is None else redeemed.redemption


async def _find(deps: Deps, code: str, caller: Caller) -> tuple[Coupon, bool]:
    """Look a code up; a wrong one is taken from the caller's share before anybody knows that it is wrong."""
    # A link's code is the seller's: who has the link types none.
    if caller.is_admin or caller.viewer.has_link:
        return await _find_active(deps, code)
    attempt = await count_attempt(deps, WRONG_CODES, caller.subject)
    if attempt.wait_s > 0:
        raise TooManyWrongCodes(math.ceil(attempt.wait_s))
    found = await _find_active(deps, code)
    await forget_attempt(deps, attempt)
    return found


async def _find_active(deps: Deps, code: str) -> tuple[Coupon, bool]:
    found = await find_coupon_by_code(deps.store, code)
    if found is None or not found[0].active:
        raise CouponNotFound
    return found
