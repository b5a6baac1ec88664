from typing import Any

import pytest

from tests.journeys.asking import CREATE_PLAN, SUBSCRIBE, a_plan, subscribe
from tests.stack import Stack


async def refusal(stack: Stack, mutation: str, given: dict[str, Any]) -> tuple[str, list[str] | None]:
    """Return the code and the field of a mutation's one user error."""
    [payload] = (await stack.data(mutation, {"input": given})).values()
    [error] = payload["userErrors"]
    changed = [value for key, value in payload.items() if key != "userErrors"]
    assert not any(changed), payload
    return error["code"], error["field"]


async def stored(stack: Stack) -> dict[str, int]:
    """Return how many documents there are of each kind."""
    names = ("plans", "customers", "subscriptions", "events", "invoices", "payments", "idempotency")
    return {name: await stack.deps.store[name].count_documents({}) for name in names}


PLAN: dict[str, Any] = {"name": "Basic", "price": {"amount": "29.90"}, "billingCycle": "MONTHLY"}


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": ""}, "INVALID_VALUE", ["name"]),
        ({"name": "x" * 121}, "INVALID_VALUE", ["name"]),
        ({"price": {"amount": "29.999"}}, "TOO_MANY_DECIMALS", ["price", "amount"]),
        ({"price": {"amount": "-1"}}, "AMOUNT_OUT_OF_RANGE", ["price", "amount"]),
        ({"price": {"amount": "99999999999999"}}, "AMOUNT_OUT_OF_RANGE", ["price", "amount"]),
        ({"price": {"amount": "10.5", "currency": "JPY"}}, "TOO_MANY_DECIMALS", ["price", "amount"]),
        ({"price": {"amount": "10", "currency": "XXX"}}, "UNKNOWN_CURRENCY", ["price", "currency"]),
        ({"trialDays": -1}, "INVALID_VALUE", ["trialDays"]),
        ({"trialDays": 366}, "INVALID_VALUE", ["trialDays"]),
        ({"limits": [{"name": "a", "value": 1}, {"name": "a", "value": 2}]}, "INVALID_VALUE", ["limits"]),
        ({"limits": [{"name": "a", "value": -1}]}, "INVALID_VALUE", ["limits"]),
        ({"features": ["x"] * 51}, "INVALID_VALUE", ["features"]),
        ({"idempotencyKey": ""}, "INVALID_VALUE", ["idempotencyKey"]),
    ],
)
async def test_plans_are_refused_with_the_field_at_fault(
    stack: Stack, given: dict[str, Any], code: str, field: list[str]
) -> None:
    before = await stored(stack)
    assert await refusal(stack, CREATE_PLAN, PLAN | given) == (code, field)
    assert await stored(stack) == before


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"trialDays": 366}, "trialDays allows 0 to 365 days"),
        ({"userType": "x" * 41}, "userType has 1 to 40 characters"),
    ],
)
async def test_words_are_in_the_names_of_the_api(stack: Stack, given: dict[str, Any], words: str) -> None:
    answer = await stack.data(
        "mutation($input: CreatePlanInput!) { createPlan(input: $input) { userErrors { message } } }",
        {"input": PLAN | given},
    )
    assert answer["createPlan"]["userErrors"] == [{"message": words}]


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e5", "29,90", "", "29_99", "٢٩", " 1", "+1"])
async def test_what_is_no_decimal_never_reaches_a_resolver(stack: Stack, amount: str) -> None:
    answer = await stack.graphql(CREATE_PLAN, {"input": PLAN | {"price": {"amount": amount}}})
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_numbers_are_read_exactly(stack: Stack) -> None:
    mutation = """
    mutation {
      createPlan(input: { name: "Exact", price: { amount: 19.99 }, billingCycle: ANNUAL }) {
        plan { price { amount currency } }
      }
    }"""
    plan = (await stack.data(mutation))["createPlan"]["plan"]
    assert plan == {"price": {"amount": "19.99", "currency": "BRL"}}


