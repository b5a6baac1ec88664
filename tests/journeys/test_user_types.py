"""Whom a plan is for is asked where somebody would take it: at checkout, for a change, and in previews."""

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from ciclo.settings.settings import Settings
from tests.journeys.asking import SUBSCRIBE, a_plan, subscribe
from tests.stack import Stack, running_stack, settings_for, token

EMAIL: Final = "ana@example.com"
CHANGE: Final = """mutation($input: ChangePlanInput!) {
  changePlan(input: $input) { userErrors { code field } } }"""
PREVIEW: Final = """query($input: PreviewCreationInput!) {
  previewCreation(input: $input) { totalDueNow { amount } } }"""
REFUSED: Final = [{"code": "PLAN_FOR_OTHERS", "field": ["planId"]}]


@pytest.fixture
def settings(mongo_url: str, redis_url: str, database_name: str, stream_prefix: str) -> Settings:
    return settings_for(mongo_url, redis_url, database=database_name, prefix=stream_prefix)


@pytest.fixture
async def stack(settings: Settings) -> AsyncIterator[Stack]:
    async with running_stack(settings) as running:
        yield running


def customer(user_type: str | None) -> str:
    return token(role="customer", email=EMAIL, user_type=user_type)


async def create(stack: Stack, plan_id: str, *, bearer: str, **more: Any) -> list[dict[str, Any]]:
    """Subscribe, and return what was refused."""
    answer = await stack.data(SUBSCRIBE, {"input": {"planId": plan_id} | more}, bearer=bearer)
    return [
        {"code": error["code"], "field": error["field"]}
        for error in answer["createSubscription"]["userErrors"]
    ]


@pytest.mark.parametrize(
    ("plan_for", "user_type", "refused"),
    [
        ("PERSONAL", "ALUNO", REFUSED),
        ("PERSONAL", "personal", REFUSED),
        ("PERSONAL", "PERSONAL", []),
        ("PERSONAL", None, []),
        (None, "ALUNO", []),
    ],
)
async def test_a_customer_takes_a_plan_for_their_type_alone(
    stack: Stack, plan_for: str | None, user_type: str | None, refused: list[dict[str, Any]]
) -> None:
    plan_id = await a_plan(stack, userType=plan_for)

    assert await create(stack, plan_id, bearer=customer(user_type)) == refused


async def test_an_operator_puts_anybody_on_any_plan(stack: Stack) -> None:
    plan_id = await a_plan(stack, userType="PERSONAL")

    assert await create(stack, plan_id, bearer=stack.operator, customerEmail=EMAIL) == []


async def test_a_change_and_a_preview_are_refused_alike_and_a_quantity_is_not(stack: Stack) -> None:
    for_all, for_others = await a_plan(stack), await a_plan(stack, name="Other", userType="PERSONAL")
    subscription_id = await subscribe(stack, for_all, EMAIL)
    await stack.idle()

    change = {"subscriptionId": subscription_id, "planId": for_others}
    changed = await stack.data(CHANGE, {"input": change}, bearer=customer("ALUNO"))
    preview = await stack.graphql(PREVIEW, {"input": {"planId": for_others}}, bearer=customer("ALUNO"))
    more = change | {"planId": for_all, "quantity": 2}
    grown = await stack.data(CHANGE, {"input": more}, bearer=customer("ALUNO"))

    assert changed["changePlan"]["userErrors"] == REFUSED
    assert [error["extensions"]["code"] for error in preview["errors"]] == ["PLAN_FOR_OTHERS"]
    assert grown["changePlan"]["userErrors"] == []
