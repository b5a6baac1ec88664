"""Discounts: what a coupon gives, by value, and what of it is left of one subscription.

Source: billing rules 24, 34, 35.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final

from ciclo.copies import replace
from ciclo.domain.ids import CouponId, DiscountId, PlanId
from ciclo.domain.lines.tax_rate import BASIS_POINTS
from ciclo.domain.money import half_up
from ciclo.domain.period import BillingCycle
from ciclo.domain.plan import Terms

DISCOUNTS_MAX: Final = 3
"""Discounts that one subscription has at a time."""


COUNT_MAX: Final = 120
"""Periods or months that a discount lasts, if not for ever."""


class DiscountKind(StrEnum):
    """What a discount takes off: a share, or an amount of a full period."""

    PERCENT = "PERCENT"
    FIXED = "FIXED"


class DiscountDuration(StrEnum):
    """How long a discount lasts: one period, some periods, some months, or for ever."""

    ONCE = "ONCE"
    PERIODS = "PERIODS"
    MONTHS = "MONTHS"
    FOREVER = "FOREVER"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountOffer:
    """What a coupon takes off, for how long, and of which plans; all of them where none are named.

    `basis_points` is of PERCENT, `amount` in minor units of `currency` of FIXED; `count` is of PERIODS and
    MONTHS.
    """

    kind: DiscountKind
    basis_points: int = 0
    amount: int = 0
    currency: str | None = None
    duration: DiscountDuration
    count: int = 0
    plan_ids: tuple[PlanId, ...] = ()
    cycles: tuple[BillingCycle, ...] = ()

    def fits(self, terms: Terms) -> bool:
        """Return whether it takes something off *terms*."""
        return (
            (not self.plan_ids or terms.plan_id in self.plan_ids)
            and (not self.cycles or terms.billing_cycle in self.cycles)
            and self.currency in {None, terms.currency}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """What a subscription has by a coupon, whatever becomes of the coupon (rule 34).

    `left` counts the periods, or months, that it is still for; None: for ever. The period that ends on
    `counted_until` is counted already; `months` of it are discounted where it counts by months.
    """

    id: DiscountId
    coupon_id: CouponId
    code: str
    offer: DiscountOffer
    left: int | None
    counted_until: date | None = None
    months: int = 0

    def share(self, *, until: date, months: int) -> Fraction:
        """Return the share of a period of *months* that ends on *until* which it is for, from 0 to 1."""
        if self.left is None:
            return Fraction(1)
        is_counted = self.counted_until == until
        if self.offer.duration is DiscountDuration.MONTHS:
            return Fraction(min(self.months if is_counted else self.left, months), months)
        return Fraction(1 if is_counted or self.left else 0)

    def place(self, *, until: date) -> int:
        """Return which of its periods the one is that ends on *until*; 0 if it does not count by periods."""
        if self.left is None or self.offer.duration is not DiscountDuration.PERIODS:
            return 0
        return self.offer.count - self.left + (self.counted_until != until)


def discount_of(discount_id: DiscountId, coupon_id: CouponId, code: str, offer: DiscountOffer) -> Discount:
    """Return what a coupon gives to a subscription."""
    left = {DiscountDuration.FOREVER: None, DiscountDuration.ONCE: 1}.get(offer.duration, offer.count)
    return Discount(id=discount_id, coupon_id=coupon_id, code=code, offer=offer, left=left)


def count_period(
    discounts: Iterable[Discount], carried: Iterable[DiscountId], *, until: date, months: int
) -> tuple[Discount, ...]:
    """Return *discounts* once a period of *months* is billed to *until*, which *carried* took something off.

    Counted once, whatever else is billed of it. What is over is gone.
    """
    carried = frozenset(carried)
    counted = (_count(one, until=until, months=months) if one.id in carried else one for one in discounts)
    return tuple(one for one in counted if one.left != 0 or one.counted_until == until)


def move_period(
    discounts: Iterable[Discount], *, was: date, until: date, months: int | None = None
) -> tuple[Discount, ...]:
    """Return *discounts* where the period that was to end on *was* ends on *until*, and lasts *months*.

    It is counted once: of one that counts by months, what the shorter period had not is left.
    """

    def move(discount: Discount) -> Discount:
        if discount.counted_until != was:
            return discount
        moved = replace(discount, counted_until=until)
        if months is None or discount.left is None or discount.offer.duration is not DiscountDuration.MONTHS:
            return moved
        used = min(discount.left + discount.months, months)
        return replace(moved, left=discount.left + discount.months - used, months=used)

    return tuple(move(one) for one in discounts)


def replace_discounts(discounts: Iterable[Discount], by: Iterable[Discount]) -> tuple[Discount, ...]:
    """Return *discounts* with those that are among *by*, too, as they are there."""
    others = {one.id: one for one in by}
    return tuple(others.get(one.id, one) for one in discounts)


def running_discounts(discounts: Iterable[Discount], *, until: date, months: int) -> tuple[Discount, ...]:
    """Return those that take something off a period that ends on *until*: percents first, then amounts."""
    running = [one for one in discounts if one.share(until=until, months=months)]
    return tuple(sorted(running, key=lambda one: one.offer.kind is DiscountKind.FIXED))


def lasting_monthly_price(terms: Terms, discounts: Iterable[Discount]) -> int:
    """Return the price of a month less the discounts that last for ever, rounded once (rule 24)."""
    lasting = [one.offer for one in discounts if one.left is None and one.offer.fits(terms)]
    price = Fraction(terms.price)
    for offer in lasting:
        if offer.kind is DiscountKind.PERCENT:
            price *= Fraction(BASIS_POINTS - offer.basis_points, BASIS_POINTS)
    price = max(Fraction(0), price - sum(one.amount for one in lasting if one.kind is DiscountKind.FIXED))
    return half_up(price.numerator, price.denominator * terms.billing_cycle.months)


def _count(discount: Discount, *, until: date, months: int) -> Discount:
    if discount.left is None or discount.counted_until == until:
        return discount
    if discount.offer.duration is not DiscountDuration.MONTHS:
        return replace(discount, left=discount.left - 1, counted_until=until)
    used = min(discount.left, months)
    return replace(discount, left=discount.left - used, counted_until=until, months=used)
