"""Entitlements: what was paid for may be used, and a plan that allows more is named."""

from typing import Any

import pytest

from tests.journeys.asking import a_plan, mutate, subscribe
from tests.journeys.entitled import a_studio, a_trainer, checked, used
from tests.stack import Stack, token, until

NOBODY = "cus_01h455vb4pex5vsknk084sn02q"


async def test_a_limit_of_thirty_students_and_the_plan_that_would_allow_more(stack: Stack) -> None:
    studio = await a_studio(stack)
    subscription, trainer = await a_trainer(stack)
    about = {"customer": {"id": trainer}, "feature": "alunos"}
    assert (await used(stack, "setUsage", **about, used=29))["remaining"] == 1

    last = await used(stack, "consume", **about, idempotencyKey="30th")
    assert (last["allowed"], last["used"], last["remaining"], last["upgrades"]) == (True, 30, 0, [])
    refused = await used(stack, "consume", **about, idempotencyKey="31st")
    assert (refused["allowed"], refused["reason"], refused["used"]) == (False, "LIMIT_REACHED", 30)
    assert refused["upgrades"] == [{"name": "Estúdio"}]

    assert (
        await mutate(stack, "changePlan", subscriptionId=subscription, planId=studio, timing="IMMEDIATE")
        == []
    )
    await stack.idle()

    assert await checked(stack, trainer) == {
        "allowed": True,
        "reason": "NONE",
        "limit": None,
        "unlimited": True,
        "used": 30,
        "reserved": 0,
        "remaining": None,
        "overLimit": 0,
        "resetsOn": None,
        "upgrades": [],
    }


async def test_a_smaller_plan_takes_nothing_away_and_shows_by_how_much_it_is_passed(stack: Stack) -> None:
    small = await a_plan(
        stack, name="Mini", userType="PERSONAL", trialDays=0, limits=[{"name": "alunos", "value": 10}]
    )
    subscription, trainer = await a_trainer(stack)
    about = {"customer": {"id": trainer}, "feature": "alunos"}
    await used(stack, "setUsage", **about, used=12)
    change = {"subscriptionId": subscription, "planId": small, "timing": "IMMEDIATE"}
    assert await mutate(stack, "changePlan", **change) == []

    after = await checked(stack, trainer)
    assert (after["allowed"], after["limit"], after["used"], after["remaining"], after["overLimit"]) == (
        False,
        10,
        12,
        0,
        2,
    )
    freed = await used(stack, "release", **about, quantity=3, idempotencyKey="three leave")
    assert (freed["used"], freed["remaining"], freed["overLimit"]) == (9, 1, 0)


async def test_access_follows_the_subscription_in_the_same_instant(stack: Stack) -> None:
    subscription, trainer = await a_trainer(stack)
    id_ = {"subscriptionId": subscription}
    seen = [(await checked(stack, trainer))["reason"]]
    for command in ("pauseSubscription", "resumeSubscription"):
        assert await mutate(stack, command, **id_) == []
        seen.append((await checked(stack, trainer))["reason"])
    assert await mutate(stack, "cancelSubscription", **id_, cancelImmediately=True) == []
    seen.append((await checked(stack, trainer))["reason"])

    assert seen == ["NONE", "PAUSED", "NONE", "NO_SUBSCRIPTION"]


async def test_who_never_paid_may_use_nothing_and_whose_grace_is_over_neither(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0, limits=[{"name": "alunos", "value": 5}])
    await subscribe(stack, plan, "pending@example.com", card="tok_charge_declined")
    pending = await stack.data(
        '{ entitlement(customer: {email: "pending@example.com"}, feature: "alunos") { reason } }'
    )
    assert pending["entitlement"] == {"reason": "NO_SUBSCRIPTION"}

    subscription, trainer = await a_trainer(stack)
    declined = {"subscriptionId": subscription, "paymentMethod": {"cardToken": "tok_charge_declined"}}
    assert await mutate(stack, "updatePaymentMethod", **declined) == []
    await stack.advance(by="P1M")
    past_due = await checked(stack, trainer)
    await stack.advance(by="P10D")
    suspended = await checked(stack, trainer)

    assert (past_due["allowed"], past_due["reason"]) == (True, "NONE")
    assert (suspended["allowed"], suspended["reason"], suspended["upgrades"]) == (False, "SUSPENDED", [])


