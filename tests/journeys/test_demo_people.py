"""Demo people to sign in as: who they are, and what their tokens open."""

from typing import Any

import jwt
import pytest

from tests.journeys.asking import a_plan, mutate, subscribe
from tests.stack import JWT_SECRET, Stack

SESSIONS = "/sandbox/sessions"
MINE = "{ mySubscription { id } }"
REPORT = "{ subscriptionReport { totalActive } }"
NEWCOMER = {"email": "nova@example.com", "role": "customer", "status": None, "plan": None}
OPERATOR = {"email": "admin@example.com", "role": "admin", "status": None, "plan": None}


async def people(stack: Stack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await stack.http.get(SESSIONS)).json()["people"]
    return found


async def bearer_of(stack: Stack, email: str) -> str:
    answer = await stack.http.post(SESSIONS, json={"email": email})
    assert answer.status_code == 201, answer.text
    bearer: str = answer.json()["token"]
    return bearer


async def test_one_person_is_offered_for_each_state_then_a_newcomer_and_the_operator(stack: Stack) -> None:
    plan = await a_plan(stack, name="Personal", trialDays=0)
    late = await subscribe(stack, plan, "caio@example.com", card="tok_visa")
    await mutate(stack, "pauseSubscription", subscriptionId=late)
    await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    await subscribe(stack, plan, "bia@example.com", card="tok_visa")

    assert await people(stack) == [
        {"email": "ana@example.com", "role": "customer", "status": "ACTIVE", "plan": "Personal"},
        {"email": "caio@example.com", "role": "customer", "status": "PAUSED", "plan": "Personal"},
        NEWCOMER,
        OPERATOR,
    ]


async def test_the_newcomer_stays_on_the_list_with_what_they_took(stack: Stack) -> None:
    plan = await a_plan(stack, name="Personal", trialDays=0)
    await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    await subscribe(stack, plan, "nova@example.com", card="tok_visa")

    assert (await people(stack))[1] == {**NEWCOMER, "status": "ACTIVE", "plan": "Personal"}


async def test_a_customers_token_opens_their_own_things_for_an_hour(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    subscription = await subscribe(stack, plan, "ana@example.com", card="tok_visa")

    bearer = await bearer_of(stack, " Ana@Example.com ")

    assert await stack.data(MINE, bearer=bearer) == {"mySubscription": {"id": subscription}}
    refused = await stack.graphql(REPORT, bearer=bearer)
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    claims = jwt.decode(bearer, JWT_SECRET, algorithms=["HS256"], audience="ciclo", issuer="ciclo")
    assert claims["exp"] - claims["iat"] == 3_600


async def test_the_operators_token_opens_everything(stack: Stack) -> None:
    bearer = await bearer_of(stack, "admin@example.com")

    assert await stack.data(REPORT, bearer=bearer) == {"subscriptionReport": {"totalActive": 0}}


async def test_the_newcomers_token_works_before_they_are_a_customer(stack: Stack) -> None:
    bearer = await bearer_of(stack, "nova@example.com")

    assert await stack.data(MINE, bearer=bearer) == {"mySubscription": None}


@pytest.mark.parametrize(
    ("email", "status", "code"),
    [
        ("somebody@example.com", 404, "NOT_FOUND"),
        ("admin@example.org", 404, "NOT_FOUND"),
        ("", 422, "INVALID_VALUE"),
        ("*", 422, "INVALID_VALUE"),
        ("a\nb@example.com", 422, "INVALID_VALUE"),
    ],
)
async def test_an_unknown_person_gets_no_token(stack: Stack, email: str, status: int, code: str) -> None:
    answer = await stack.http.post(SESSIONS, json={"email": email})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "token" not in answer.json()
