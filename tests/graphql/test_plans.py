"""Plans over the API: what makes a version, what does not, and who gets it."""

from typing import Any

from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack

UPDATE = """
mutation($input: UpdatePlanInput!) {
  updatePlan(input: $input) {
    plan { version name userType trialDays price { amount } limits { name value } features }
    userErrors { code field }
  }
}"""


async def updated(stack: Stack, plan_id: str, **changes: Any) -> dict[str, Any]:
    answer = await stack.data(UPDATE, {"input": {"planId": plan_id, **changes}})
    assert answer["updatePlan"]["userErrors"] == []
    plan: dict[str, Any] = answer["updatePlan"]["plan"]
    return plan


async def test_words_make_no_version_and_what_is_left_out_stays(stack: Stack) -> None:
    plan_id = await a_plan(stack, userType="ALUNO", limits=[{"name": "trainers", "value": 1}], features=["a"])

    renamed = await updated(stack, plan_id, name="Better name")

    assert renamed == {
        "version": 1,
        "name": "Better name",
        "userType": "ALUNO",
        "trialDays": 7,
        "price": {"amount": "29.99"},
        "limits": [{"name": "trainers", "value": 1}],
        "features": ["a"],
    }


async def test_null_takes_the_user_type_away(stack: Stack) -> None:
    plan_id = await a_plan(stack, userType="ALUNO")

    assert (await updated(stack, plan_id, userType=None))["userType"] is None
    assert (await updated(stack, plan_id, userType="PERSONAL"))["userType"] == "PERSONAL"


async def test_a_new_price_is_a_new_version_that_new_subscribers_get(stack: Stack) -> None:
    plan_id = await a_plan(stack)
    old = await subscribe(stack, plan_id, "old@example.com")

    assert (await updated(stack, plan_id, price={"amount": "39.99"}))["version"] == 2

    new = await subscribe(stack, plan_id, "new@example.com")
    query = "query($id: ID!) { subscription(id: $id) { price { amount } plan { version price { amount } } } }"
    prices = [(await stack.data(query, {"id": one}))["subscription"] for one in (old, new)]
    assert prices == [
        {"price": {"amount": "29.99"}, "plan": {"version": 1, "price": {"amount": "29.99"}}},
        {"price": {"amount": "39.99"}, "plan": {"version": 2, "price": {"amount": "39.99"}}},
    ]


async def test_a_plan_that_is_not_there_can_not_be_changed(stack: Stack) -> None:
    answer = await stack.data(UPDATE, {"input": {"planId": "plan_01h455vb4pex5vsknk084sn02q", "name": "x"}})

    assert answer["updatePlan"] == {
        "plan": None,
        "userErrors": [{"code": "PLAN_NOT_FOUND", "field": ["planId"]}],
    }
