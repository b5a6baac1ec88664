"""What plans and overrides come to for a feature: rule by rule, with the arithmetic beside it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ciclo.domain.entitlements.allowance import (
    Allowance,
    EntitlementSet,
    Override,
    Withheld,
    allowance_of,
    gives_otherwise,
)
from ciclo.domain.entitlements.catalogue import Catalogue, provisions_of
from ciclo.domain.entitlements.config import read_config, validate_configs, write_config
from ciclo.domain.entitlements.feature import (
    Combination,
    Feature,
    FeatureKind,
    Overage,
    Reset,
    validate_feature,
)
from ciclo.domain.entitlements.provision import EntitlementReason, provision_of
from ciclo.domain.entitlements.upgrade import find_upgrades
from ciclo.domain.entitlements.usage import Usage, entitlement_of
from ciclo.domain.errors.entitlements import FeatureNotFound
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.ids import PlanId, SubscriptionId
from ciclo.domain.money import Money
from ciclo.domain.period import BillingCycle
from ciclo.domain.plan import UNLIMITED, Plan
from ciclo.domain.subscription import Status
from tests.builders import CUSTOMER, Story, terms

TODAY = date(2027, 3, 10)
NOW = datetime(2027, 3, 10, 15, tzinfo=UTC)
STUDENTS = Feature(key="alunos")


def an_allowance(number: int = 1, **changes: object) -> Allowance:
    given = {
        "subscription_id": SubscriptionId(f"sub_{number}"),
        "plan_id": PlanId(f"plan_{number}"),
        "plan_version": 1,
        "quantity": 1,
        "currency": "BRL",
        "anchor": date(2027, 1, 31),
        "billing_cycle": BillingCycle.MONTHLY,
        "limits": {"alunos": 30},
        "features": ("Agenda",),
    }
    return Allowance(**given | changes)  # type: ignore[arg-type]


def a_set(*allowances: Allowance, **overrides: Override) -> EntitlementSet:
    return EntitlementSet(
        customer_id=CUSTOMER,
        allowances={one.subscription_id: one for one in allowances},
        overrides=overrides,
    )


def an_override(limit: int | None, until: date | None = None) -> Override:
    return Override(limit=limit, until=until, reason="fair", actor="ops", created_at=NOW)


def a_plan(number: int, price: int, *, currency: str = "BRL", **changes: object) -> Plan:
    given = {
        "id": PlanId(f"plan_{number}"),
        "version": 1,
        "name": f"Plan {number}",
        "description": "",
        "price": Money(price, currency),
        "billing_cycle": BillingCycle.MONTHLY,
        "user_type": None,
        "trial_days": 0,
        "limits": {"alunos": 100},
        "features": (),
        "active": True,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Plan(**given | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("feature", "entitlements", "limit", "reason"),
    [
        # Several subscriptions: added up, or the largest; no limit of one is no limit of all.
        (STUDENTS, a_set(an_allowance(1), an_allowance(2, limits={"alunos": 12})), 42, "NONE"),
        (
            replace(STUDENTS, combination=Combination.MAX),
            a_set(an_allowance(1), an_allowance(2, limits={"alunos": 12})),
            30,
            "NONE",
        ),
        (STUDENTS, a_set(an_allowance(1), an_allowance(2, limits={"alunos": UNLIMITED})), None, "NONE"),
        # What a plan only names is there without a limit.
        (STUDENTS, a_set(an_allowance(limits={}, features=("alunos",))), None, "NONE"),
        # A limit for each: 3 times 30.
        (replace(STUDENTS, per_unit=True), a_set(an_allowance(quantity=3)), 90, "NONE"),
        (STUDENTS, a_set(an_allowance(quantity=3)), 30, "NONE"),
        # 10,000 times 2,147,483,646 is more than can be counted: no limit.
        (
            replace(STUDENTS, per_unit=True),
            a_set(an_allowance(quantity=10_000, limits={"alunos": UNLIMITED - 1})),
            None,
            "NONE",
        ),
        # A flag is there or not, whatever number a plan puts to it.
        (Feature(key="alunos", kind=FeatureKind.BOOLEAN), a_set(an_allowance()), None, "NONE"),
        (
            Feature(key="alunos", kind=FeatureKind.BOOLEAN),
            a_set(an_allowance(limits={"alunos": 0})),
            0,
            "NOT_INCLUDED",
        ),
        # A limit of none is a limit; a plan that says nothing includes nothing.
        (STUDENTS, a_set(an_allowance(limits={"alunos": 0})), 0, "NONE"),
        (STUDENTS, a_set(an_allowance(limits={})), 0, "NOT_INCLUDED"),
        # Only what is in service gives; of what does not, a payment that is missing is said first.
        (
            STUDENTS,
            a_set(an_allowance(1), an_allowance(2, withheld=Withheld.SUSPENDED)),
            30,
            "NONE",
        ),
        (STUDENTS, a_set(an_allowance(withheld=Withheld.PAUSED)), 0, "PAUSED"),
        (
            STUDENTS,
            a_set(an_allowance(1, withheld=Withheld.PAUSED), an_allowance(2, withheld=Withheld.SUSPENDED)),
            0,
            "SUSPENDED",
        ),
        (STUDENTS, a_set(), 0, "NO_SUBSCRIPTION"),
        # An override wins while it lasts, over a plan that has none of it too, and gives no access.
        (STUDENTS, a_set(an_allowance(), alunos=an_override(99)), 99, "NONE"),
        (STUDENTS, a_set(an_allowance(limits={}), alunos=an_override(None, TODAY)), None, "NONE"),
        (STUDENTS, a_set(an_allowance(), alunos=an_override(99, date(2027, 3, 9))), 30, "NONE"),
        (STUDENTS, a_set(alunos=an_override(99)), 0, "NO_SUBSCRIPTION"),
    ],
)
def test_what_plans_come_to(
    feature: Feature, entitlements: EntitlementSet, limit: int | None, reason: str
) -> None:
    provision = provision_of(entitlements, feature, on=TODAY)
    assert (provision.limit, provision.reason) == (limit, EntitlementReason(reason))


@pytest.mark.parametrize(
    ("reset", "entitlements", "window", "resets_on"),
    [
        (Reset.NEVER, a_set(an_allowance()), "", None),
        (Reset.DAY, a_set(an_allowance()), "2027-03-10", date(2027, 3, 11)),
        (Reset.MONTH, a_set(an_allowance()), "2027-03-01", date(2027, 4, 1)),
        # From the anchor, Jan 31: Feb 28, Mar 31.
        (Reset.PERIOD, a_set(an_allowance()), "2027-02-28", date(2027, 3, 31)),
        # The oldest subscription that names the feature, else the oldest there is, withheld or not.
        (
            Reset.PERIOD,
            a_set(an_allowance(1, limits={}), an_allowance(2, anchor=date(2027, 1, 5))),
            "2027-03-05",
            date(2027, 4, 5),
        ),
        (Reset.PERIOD, a_set(an_allowance(limits={})), "2027-02-28", date(2027, 3, 31)),
        (Reset.PERIOD, a_set(an_allowance(withheld=Withheld.PAUSED)), "2027-02-28", date(2027, 3, 31)),
        (Reset.PERIOD, a_set(), "", None),
    ],
)
def test_the_window_that_use_is_counted_in(
    reset: Reset, entitlements: EntitlementSet, window: str, resets_on: date | None
) -> None:
    provision = provision_of(entitlements, replace(STUDENTS, reset=reset), on=TODAY)
    assert (provision.window, provision.resets_on) == (window, resets_on)


@pytest.mark.parametrize(
    ("used", "quantity", "overage", "allowed", "remaining", "over"),
    [
        (29, 1, Overage.BLOCK, True, 1, 0),
        (29, 2, Overage.BLOCK, False, 1, 0),
        (30, 1, Overage.BLOCK, False, 0, 0),
        (33, 1, Overage.BLOCK, False, 0, 3),
        (33, 1, Overage.ALLOW, True, 0, 3),
    ],
)
def test_whether_so_much_more_may_be_used(
    used: int, quantity: int, overage: Overage, *, allowed: bool, remaining: int, over: int
) -> None:
    provision = provision_of(a_set(an_allowance()), replace(STUDENTS, overage=overage), on=TODAY)
    found = entitlement_of(provision, Usage(used=used), quantity=quantity, now=NOW)
    assert (found.allowed, found.remaining, found.over_limit) == (allowed, remaining, over)
    assert found.reason is (EntitlementReason.NONE if allowed else EntitlementReason.LIMIT_REACHED)


def test_without_a_limit_nothing_remains_to_be_counted() -> None:
    provision = provision_of(a_set(an_allowance(limits={"alunos": UNLIMITED})), STUDENTS, on=TODAY)
    found = entitlement_of(provision, Usage(used=1_000), quantity=1, now=NOW)
    assert (found.allowed, found.remaining, found.over_limit) == (True, None, 0)


@pytest.mark.parametrize("status", [Status.TRIALING, Status.ACTIVE, Status.PAST_DUE])
def test_trial_service_and_grace_give_all_of_the_plan(status: Status) -> None:
    subscription = replace(Story(date(2027, 1, 31), of=terms(quantity=2)).subscription, status=status)
    plan = a_plan(1, 7990, user_type="PERSONAL", features=("Agenda",))
    assert allowance_of(subscription, plan) == Allowance(
        subscription_id=subscription.id,
        plan_id=subscription.terms.plan_id,
        plan_version=1,
        quantity=2,
        currency="BRL",
        anchor=date(2027, 1, 31),
        billing_cycle=BillingCycle.MONTHLY,
        user_type="PERSONAL",
        limits={"alunos": 100},
        features=("Agenda",),
    )


def test_what_a_subscription_gives_by_its_status() -> None:
    subscription = Story(date(2027, 1, 31)).subscription
    given = {status: allowance_of(replace(subscription, status=status), None) for status in Status}
    assert {status: one.withheld if one else "nothing" for status, one in given.items()} == {
        Status.PENDING: "nothing",
        Status.TRIALING: None,
        Status.ACTIVE: None,
        Status.PAST_DUE: None,
        Status.SUSPENDED: Withheld.SUSPENDED,
        Status.PAUSED: Withheld.PAUSED,
        Status.CANCELLED: "nothing",
    }


def test_only_what_changes_something_of_it_is_a_change() -> None:
    active = replace(Story(date(2027, 1, 31)).subscription, status=Status.ACTIVE)
    same = [replace(active, status=Status.PAST_DUE), replace(active, version=9), active]
    other = [
        replace(active, status=Status.SUSPENDED),
        replace(active, status=Status.CANCELLED),
        replace(active, anchor=date(2027, 2, 1)),
        replace(active, terms=replace(active.terms, quantity=2)),
        replace(active, terms=replace(active.terms, plan_version=2)),
    ]
    assert [gives_otherwise(active, one) for one in same] == [False] * 3
    assert [gives_otherwise(active, one) for one in other] == [True] * 5


LOGO = Feature(key="logo", kind=FeatureKind.CONFIG)


def a_logo(number: int, price: int, size: int, **changes: object) -> Allowance:
    return an_allowance(number, config_rank=price, configs={"logo": str(size)}, **changes)


@pytest.mark.parametrize(
    ("entitlements", "config", "reason"),
    [
        # The value of the plan that costs most a month, whichever came first; of two alike the older one's.
        (a_set(a_logo(1, 7990, 100), a_logo(2, 19990, 500)), "500", "NONE"),
        (a_set(a_logo(1, 19990, 500), a_logo(2, 7990, 100)), "500", "NONE"),
        (a_set(a_logo(1, 7990, 100), a_logo(2, 7990, 500)), "100", "NONE"),
        # One that gives no value has no say, nor has one without access.
        (a_set(an_allowance(1, config_rank=19990), a_logo(2, 0, 100)), "100", "NONE"),
        (a_set(a_logo(1, 19990, 500, withheld=Withheld.PAUSED), a_logo(2, 7990, 100)), "100", "NONE"),
        (a_set(an_allowance(features=("logo",))), None, "NONE"),
        (a_set(a_logo(1, 7990, 100, withheld=Withheld.PAUSED)), None, "PAUSED"),
        (a_set(an_allowance()), None, "NOT_INCLUDED"),
        # An override wins, for who has a subscription.
        (a_set(an_allowance(), logo=replace(an_override(None), config="900")), "900", "NONE"),
        (a_set(logo=replace(an_override(None), config="900")), None, "NO_SUBSCRIPTION"),
    ],
)
def test_the_value_that_an_app_is_given(
    entitlements: EntitlementSet, config: str | None, reason: str
) -> None:
    provision = provision_of(entitlements, LOGO, on=TODAY)
    assert (provision.config, provision.reason) == (config, EntitlementReason(reason))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": [1, True, None], "a": "ção"}, '{"a":"ção","b":[1,true,null]}'),
        (Decimal("1.5"), "1.5"),
        ([[[[[]]]]], "[[[[[]]]]]"),
        ("x" * 1_998, '"' + "x" * 1_998 + '"'),
        ([[[[[[]]]]]], None),
        ({"a": {"a": {"a": {"a": {"a": {}}}}}}, None),
        ("x" * 1_999, None),
        (float("nan"), None),
        ({1: 2}, None),
        (object(), None),
    ],
)
def test_a_value_is_json_of_some_size_and_depth(value: object, text: str | None) -> None:
    if text is None:
        with pytest.raises(InvalidValue):
            write_config(value)
        return
    assert write_config(value) == text
    assert read_config(text) == value


def test_a_plan_has_some_values_with_names_of_some_length() -> None:
    full = {str(number): "1" for number in range(10)}
    validate_configs(full)
    for configs in (full | {"x": "1"}, {"": "1"}, {"x" * 41: "1"}):
        with pytest.raises(InvalidValue):
            validate_configs(configs)


def test_what_a_plan_gives_a_value_for_is_ranked_by_its_price_of_a_month() -> None:
    active = replace(Story(on=TODAY).account.subscription, status=Status.ACTIVE)
    annual = replace(active, terms=terms(29_990, cycle=BillingCycle.ANNUAL, quantity=3))
    given = allowance_of(annual, a_plan(1, 29_990, configs={"logo": "1"}))
    # 299.90 / 12 = 24.99, whatever the quantity. What has no values stays as older releases kept it.
    assert given is not None
    assert (given.configs, given.config_rank) == ({"logo": "1"}, 2_499)
    without = allowance_of(annual, a_plan(1, 29_990))
    assert without is not None
    assert (without.configs, without.config_rank) == ({}, 0)


def test_a_set_names_every_feature_once() -> None:
    entitlements = a_set(an_allowance(1), an_allowance(2), api=an_override(1))
    assert entitlements.named_features() == ("Agenda", "alunos", "api")
    provisions = provisions_of(entitlements, Catalogue(), on=TODAY)
    assert [provision.feature.key for provision in provisions] == ["Agenda", "alunos", "api"]


def test_a_name_means_what_is_registered_or_what_plans_make_of_it() -> None:
    held = a_set(an_allowance(), extra=an_override(1), size=replace(an_override(None), config="1"))
    registered = Feature(key="alunos", reset=Reset.MONTH)
    catalogue = Catalogue(
        features={"alunos": registered},
        plans=[a_plan(1, 100, limits={"aulas": 1}, features=("API",), configs={"logo": "1"})],
    )
    assert [
        catalogue.feature(key, held) for key in ("alunos", "aulas", "extra", "API", "Agenda", "logo", "size")
    ] == [
        registered,
        Feature(key="aulas"),
        Feature(key="extra"),
        Feature(key="API", kind=FeatureKind.BOOLEAN),
        Feature(key="Agenda", kind=FeatureKind.BOOLEAN),
        Feature(key="logo", kind=FeatureKind.CONFIG),
        Feature(key="size", kind=FeatureKind.CONFIG),
    ]
    assert Catalogue().feature("logo", a_set(a_logo(1, 0, 1))) == LOGO
    assert Catalogue().feature("alunos", held) == Feature(key="alunos")
    with pytest.raises(FeatureNotFound):
        catalogue.feature("cavalos", held)


@pytest.mark.parametrize(
    "feature", [Feature(key=""), Feature(key="x" * 121), Feature(key="x", name="y" * 121)]
)
def test_a_feature_has_a_key_and_a_name_of_some_length(feature: Feature) -> None:
    with pytest.raises(InvalidValue):
        validate_feature(feature)
    assert validate_feature(STUDENTS) == STUDENTS


@pytest.mark.parametrize(
    ("entitlements", "used", "plans", "names"),
    [
        # The cheapest a month: 47.95 before 60.00, and of two alike the shorter commitment.
        (
            a_set(an_allowance()),
            30,
            [
                a_plan(3, 6000),
                a_plan(4, 57540, billing_cycle=BillingCycle.ANNUAL),
                a_plan(5, 4795),
            ],
            ["Plan 5", "Plan 4", "Plan 3"],
        ),
        # Not the plan that they have, one that has as little, one in other money, one for other people.
        (
            a_set(an_allowance(user_type="PERSONAL")),
            30,
            [
                a_plan(1, 100),
                a_plan(2, 100, limits={"alunos": 30}),
                a_plan(3, 100, currency="USD"),
                a_plan(4, 100, user_type="ALUNO"),
                a_plan(5, 9000, user_type="PERSONAL"),
            ],
            ["Plan 5"],
        ),
        # In the place of the one that gives it: with 12 of the other, 31 are enough for a 43rd, 30 are not.
        (
            a_set(an_allowance(6, limits={}), an_allowance(7), an_allowance(8, limits={"alunos": 12})),
            42,
            [a_plan(1, 100, limits={"alunos": 30}), a_plan(2, 200, limits={"alunos": 31})],
            ["Plan 2"],
        ),
        # Where none gives it the oldest one's place is taken, and without any it is a new subscription.
        (a_set(an_allowance(6, limits={})), 30, [a_plan(1, 100)], ["Plan 1"]),
        (a_set(), 30, [a_plan(1, 100)], ["Plan 1"]),
        # What is withheld is not got back by another plan.
        (a_set(an_allowance(withheld=Withheld.PAUSED)), 30, [a_plan(3, 100)], []),
        # Three at most.
        (a_set(), 30, [a_plan(number, number) for number in (5, 4, 3, 2)], ["Plan 2", "Plan 3", "Plan 4"]),
    ],
)
def test_the_plans_that_would_allow_it(
    entitlements: EntitlementSet, used: int, plans: list[Plan], names: list[str]
) -> None:
    provision = provision_of(entitlements, STUDENTS, on=TODAY)
    refused = entitlement_of(provision, Usage(used=used), quantity=1, now=NOW)
    found = find_upgrades(entitlements, refused, plans, quantity=1, on=TODAY)
    assert [plan.name for plan in found] == names


def test_what_is_allowed_needs_no_other_plan() -> None:
    provision = provision_of(a_set(an_allowance()), STUDENTS, on=TODAY)
    allowed = entitlement_of(provision, Usage(), quantity=1, now=NOW)
    assert find_upgrades(a_set(an_allowance()), allowed, [a_plan(3, 1)], quantity=1, on=TODAY) == []
