import asyncio
import hashlib
from dataclasses import replace
from typing import Any, Final

import pytest

from ciclo.actions.plans import PlanDraft, create_plan
from ciclo.domain.money import Money
from ciclo.domain.period import BillingCycle
from ciclo.store.idempotency import KEPT_FOR, IdempotentRequest
from ciclo.viewer import Actor
from tests.journeys.asking import CREATE_PLAN, SUBSCRIBE, a_plan, mutate, subscribe
from tests.stack import Stack, token

OPERATOR: Final = Actor(name="operator")
DRAFT: Final = PlanDraft(
    name="Basic Plan",
    description="",
    price=Money(2_999, "BRL"),
    billing_cycle=BillingCycle.MONTHLY,
    user_type=None,
    trial_days=0,
    limits={},
    features=(),
)


async def created(stack: Stack, given: dict[str, Any], bearer: str | None = None) -> dict[str, Any]:
    answer = await stack.data(SUBSCRIBE, {"input": given}, bearer=bearer)
    payload: dict[str, Any] = answer["createSubscription"]
    return payload


async def test_a_repeat_under_the_same_key_gets_the_first_answer(stack: Stack) -> None:
    plan_id = await a_plan(stack)
    given = {"planId": plan_id, "customerEmail": "key@example.com", "idempotencyKey": "k-1"}
    first, second = await created(stack, given), await created(stack, given)
    assert first["userErrors"] == second["userErrors"] == []
    assert first["subscription"]["id"] == second["subscription"]["id"]
    assert await stack.deps.store["subscriptions"].count_documents({}) == 1


async def test_ten_at_once_are_one(stack: Stack) -> None:
    plan_id = await a_plan(stack)
    given = {"planId": plan_id, "customerEmail": "rush@example.com", "idempotencyKey": "k-rush"}
    answers = await asyncio.gather(*(created(stack, given) for _ in range(10)))
    assert {answer["subscription"]["id"] for answer in answers if answer["subscription"]} == {
        answers[0]["subscription"]["id"]
    }
    assert all(answer["userErrors"] == [] for answer in answers)


async def test_the_same_key_with_another_request_is_refused(stack: Stack) -> None:
    plan_id = await a_plan(stack)
    given = {"planId": plan_id, "customerEmail": "first@example.com", "idempotencyKey": "k-2"}
    await created(stack, given)
    other = await created(stack, given | {"customerEmail": "second@example.com"})
    assert [error["code"] for error in other["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]
    assert other["userErrors"][0]["field"] == ["idempotencyKey"]


async def test_keys_of_different_callers_and_operations_never_meet(stack: Stack) -> None:
    plan_id = await a_plan(stack, idempotencyKey="k-3")
    given = {"planId": plan_id, "idempotencyKey": "k-3"}
    ana = await created(stack, given, token(role="customer", email="ana@example.com"))
    bruno = await created(stack, given, token(role="customer", email="bruno@example.com"))
    assert ana["subscription"]["id"] != bruno["subscription"]["id"]


@pytest.mark.parametrize(
    "key",
    [
        # One of some hundred random keys in hex has digits that could be a card's.
        "ab4242424242424242cdef0123456789",
        "abcdefab-4242-4242-4242-4242c0ffee00",
        "order 4242424242424242, again",
    ],
)
async def test_a_key_may_hold_digits_like_those_of_a_card(stack: Stack, key: str) -> None:
    plan_id = await a_plan(stack)
    given = {"planId": plan_id, "customerEmail": "digits@example.com", "idempotencyKey": key}
    assert (await created(stack, given))["userErrors"] == []


async def test_a_refusal_does_not_use_the_key_up(stack: Stack) -> None:
    plan = {"name": "", "price": {"amount": "1.00"}, "billingCycle": "MONTHLY", "idempotencyKey": "k-4"}
    refused = await stack.data(CREATE_PLAN, {"input": plan})
    assert refused["createPlan"]["userErrors"][0]["code"] == "INVALID_VALUE"
    mended = await stack.data(CREATE_PLAN, {"input": plan | {"name": "Mended"}})
    assert mended["createPlan"]["userErrors"] == []


async def test_no_card_number_is_in_the_record_of_a_key(stack: Stack) -> None:
    plan_id = await a_plan(stack)
    card = {
        "number": "4242 4242 4242 4242",
        "holderName": "Ana Souza",
        "expirationMonth": 12,
        "expirationYear": 2040,
        "cvv": "987",
    }
    given = {
        "planId": plan_id,
        "customerEmail": "card@example.com",
        "paymentMethod": {"card": card},
        "idempotencyKey": "k-card",
    }
    first, second = await created(stack, given), await created(stack, given)
    assert first["subscription"]["id"] == second["subscription"]["id"]


async def test_a_key_is_free_again_after_a_day(stack: Stack) -> None:
    today, request = (
        stack.deps,
        IdempotentRequest(subject="ana", operation="createPlan", key="k", fingerprint="f"),
    )
    tomorrow = replace(today, wall=lambda: today.wall() + KEPT_FOR)
    first = await create_plan(today, DRAFT, by=OPERATOR, request=request)

    assert await create_plan(today, DRAFT, by=OPERATOR, request=request) == first
    second = await create_plan(tomorrow, DRAFT, by=OPERATOR, request=request)
    assert second.id != first.id
    assert await create_plan(tomorrow, DRAFT, by=OPERATOR, request=request) == second


async def test_a_repeated_change_is_answered_though_its_plan_is_not_sold_any_more(stack: Stack) -> None:
    basic = await a_plan(stack, trialDays=0)
    cheap = await a_plan(stack, name="Cheap Plan", price={"amount": "9.99"}, trialDays=0)
    subscription_id = await subscribe(stack, basic, "change@example.com", card="tok_visa")
    given = {"subscriptionId": subscription_id, "planId": cheap, "idempotencyKey": "k-change"}
    assert await mutate(stack, "changePlan", **given) == []
    assert await mutate(stack, "archivePlan", planId=cheap) == []

    assert await mutate(stack, "changePlan", **given) == []
    assert await mutate(stack, "changePlan", **given | {"idempotencyKey": "k-later"}) == ["PLAN_ARCHIVED"]


def asked(subject: str, key: str) -> IdempotentRequest:
    return IdempotentRequest(subject=subject, operation="createPlan", key=key, fingerprint="")


def test_keys_never_meet_whatever_separators_they_hold() -> None:
    requests = [
        asked("ana", "k|createPlan|z"),
        asked("ana|createPlan|k", "z"),
        asked("ana|", "k"),
        asked("ana", "|k"),
        asked('["ana"', "k"),
        asked("ana", "k"),
    ]

    assert len({request.id for request in requests}) == len(requests)


def test_answers_of_before_are_found() -> None:
    before = hashlib.sha256(b"auth0-1|createPlan|k-1").hexdigest()

    assert asked("auth0-1", "k-1").id == before


async def test_two_equal_first_requests_of_a_customer_are_one(stack: Stack) -> None:
    plan_id = await a_plan(stack)
    given = {"planId": plan_id, "paymentMethod": {"pix": {}}, "idempotencyKey": "k-new"}
    newcomer = token(role="customer", email="newcomer@example.com")

    answers = await asyncio.gather(*(created(stack, given, newcomer) for _ in range(5)))

    assert [answer["userErrors"] for answer in answers] == [[]] * 5
    assert len({answer["subscription"]["id"] for answer in answers}) == 1
