"""Products and their prices: what a product says its prices say, and no two are for the same."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ciclo.domain.errors.general import BillingError
from ciclo.domain.ids import PlanId, ProductId
from ciclo.domain.money import Money
from ciclo.domain.period import BillingCycle
from ciclo.domain.plan import Plan
from ciclo.domain.products.product import (
    PRICES_MAX,
    PricedProduct,
    add_price,
    archive_prices,
    features_of,
    first_price,
    join_price,
    revise_product,
)

THEN, NOW = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)
PERSONAL = ProductId("prod_1")


def a_plan(number: int = 1, *, cycle: BillingCycle = BillingCycle.MONTHLY, currency: str = "BRL") -> Plan:
    return Plan(
        id=PlanId(f"plan_{number}"),
        version=1,
        name="Personal",
        description="Para quem atende alunos.",
        price=Money(7990, currency),
        billing_cycle=cycle,
        user_type="PERSONAL",
        trial_days=7,
        limits={"alunos": 30},
        features=("Agenda",),
        active=True,
        created_at=THEN,
        updated_at=THEN,
    )


YEARLY = a_plan(2, cycle=BillingCycle.ANNUAL)
ONE = first_price(a_plan(), PERSONAL)
TWO = add_price(ONE, YEARLY, at=THEN)


def said(priced: PricedProduct) -> list[tuple[str, int, bool]]:
    return [(plan.name, plan.version, plan.active) for plan in priced.prices]


def test_the_first_price_says_what_the_product_does_and_stays_as_it_is() -> None:
    assert ONE.prices == (replace(a_plan(), product_id=PERSONAL),)
    product = ONE.product
    assert (product.name, product.user_type, product.limits, product.features, product.active) == (
        "Personal",
        "PERSONAL",
        {"alunos": 30},
        ("Agenda",),
        True,
    )


def test_one_more_price_says_of_itself_what_the_product_does() -> None:
    other = replace(YEARLY, name="Other", limits={}, features=())
    after = add_price(ONE, other, at=NOW)
    assert after.price(YEARLY.id) == replace(YEARLY, product_id=PERSONAL)
    assert (after.product.version, after.product.updated_at) == (2, NOW)


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (a_plan(2), "PRICE_EXISTS"),
        (replace(a_plan(2, currency="USD"), trial_days=-1), "INVALID_VALUE"),
    ],
)
def test_a_price_that_there_is_or_that_can_not_be_is_refused(plan: Plan, code: str) -> None:
    with pytest.raises(BillingError) as refused:
        add_price(ONE, plan, at=NOW)
    assert refused.value.code == code


def test_a_product_has_so_many_prices_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ciclo.domain.products.product.PRICES_MAX", 2)
    assert PRICES_MAX == 50
    with pytest.raises(BillingError) as refused:
        add_price(TWO, a_plan(3, currency="USD"), at=NOW)
    assert refused.value.code == "LIMIT_EXCEEDED"
    assert join_price(TWO, a_plan(3, currency="USD"), at=NOW) is None


@pytest.mark.parametrize(
    ("plan", "joins"),
    [
        (YEARLY, True),
        (a_plan(2, currency="USD"), True),
        (a_plan(2), False),
        (replace(YEARLY, active=False), False),
        *(
            (replace(YEARLY, **{name: value}), False)  # type: ignore[arg-type]
            for name, value in {
                "name": "Estúdio",
                "description": "",
                "user_type": None,
                "limits": {"alunos": 31},
                "features": (),
            }.items()
        ),
    ],
)
def test_what_is_the_same_but_for_its_price_is_a_price_of_the_product(plan: Plan, *, joins: bool) -> None:
    joined = join_price(ONE, plan, at=NOW)
    assert (joined is not None) == joins
    if joined is not None:
        assert joined.price(plan.id) == replace(plan, product_id=PERSONAL)


def test_words_are_said_by_all_prices_and_limits_make_a_new_version_of_each() -> None:
    named = revise_product(TWO, replace(TWO.product, name="Treinador"), at=NOW)
    assert said(named) == [("Treinador", 1, True), ("Treinador", 1, True)]
    larger = revise_product(named, replace(named.product, limits={"alunos": 40}), at=NOW)
    assert said(larger) == [("Treinador", 2, True), ("Treinador", 2, True)]
    assert [plan.limits for plan in larger.prices] == [{"alunos": 40}] * 2


def test_a_price_changes_alone_and_an_archived_one_only_if_it_is_named() -> None:
    dearer = replace(TWO.price(YEARLY.id), price=Money(99_900, "BRL"))
    changed = revise_product(TWO, TWO.product, at=NOW, price=dearer)
    assert [(plan.price.amount, plan.version) for plan in changed.prices] == [(7990, 1), (99_900, 2)]

    closed = archive_prices(TWO, at=NOW, only=YEARLY.id)
    assert said(closed) == [("Personal", 1, True), ("Personal", 1, False)]
    named = revise_product(closed, replace(closed.product, name="Treinador"), at=NOW)
    assert said(named) == [("Treinador", 1, True), ("Personal", 1, False)]
    both = revise_product(named, named.product, at=NOW, price=named.price(YEARLY.id))
    assert said(both) == [("Treinador", 1, True), ("Treinador", 1, False)]


def test_two_prices_never_come_to_be_for_the_same() -> None:
    monthly = replace(TWO.price(YEARLY.id), billing_cycle=BillingCycle.MONTHLY)
    with pytest.raises(BillingError) as refused:
        revise_product(TWO, TWO.product, at=NOW, price=monthly)
    assert refused.value.code == "PRICE_EXISTS"


def test_a_product_is_on_offer_as_long_as_one_of_its_prices_is() -> None:
    first = archive_prices(TWO, at=NOW, only=a_plan().id)
    last = archive_prices(first, at=NOW)
    again = add_price(last, a_plan(3), at=NOW)
    assert [priced.product.active for priced in (first, last, again)] == [True, False, True]
    assert said(last) == [("Personal", 1, False), ("Personal", 1, False)]


def test_a_product_without_a_name_is_refused() -> None:
    with pytest.raises(BillingError) as refused:
        revise_product(ONE, replace(ONE.product, name=""), at=NOW)
    assert (refused.value.code, refused.value.field) == ("INVALID_VALUE", ("name",))


def test_everything_that_a_price_says_of_features_is_one() -> None:
    plan = replace(a_plan(), configs={"logo": "1"})

    assert features_of(plan) == {"alunos", "Agenda", "logo"}
