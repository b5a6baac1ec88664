"""Rules 34 and 36: what a coupon may be, who may redeem it, and what its preview says."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ciclo.domain.coupons.code import code_of, normalize_code
from ciclo.domain.coupons.coupon import (
    Coupon,
    CouponLimits,
    archive_coupon,
    limit_coupon,
    require_redeemable,
    validate_coupon,
)
from ciclo.domain.coupons.discount import Discount, DiscountDuration, DiscountKind, DiscountOffer
from ciclo.domain.coupons.schedule import Stretch, price_periods
from ciclo.domain.errors.general import BillingError
from ciclo.domain.ids import CouponId
from ciclo.domain.money import Money
from ciclo.domain.period import BillingCycle
from tests.builders import POLICY, terms
from tests.domain.coupons import fixed, percent

FOREVER, PERIODS = DiscountDuration.FOREVER, DiscountDuration.PERIODS
NOW = datetime(2027, 1, 1, tzinfo=UTC)
TODAY = date(2027, 1, 1)
PLAN = terms(7990)
TEN = DiscountOffer(kind=DiscountKind.PERCENT, basis_points=1000, duration=FOREVER)
FIVE = DiscountOffer(kind=DiscountKind.FIXED, amount=500, currency="BRL", duration=FOREVER)
COUPON = Coupon(id=CouponId("cpn_1"), code="VERAO", name="Summer", offer=TEN, created_at=NOW, updated_at=NOW)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("VERAO", "VERAO"),
        ("  verao ", "VERAO"),
        # Full-width letters, as a Japanese keyboard types them, are the same; accents are not nothing.
        ("\N{FULLWIDTH LATIN SMALL LETTER V}er\N{LATIN SMALL LETTER A WITH TILDE}o", "VERÃO"),
        ("black-friday_2027", "BLACK-FRIDAY_2027"),
    ],
)
def test_a_code_is_the_same_however_it_is_typed(typed: str, code: str) -> None:
    assert normalize_code(typed) == code


@pytest.mark.parametrize("typed", ["", "ab", "a" * 41, "ten off", "50%", "a\nbc", "abc\x00"])
def test_what_can_be_no_code_is_refused(typed: str) -> None:
    with pytest.raises(BillingError) as refused:
        normalize_code(typed)
    assert refused.value.code == "INVALID_VALUE"


def test_a_code_that_is_made_has_no_letter_that_looks_like_another() -> None:
    made = code_of("vip-", bytes(range(100, 120)))

    assert made.startswith("VIP-")
    assert len(made) == 14
    assert not set(made[4:]) & set("01IO")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, ("name",)),
        ({"offer": replace(TEN, basis_points=0)}, ("percent",)),
        ({"offer": replace(TEN, basis_points=10_001)}, ("percent",)),
        ({"offer": replace(FIVE, amount=0)}, ("amount",)),
        ({"offer": replace(FIVE, amount=-1)}, ("amount",)),
        ({"offer": replace(FIVE, currency=None)}, ("currency",)),
        ({"offer": replace(FIVE, currency="XXX")}, ("currency",)),
        ({"offer": replace(TEN, duration=PERIODS)}, ("count",)),
        ({"offer": replace(TEN, duration=PERIODS, count=121)}, ("count",)),
        ({"offer": replace(TEN, count=1)}, ("count",)),
        ({"offer": replace(TEN, plan_ids=(PLAN.plan_id,) * 51)}, ("plan_ids",)),
        ({"minimum": Money(0, "BRL")}, ("minimum",)),
        ({"starts_on": date(2027, 1, 2), "ends_on": TODAY}, ("ends_on",)),
        ({"redemptions_max": 0}, ("max_redemptions",)),
        ({"redemptions_per_customer_max": 0}, ("max_per_customer",)),
    ],
)
def test_a_coupon_that_makes_no_sense_is_refused(changes: dict[str, object], field: tuple[str, ...]) -> None:
    with pytest.raises(BillingError) as refused:
        validate_coupon(replace(COUPON, **changes))  # type: ignore[arg-type]  # drawn by name
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"starts_on": TODAY, "ends_on": TODAY, "minimum": Money(7990, "BRL")}, None),
        ({"offer": replace(TEN, plan_ids=(PLAN.plan_id,), cycles=(BillingCycle.MONTHLY,))}, None),
        ({"active": False}, "COUPON_NOT_FOUND"),
        ({"starts_on": date(2027, 1, 2)}, "COUPON_EXPIRED"),
        ({"ends_on": date(2026, 12, 31)}, "COUPON_EXPIRED"),
        ({"offer": replace(FIVE, currency="USD")}, "CURRENCY_MISMATCH"),
        ({"offer": replace(TEN, plan_ids=(terms(plan="other").plan_id,))}, "COUPON_NOT_APPLICABLE"),
        ({"offer": replace(TEN, cycles=(BillingCycle.ANNUAL,))}, "COUPON_NOT_APPLICABLE"),
        ({"minimum": Money(7991, "BRL")}, "COUPON_NOT_APPLICABLE"),
        ({"minimum": Money(1, "USD")}, "COUPON_NOT_APPLICABLE"),
        ({"first_purchase_only": True}, "COUPON_NOT_APPLICABLE"),
    ],
)
def test_a_coupon_is_for_its_days_plans_prices_and_customers(
    changes: dict[str, object], code: str | None
) -> None:
    coupon = validate_coupon(replace(COUPON, **changes))  # type: ignore[arg-type]  # drawn by name
    said = None
    try:
        require_redeemable(coupon, PLAN, on=TODAY, is_first_purchase=False)
    except BillingError as refused:
        said = refused.code
    assert said == code


def test_only_the_limits_of_a_coupon_change() -> None:
    limits = CouponLimits(
        name="Autumn",
        starts_on=TODAY,
        ends_on=None,
        redemptions_max=2,
        redemptions_per_customer_max=1,
    )
    limited = limit_coupon(replace(COUPON, redeemed=2), limits, at=NOW)

    assert (limited.name, limited.offer, limited.is_exhausted) == ("Autumn", TEN, True)
    assert not COUPON.is_exhausted
    assert not archive_coupon(COUPON, at=NOW).active


@pytest.mark.parametrize(
    ("discounts", "cycle", "expected"),
    [
        ([], BillingCycle.MONTHLY, [(None, 7990)]),
        ([percent(2000, PERIODS, 3)], BillingCycle.MONTHLY, [(3, 6392), (None, 7990)]),
        ([percent(2000)], BillingCycle.MONTHLY, [(None, 6392)]),
        # One month of two, then another, then a third
        (
            [percent(5000, DiscountDuration.ONCE), fixed(1000, PERIODS, 2)],
            BillingCycle.MONTHLY,
            [(1, 2995), (1, 6990), (None, 7990)],
        ),
        # 4 of 12 months: 79.90 - 79.90 x 4/12 x 40 % = 69.25
        ([percent(4000, DiscountDuration.MONTHS, 4)], BillingCycle.ANNUAL, [(1, 6925), (None, 7990)]),
        # 3 months are a quarter, and one more a third of the next one: 79.90 x 1/3 x 40 % = 10.65
        (
            [percent(4000, DiscountDuration.MONTHS, 4)],
            BillingCycle.QUARTERLY,
            [(1, 4794), (1, 6925), (None, 7990)],
        ),
        ([percent(2000, PERIODS, 120)], BillingCycle.MONTHLY, [(120, 6392), (None, 7990)]),
        # A cent of nothing
        ([percent(1, PERIODS, 2)], BillingCycle.MONTHLY, [(2, 7989), (None, 7990)]),
        # It rests on this plan.
        ([percent(2000, PERIODS, 3, cycles=(BillingCycle.ANNUAL,))], BillingCycle.MONTHLY, [(None, 7990)]),
    ],
)
def test_a_preview_says_how_long_which_price_lasts(
    discounts: list[Discount], cycle: BillingCycle, expected: list[tuple[int | None, int]]
) -> None:
    found = price_periods(terms(7990, cycle=cycle), discounts, POLICY)

    assert found == tuple(Stretch(periods, amount) for periods, amount in expected)
