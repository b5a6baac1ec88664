"""Discounts to give, by what their coupons say."""

from dataclasses import replace

from hypothesis import strategies as st

from ciclo.domain.coupons.discount import (
    Discount,
    DiscountDuration,
    DiscountKind,
    DiscountOffer,
    discount_of,
)
from ciclo.domain.ids import CouponId, DiscountId, PlanId
from ciclo.domain.period import BillingCycle


def percent(
    basis_points: int,
    duration: DiscountDuration = DiscountDuration.FOREVER,
    count: int = 0,
    *,
    code: str = "VERAO",
    plan_ids: tuple[PlanId, ...] = (),
    cycles: tuple[BillingCycle, ...] = (),
) -> Discount:
    offer = DiscountOffer(
        kind=DiscountKind.PERCENT,
        basis_points=basis_points,
        duration=duration,
        count=count,
        plan_ids=plan_ids,
        cycles=cycles,
    )
    return by(offer, code)


def fixed(
    amount: int,
    duration: DiscountDuration = DiscountDuration.FOREVER,
    count: int = 0,
    *,
    code: str = "TRINTA",
    currency: str = "BRL",
) -> Discount:
    offer = DiscountOffer(
        kind=DiscountKind.FIXED, amount=amount, currency=currency, duration=duration, count=count
    )
    return by(offer, code)


def by(offer: DiscountOffer, code: str) -> Discount:
    return discount_of(DiscountId(f"dsc_{code}"), CouponId(f"cpn_{code}"), code, offer)


def some_discounts(codes: st.SearchStrategy[str]) -> st.SearchStrategy[Discount]:
    """Draw discounts of any kind and duration, of codes that are drawn."""
    return st.builds(
        lambda code, offer, count: by(replace(offer, count=count if offer.duration in COUNTED else 0), code),
        codes,
        st.one_of(
            st.builds(
                DiscountOffer,
                kind=st.just(DiscountKind.PERCENT),
                basis_points=st.sampled_from([1, 1250, 3333, 5000, 10_000]),
                duration=st.sampled_from(DiscountDuration),
            ),
            st.builds(
                DiscountOffer,
                kind=st.just(DiscountKind.FIXED),
                amount=st.sampled_from([1, 777, 3000, 100_000]),
                currency=st.just("BRL"),
                duration=st.sampled_from(DiscountDuration),
            ),
        ),
        st.integers(1, 5),
    )


COUNTED = {DiscountDuration.PERIODS, DiscountDuration.MONTHS}