async def test_two_subscriptions_add_up_and_flags_are_there_if_either_has_them(stack: Stack) -> None:
    _, trainer = await a_trainer(stack)
    more = await a_plan(
        stack, name="Mais", trialDays=0, limits=[{"name": "alunos", "value": 12}], features=["API"]
    )
    await subscribe(stack, more, "tiago@example.com", card="tok_visa")

    both = await checked(stack, trainer)
    flags = [await checked(stack, trainer, feature) for feature in ("Agenda", "API")]

    assert (both["limit"], both["remaining"]) == (42, 42)
    assert [(flag["allowed"], flag["limit"]) for flag in flags] == [(True, None), (True, None)]
    # The larger one counts alone once the seller says so.
    assert await mutate(stack, "registerFeature", key="alunos", combination="MAX") == []

    async def the_larger_counts() -> bool:
        return (await checked(stack, trainer))["limit"] == 30

    await until(the_larger_counts)


async def test_a_metered_feature_begins_anew_with_each_period_and_nothing_is_written_for_it(
    stack: Stack,
) -> None:
    assert (
        await mutate(stack, "registerFeature", key="alunos", kind="METERED", reset="PERIOD", perUnit=True)
        == []
    )
    subscription, trainer = await a_trainer(stack)
    ends = (
        await stack.data(
            "query($id: ID!) { subscription(id: $id) { currentPeriod { end } } }", {"id": subscription}
        )
    )["subscription"]["currentPeriod"]["end"]
    about = {"customer": {"id": trainer}, "feature": "alunos"}
    first = await used(stack, "consume", **about, quantity=30, idempotencyKey="all")
    version = await stack.deps.store["entitlement_sets"].find_one({"_id": trainer})
    assert (first["used"], (await checked(stack, trainer))["resetsOn"]) == (30, ends)

    await stack.advance(by="P1M")

    again = await checked(stack, trainer)
    assert (again["used"], again["remaining"]) == (0, 30)
    assert await stack.deps.store["entitlement_sets"].find_one({"_id": trainer}) == version


async def test_what_is_reserved_counts_until_it_is_used_or_comes_free(stack: Stack) -> None:
    _, trainer = await a_trainer(stack)
    about = {"customer": {"id": trainer}, "feature": "alunos"}
    held = await used(stack, "reserve", **about, quantity=20, idempotencyKey="held")
    too_much = await used(stack, "reserve", **about, quantity=11)
    other = await used(stack, "reserve", **about, quantity=10)
    assert (held["reserved"], held["remaining"]) == (20, 10)
    assert (too_much["allowed"], too_much["reservationId"]) == (False, None)
    assert (await used(stack, "reserve", **about, quantity=20, idempotencyKey="held")) == held

    committed = await used(stack, "commitReservation", reservationId=held["reservationId"], used=15)
    cancelled = await used(stack, "cancelReservation", reservationId=other["reservationId"])
    again = await used(stack, "commitReservation", reservationId=held["reservationId"])

    assert (committed["used"], committed["reserved"]) == (15, 10)
    assert (cancelled["used"], cancelled["reserved"], cancelled["remaining"]) == (15, 0, 15)
    assert again == {"codes": ["RESERVATION_NOT_FOUND"]}


async def test_an_override_wins_over_the_plan_and_ends_with_its_last_day(stack: Stack) -> None:
    _, trainer = await a_trainer(stack)
    today = (await stack.deps.clock.now()).date().isoformat()
    given = {"customerId": trainer, "feature": "alunos", "reason": "a fair", "limit": 99, "until": today}
    assert await mutate(stack, "overrideEntitlement", **given) == []
    with_it = await checked(stack, trainer)
    await stack.advance(by="P2D")
    without = await checked(stack, trainer)

    assert (with_it["limit"], without["limit"]) == (99, 30)


SET = """
query($customer: CustomerRef!) {
  entitlements(customer: $customer) {
    items { feature kind limit config sources { planId limit config } override { limit config reason } }
  }
}"""


