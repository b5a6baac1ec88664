"""Plans, their versions, and the terms that a subscriber takes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ciclo.domain.errors.general import AmountOutOfRange, BillingError, InvalidValue, UnknownCurrency
from ciclo.domain.ids import PlanId
from ciclo.domain.money import Money
from ciclo.domain.period import BillingCycle
from ciclo.domain.plan import (
    FEATURES_MAX,
    LIMIT_VALUE_MAX,
    LIMITS_MAX,
    PRICE_MAX,
    QUANTITY_MAX,
    TRIAL_DAYS_MAX,
    Plan,
    Terms,
    archive_version,
    revise_version,
    same_offer,
    terms_of,
    validate_plan,
)
from tests.builders import terms

CREATED = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 2, 1, tzinfo=UTC)
PLAN = Plan(
    id=PlanId("plan_01h455vb4pex5vsknk084sn02q"),
    version=3,
    name="Basic",
    description="Two screens",
    price=Money(2990, "BRL"),
    billing_cycle=BillingCycle.MONTHLY,
    user_type="ALUNO",
    trial_days=7,
    limits={"screens": 2},
    features=("HD",),
    active=True,
    created_at=CREATED,
    updated_at=CREATED,
)


def test_terms_are_the_plan_as_it_was_taken() -> None:
    assert terms_of(PLAN, quantity=4) == Terms(
        plan_id=PLAN.id,
        plan_version=3,
        plan_name="Basic",
        unit_price=2990,
        currency="BRL",
        billing_cycle=BillingCycle.MONTHLY,
        trial_days=7,
        quantity=4,
    )


def test_the_price_of_terms_is_for_all_of_the_quantity() -> None:
    assert terms(2990, quantity=4).price == 11_960


@pytest.mark.parametrize(
    ("price", "cycle", "quantity", "monthly"),
    [
        (2990, BillingCycle.MONTHLY, 1, 2990),
        # 29900/12 = 2491.67
        (29_900, BillingCycle.ANNUAL, 1, 2492),
        # 8000/3 = 2666.67
        (8_000, BillingCycle.QUARTERLY, 1, 2667),
        # 3 x 999/6 = 499.5: rounded once, up; one by one it would be 3 x 167 = 501
        (999, BillingCycle.SEMIANNUAL, 3, 500),
    ],
)
def test_the_price_of_a_month_is_rounded_once(
    *, price: int, cycle: BillingCycle, quantity: int, monthly: int
) -> None:
    assert terms(price, cycle=cycle, quantity=quantity).monthly_price == monthly


@pytest.mark.parametrize("quantity", [0, -1, QUANTITY_MAX + 1])
def test_a_quantity_has_bounds(quantity: int) -> None:
    with pytest.raises(InvalidValue, match="between 1 and 10000") as refused:
        terms_of(PLAN, quantity=quantity)

    assert refused.value.field == ("quantity",)


def test_so_has_the_price_of_all_of_it() -> None:
    dear = replace(PLAN, price=Money(PRICE_MAX, "BRL"))

    assert terms_of(dear).price == PRICE_MAX
    with pytest.raises(AmountOutOfRange):
        terms_of(dear, quantity=2)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (terms(), True),
        (replace(terms(), plan_name="Basic, renamed"), True),
        (replace(terms(), plan_version=2), False),
        (terms(quantity=2), False),
        (terms(plan="plus"), False),
    ],
)
def test_an_offer_is_a_plan_its_version_and_a_quantity(other: Terms, *, same: bool) -> None:
    assert same_offer(terms(), other) is same


@pytest.mark.parametrize(
    "plan",
    [
        PLAN,
        replace(PLAN, price=Money(0, "BRL")),
        replace(PLAN, price=Money(PRICE_MAX, "JPY")),
        replace(PLAN, name="x" * 120, description="", user_type=None, trial_days=0, limits={}, features=()),
        replace(PLAN, description="Two\nlines\tand a tab", trial_days=TRIAL_DAYS_MAX),
        replace(PLAN, limits={str(place): LIMIT_VALUE_MAX for place in range(LIMITS_MAX)}),
        replace(PLAN, features=tuple(str(place) for place in range(FEATURES_MAX))),
        replace(PLAN, name="Estudante · até 3 telas"),
    ],
)
def test_a_plan_within_its_bounds_is_kept_as_it_is(plan: Plan) -> None:
    assert validate_plan(plan) is plan


@pytest.mark.parametrize(
    ("plan", "refusal", "field"),
    [
        (replace(PLAN, price=Money(-1, "BRL")), AmountOutOfRange, ("price", "amount")),
        (replace(PLAN, price=Money(PRICE_MAX + 1, "BRL")), AmountOutOfRange, ("price", "amount")),
        (replace(PLAN, price=Money(2990, "XXX")), UnknownCurrency, ("currency",)),
        (replace(PLAN, name=""), InvalidValue, ("name",)),
        (replace(PLAN, name="x" * 121), InvalidValue, ("name",)),
        (replace(PLAN, name="Basic\x00"), InvalidValue, ("name",)),
        (replace(PLAN, description="x" * 2001), InvalidValue, ("description",)),
        (replace(PLAN, user_type=""), InvalidValue, ("user_type",)),
        (replace(PLAN, tax_category=""), InvalidValue, ("tax_category",)),
        (replace(PLAN, user_type="x" * 41), InvalidValue, ("user_type",)),
        (replace(PLAN, trial_days=-1), InvalidValue, ("trial_days",)),
        (replace(PLAN, trial_days=TRIAL_DAYS_MAX + 1), InvalidValue, ("trial_days",)),
        (replace(PLAN, features=("",)), InvalidValue, ("features",)),
        (replace(PLAN, features=("HD",) * (FEATURES_MAX + 1)), InvalidValue, ("features",)),
        (replace(PLAN, limits={"": 1}), InvalidValue, ("limits",)),
        (replace(PLAN, limits={"screens": -1}), InvalidValue, ("limits",)),
        (replace(PLAN, limits={"screens": LIMIT_VALUE_MAX + 1}), InvalidValue, ("limits",)),
        (
            replace(PLAN, limits={str(place): 1 for place in range(LIMITS_MAX + 1)}),
            InvalidValue,
            ("limits",),
        ),
    ],
)
def test_a_plan_outside_its_bounds_is_refused(
    plan: Plan, refusal: type[BillingError], field: tuple[str, ...]
) -> None:
    with pytest.raises(refusal) as refused:
        validate_plan(plan)

    assert refused.value.field == field


def test_an_archived_plan_takes_no_new_subscribers() -> None:
    assert archive_version(PLAN, at=LATER) == replace(PLAN, active=False, updated_at=LATER)


@pytest.mark.parametrize(
    "edited",
    [
        replace(PLAN, price=Money(3190, "BRL")),
        replace(PLAN, billing_cycle=BillingCycle.ANNUAL),
        replace(PLAN, trial_days=14),
        replace(PLAN, limits={"screens": 3}),
        replace(PLAN, features=("HD", "4K")),
    ],
)
def test_what_is_paid_or_got_makes_a_new_version(edited: Plan) -> None:
    assert revise_version(PLAN, edited, at=LATER) == replace(edited, version=4, updated_at=LATER)


def test_words_make_no_new_version() -> None:
    edited = replace(PLAN, name="Básico", description="Duas telas", user_type="PERSONAL")

    assert revise_version(PLAN, edited, at=LATER) == replace(edited, version=3, updated_at=LATER)


def test_a_revision_outside_the_bounds_is_refused() -> None:
    with pytest.raises(InvalidValue):
        revise_version(PLAN, replace(PLAN, name=""), at=LATER)