@pytest.fixture(scope="module")
async def plan_id(stack: Stack) -> str:
    return await a_plan(stack)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"planId": "plan_01h455vb4pex5vsknk084sn02q"}, "PLAN_NOT_FOUND", ["planId"]),
        ({"planId": "plan_12345"}, "MALFORMED_ID", ["planId"]),
        ({"planId": "sub_01h455vb4pex5vsknk084sn02q"}, "MALFORMED_ID", ["planId"]),
        ({"customerEmail": "no address"}, "INVALID_VALUE", ["customerEmail"]),
        ({"customerEmail": None}, "INVALID_VALUE", ["customerEmail"]),
        ({"quantity": 0}, "INVALID_VALUE", ["quantity"]),
        ({"quantity": 10_001}, "INVALID_VALUE", ["quantity"]),
        ({"paymentMethod": {"cardToken": "tok_attach_declined"}}, "CARD_DECLINED", ["paymentMethod"]),
        ({"paymentMethod": {"cardToken": ""}}, "CARD_DECLINED", ["paymentMethod"]),
        (
            {
                "paymentMethod": {
                    "card": {
                        "number": "4242424242424241",
                        "holderName": "Ana",
                        "expirationMonth": 12,
                        "expirationYear": 2040,
                        "cvv": "123",
                    }
                }
            },
            "CARD_INVALID",
            ["paymentMethod", "card", "number"],
        ),
    ],
)
async def test_subscriptions_are_refused_with_the_field_at_fault(
    stack: Stack, plan_id: str, given: dict[str, Any], code: str, field: list[str]
) -> None:
    before = await stored(stack)
    request = {"planId": plan_id, "customerEmail": "x@example.com"} | given
    assert await refusal(stack, SUBSCRIBE, request) == (code, field)
    assert await stored(stack) == before


async def test_an_archived_plan_takes_nobody_and_keeps_whom_it_has(stack: Stack) -> None:
    plan_id = await a_plan(stack, name="Old")
    subscription = await subscribe(stack, plan_id, "loyal@example.com")
    archive = """
    mutation($input: ArchivePlanInput!) {
      archivePlan(input: $input) { plan { active } userErrors { code } }
    }"""
    for _ in range(2):
        archived = await stack.data(archive, {"input": {"planId": plan_id}})
        assert archived["archivePlan"] == {"plan": {"active": False}, "userErrors": []}
    code, field = await refusal(stack, SUBSCRIBE, {"planId": plan_id, "customerEmail": "new@example.com"})
    assert (code, field) == ("PLAN_ARCHIVED", ["planId"])
    kept = await stack.data("query($id: ID!) { subscription(id: $id) { status } }", {"id": subscription})
    assert kept["subscription"]["status"] == "TRIALING"


async def test_a_second_live_subscription_to_the_same_plan_is_refused(stack: Stack, plan_id: str) -> None:
    await subscribe(stack, plan_id, "twice@example.com")
    code, field = await refusal(stack, SUBSCRIBE, {"planId": plan_id, "customerEmail": "TWICE@example.com"})
    assert (code, field) == ("ALREADY_SUBSCRIBED", ["planId"])


async def test_one_trial_a_customer(stack: Stack, plan_id: str) -> None:
    await subscribe(stack, plan_id, "trials@example.com")
    other = await a_plan(stack, name="Other")
    second = await subscribe(stack, other, "trials@example.com")
    found = await stack.data(
        "query($id: ID!) { subscription(id: $id) { status trialEndsOn } }", {"id": second}
    )
    assert found["subscription"] == {"status": "PENDING", "trialEndsOn": None}


async def test_unknown_fields_and_two_methods_at_once_are_no_input(stack: Stack, plan_id: str) -> None:
    unknown = {"planId": plan_id, "customerEmail": "x@example.com", "status": "ACTIVE"}
    two = {
        "planId": plan_id,
        "customerEmail": "x@example.com",
        "paymentMethod": {"cardToken": "tok_visa", "pix": {}},
    }
    for given in (unknown, two):
        answer = await stack.graphql(SUBSCRIBE, {"input": given})
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