async def test_a_value_of_the_dearest_plan_and_an_override_that_ends_early(stack: Stack) -> None:
    logo = {"widthMax": 500, "formats": ["png", "svg"]}
    _, trainer = await a_trainer(stack, configs=[{"name": "logo", "value": {"widthMax": 100}}])
    dearer = await a_plan(
        stack,
        name="Marca",
        price={"amount": "199.90"},
        trialDays=0,
        configs=[{"name": "logo", "value": logo}],
    )
    await subscribe(stack, dearer, "tiago@example.com", card="tok_visa")
    external = {"customer": {"externalId": "academia-7"}}
    await stack.deps.store["customers"].update_one({"_id": trainer}, {"$set": {"external_id": "academia-7"}})

    async def shown(feature: str) -> dict[str, Any]:
        items = (await stack.data(SET, external))["entitlements"]["items"]
        found: dict[str, Any] = next(item for item in items if item["feature"] == feature)
        return found

    both = await shown("logo")
    assert (both["kind"], both["config"], both["override"]) == ("CONFIG", logo, None)
    assert [source["config"] for source in both["sources"]] == [{"widthMax": 100}, logo]

    given = {"customerId": trainer, "feature": "logo", "reason": "a fair"}
    assert await mutate(stack, "overrideEntitlement", **given, config={"widthMax": 900}) == []
    assert (await shown("logo"))["config"] == {"widthMax": 900}
    assert await mutate(stack, "overrideEntitlement", **given, limit=3) == ["INVALID_VALUE"]
    ended = {"customerId": trainer, "feature": "logo"}
    assert await mutate(stack, "endEntitlementOverride", **ended, reason=" ") == ["INVALID_VALUE"]
    assert await mutate(stack, "endEntitlementOverride", **ended, reason="it is over") == []
    assert await mutate(stack, "endEntitlementOverride", **ended, reason="again") == ["OVERRIDE_NOT_FOUND"]

    assert (await shown("logo"))["config"] == logo
    logged = await stack.deps.store["operations"].find_one({"action": "endEntitlementOverride"})
    assert logged is not None
    assert (logged["target"], logged["after"]) == (trainer, {"feature": "logo", "reason": "it is over"})


async def test_an_archived_feature_is_kept_by_who_has_it_and_given_to_nobody_else(stack: Stack) -> None:
    _, trainer = await a_trainer(stack)
    assert await mutate(stack, "archiveFeature", key="alunos") == ["FEATURE_NOT_FOUND"]
    assert await mutate(stack, "registerFeature", key="alunos", name="Students") == []
    assert await mutate(stack, "archiveFeature", key="alunos") == []

    plan = {"name": "Novo", "price": {"amount": "1"}, "billingCycle": "MONTHLY", "features": ["alunos"]}
    assert await mutate(stack, "createPlan", **plan) == ["FEATURE_ARCHIVED"]
    product = {"name": "Novo", "limits": [{"name": "alunos", "value": 1}]}
    price = {"price": {"amount": "1"}, "billingCycle": "MONTHLY"}
    assert await mutate(stack, "createProduct", **product, prices=[price]) == ["FEATURE_ARCHIVED"]
    assert (await checked(stack, trainer))["limit"] == 30

    async def nobody_is_given_it() -> bool:
        given = {"customerId": trainer, "feature": "alunos", "reason": "a fair", "limit": 99}
        return await mutate(stack, "overrideEntitlement", **given) == ["FEATURE_ARCHIVED"]

    await until(nobody_is_given_it)


@pytest.mark.parametrize(
    ("mutation", "given", "codes"),
    [
        ("consume", {"quantity": 0, "idempotencyKey": "k"}, ["INVALID_VALUE"]),
        ("consume", {"quantity": -3, "idempotencyKey": "k"}, ["INVALID_VALUE"]),
        ("release", {"quantity": -3, "idempotencyKey": "k"}, ["INVALID_VALUE"]),
        ("release", {"quantity": 2, "idempotencyKey": "k"}, ["RELEASE_EXCEEDS_USAGE"]),
        ("setUsage", {"used": -1}, ["INVALID_VALUE"]),
        ("reserve", {"quantity": -1}, ["INVALID_VALUE"]),
        ("reserve", {"expiresInSeconds": 0}, ["INVALID_VALUE"]),
        ("consume", {"feature": "cavalos", "idempotencyKey": "k"}, ["FEATURE_NOT_FOUND"]),
        ("consume", {"customer": {"id": NOBODY}, "idempotencyKey": "k"}, ["CUSTOMER_NOT_FOUND"]),
        (
            "consume",
            {"customer": {"email": "who@example.com"}, "idempotencyKey": "k"},
            ["CUSTOMER_NOT_FOUND"],
        ),
        ("consume", {"customer": {"id": "sub_1"}, "idempotencyKey": "k"}, ["MALFORMED_ID"]),
        ("consume", {"idempotencyKey": ""}, ["INVALID_VALUE"]),
    ],
)
async def test_bad_input_has_a_code_and_changes_nothing(
    stack: Stack, mutation: str, given: dict[str, Any], codes: list[str]
) -> None:
    _, trainer = await a_trainer(stack)
    about = {"customer": {"id": trainer}, "feature": "alunos"}
    await used(stack, "setUsage", **about, used=1)

    assert await used(stack, mutation, **about | given) == {"codes": codes}
    assert (await checked(stack, trainer))["used"] == 1


