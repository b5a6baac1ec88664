"""Coupons: what a seller gives away, to whom, and how often. What was redeemed keeps what it was.

Source: billing rules 34, 36.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from ciclo.copies import replace
from ciclo.domain.coupons.discount import COUNT_MAX, DiscountDuration, DiscountKind, DiscountOffer
from ciclo.domain.errors.coupons import (
    CouponExpired,
    CouponNotApplicable,
    CouponNotFound,
)
from ciclo.domain.errors.general import AmountOutOfRange, CurrencyMismatch, InvalidValue
from ciclo.domain.free_text import validate_text
from ciclo.domain.ids import CouponId
from ciclo.domain.lines.tax_rate import BASIS_POINTS
from ciclo.domain.money import Money, exponent
from ciclo.domain.plan import NAME_CHARS_MAX, PRICE_MAX, Terms

REDEMPTIONS_MAX: Final = 10**9
PLANS_MAX: Final = 50
"""Plans that one coupon may name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """What is offered, under which code, and within which limits; None is no limit.

    Dates are the seller's, the last one included. Without a `code` of its own it has single-use codes only.
    """

    id: CouponId
    code: str | None
    name: str
    offer: DiscountOffer
    first_purchase_only: bool = False
    minimum: Money | None = None
    """The price of a full period from which on it is given, in that currency only."""
    starts_on: date | None = None
    ends_on: date | None = None
    redemptions_max: int | None = None
    redemptions_per_customer_max: int | None = None
    redeemed: int = 0
    active: bool = True
    created_at: datetime
    updated_at: datetime

    @property
    def is_exhausted(self) -> bool:
        """Return whether nobody can redeem it any more."""
        return self.redemptions_max is not None and self.redeemed >= self.redemptions_max


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponLimits:
    """What of a coupon may be changed; the rest is what people were promised."""

    name: str
    starts_on: date | None
    ends_on: date | None
    redemptions_max: int | None
    redemptions_per_customer_max: int | None


def validate_coupon(coupon: Coupon) -> Coupon:
    """Return *coupon* if it makes sense.

    Raises:
        InvalidValue, AmountOutOfRange, UnknownCurrency: a field is outside its bounds; the error names it.
    """
    validate_text(coupon.name, field="name", chars_min=1, chars_max=NAME_CHARS_MAX)
    offer = coupon.offer
    if offer.kind is DiscountKind.PERCENT:
        _require("percent", holds=1 <= offer.basis_points <= BASIS_POINTS, allowed="0.01 to 100")
    else:
        if not 1 <= offer.amount <= PRICE_MAX:
            raise AmountOutOfRange().at("amount")
        exponent(offer.currency or "")
    if offer.duration in {DiscountDuration.PERIODS, DiscountDuration.MONTHS}:
        _require("count", holds=1 <= offer.count <= COUNT_MAX, allowed=f"1 to {COUNT_MAX}")
    else:
        _require("count", holds=offer.count == 0, allowed="a number with PERIODS or MONTHS only")
    _require("plan_ids", holds=len(offer.plan_ids) <= PLANS_MAX, allowed=f"at most {PLANS_MAX} plans")
    if coupon.minimum is not None and not 1 <= coupon.minimum.amount <= PRICE_MAX:
        raise AmountOutOfRange().at("minimum")
    _require_limits(coupon)
    return coupon


def limit_coupon(coupon: Coupon, limits: CouponLimits, *, at: datetime) -> Coupon:
    """Return *coupon* with other limits; what was redeemed stays, and may be more than the new limit.

    Raises:
        InvalidValue: one is outside its bounds.
    """
    return validate_coupon(
        replace(
            coupon,
            name=limits.name,
            starts_on=limits.starts_on,
            ends_on=limits.ends_on,
            redemptions_max=limits.redemptions_max,
            redemptions_per_customer_max=limits.redemptions_per_customer_max,
            updated_at=at,
        )
    )


def archive_coupon(coupon: Coupon, *, at: datetime) -> Coupon:
    """Return *coupon* closed to everybody; discounts that were given by it go on."""
    return replace(coupon, active=False, updated_at=at)


def require_redeemable(coupon: Coupon, terms: Terms, *, on: date, is_first_purchase: bool) -> None:
    """Check all but the number of redemptions, which is reserved when it is redeemed.

    Raises:
        CouponNotFound: it is archived.
        CouponExpired: *on* is not within its dates.
        CurrencyMismatch: it takes an amount of another currency off.
        CouponNotApplicable: it is for other plans, cycles, prices or customers.
    """
    if not coupon.active:
        raise CouponNotFound
    if (coupon.starts_on and on < coupon.starts_on) or (coupon.ends_on and on > coupon.ends_on):
        raise CouponExpired
    currency = coupon.offer.currency
    if currency not in {None, terms.currency}:
        raise CurrencyMismatch(expected=terms.currency, given=str(currency)).at("coupon_code")
    if not coupon.offer.fits(terms):
        raise CouponNotApplicable("it is for other plans")
    minimum = coupon.minimum
    if minimum is not None and (minimum.currency != terms.currency or terms.price < minimum.amount):
        raise CouponNotApplicable("it is for a higher price of a period")
    if coupon.first_purchase_only and not is_first_purchase:
        raise CouponNotApplicable("it is for a first purchase")


def _require_limits(coupon: Coupon) -> None:
    starts, ends = coupon.starts_on, coupon.ends_on
    _require("ends_on", holds=not (starts and ends) or starts <= ends, allowed="no day before starts_on")
    limits = {
        "max_redemptions": coupon.redemptions_max,
        "max_per_customer": coupon.redemptions_per_customer_max,
    }
    for field, limit in limits.items():
        _require(field, holds=limit is None or 1 <= limit <= REDEMPTIONS_MAX, allowed="numbers from 1 on")


def _require(field: str, *, holds: bool, allowed: str) -> None:
    if not holds:
        raise InvalidValue(f"{field} allows {allowed}", field=(field,))