async def test_a_limit_of_a_feature_that_no_plan_has_is_refused_and_not_kept(stack: Stack) -> None:
    _, trainer = await a_trainer(stack)
    given = {"customerId": trainer, "feature": "cavalos", "reason": "sorry", "limit": 3}

    assert await mutate(stack, "overrideEntitlement", **given) == ["FEATURE_NOT_FOUND"]
    assert (
        await stack.deps.store["entitlement_sets"].count_documents({"overrides.cavalos": {"$exists": True}})
        == 0
    )


async def test_a_cancelled_subscription_uses_nothing_and_says_so(stack: Stack) -> None:
    subscription, trainer = await a_trainer(stack)
    about = {"customer": {"id": trainer}, "feature": "alunos"}
    await used(stack, "setUsage", **about, used=3)
    await mutate(stack, "cancelSubscription", subscriptionId=subscription, cancelImmediately=True)

    refused = await used(stack, "consume", **about, idempotencyKey="late")
    assert (refused["allowed"], refused["reason"], refused["used"]) == (False, "NO_SUBSCRIPTION", 3)
    assert await used(stack, "setUsage", **about, used=9) == {"codes": ["SUBSCRIPTION_NOT_ACTIVE"]}
    assert await used(stack, "release", **about, idempotencyKey="r") == {"codes": ["SUBSCRIPTION_NOT_ACTIVE"]}
    assert (await checked(stack, trainer))["used"] == 3


async def test_a_repeat_under_a_key_gets_the_same_answer_and_another_request_is_refused(stack: Stack) -> None:
    _, trainer = await a_trainer(stack)
    about = {"customer": {"id": trainer}, "feature": "alunos"}
    once = await used(stack, "consume", **about, quantity=2, idempotencyKey="k")
    await used(stack, "setUsage", **about, used=30)

    assert await used(stack, "consume", **about, quantity=2, idempotencyKey="k") == once
    assert await used(stack, "consume", **about, quantity=3, idempotencyKey="k") == {
        "codes": ["IDEMPOTENCY_KEY_REUSED"]
    }
    assert (await checked(stack, trainer))["used"] == 30


async def test_customers_see_their_own_and_nobody_elses(stack: Stack) -> None:
    await a_trainer(stack)
    _, other = await a_trainer(stack, "bia@example.com", name="Outro")
    tiago = token(role="customer", email="tiago@example.com")
    own = await stack.data("{ entitlements { items { feature allowed limit used } } }", bearer=tiago)
    assert own["entitlements"]["items"] == [
        {"feature": "Agenda", "allowed": True, "limit": None, "used": 0},
        {"feature": "alunos", "allowed": True, "limit": 30, "used": 0},
    ]

    others = await stack.graphql(
        f'{{ entitlements(customer: {{id: "{other}"}}) {{ version }} }}', bearer=tiago
    )
    assert [error["extensions"]["code"] for error in others["errors"]] == ["CUSTOMER_NOT_FOUND"]


async def test_names_that_mongodb_knows_as_paths_are_features_like_any_other(stack: Stack) -> None:
    odd = "a.b$c|d/e"
    _, trainer = await a_trainer(stack, limits=[{"name": odd, "value": 2}, {"name": "$set", "value": 1}])
    about = {"customer": {"id": trainer}}

    assert (await used(stack, "consume", **about, feature=odd, idempotencyKey="1"))["remaining"] == 1
    assert (await used(stack, "consume", **about, feature="$set", idempotencyKey="2"))["remaining"] == 0
    given = {"customerId": trainer, "feature": odd, "reason": "odd", "unlimited": True}
    assert await mutate(stack, "overrideEntitlement", **given) == []
    assert (await checked(stack, trainer, odd))["unlimited"] is True
