"""Demo people to sign in as: who they are, and what their sessions open."""

from typing import Any

import pytest

from tests.journeys.asking import a_plan, mutate, subscribe
from tests.stack import Stack, browser_of

SESSIONS = "/sandbox/sessions"
MINE = "{ mySubscription { id } }"
REPORT = "{ subscriptionReport { totalActive } }"
NEWCOMER = {"email": "nova@example.com", "role": "customer", "status": None, "plan": None}
OPERATOR = {"email": "admin@example.com", "role": "admin", "status": None, "plan": None}


async def people(stack: Stack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await stack.http.get(SESSIONS)).json()["people"]
    return found


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


async def test_a_customers_session_opens_their_own_things(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    subscription = await subscribe(stack, plan, "ana@example.com", card="tok_visa")

    async with browser_of(stack) as browser:
        begun = await browser.post(SESSIONS, json={"email": " Ana@Example.com "})
        mine = (await browser.post("/graphql", json={"query": MINE})).json()
        refused = (await browser.post("/graphql", json={"query": REPORT})).json()

    assert (begun.status_code, begun.json()) == (201, {"email": "ana@example.com", "role": "customer"})
    assert mine["data"] == {"mySubscription": {"id": subscription}}
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_the_operator_sees_everything_and_a_newcomer_nothing_yet(stack: Stack) -> None:
    async with browser_of(stack) as browser:
        await browser.post(SESSIONS, json={"email": "admin@example.com"})
        report = (await browser.post("/graphql", json={"query": REPORT})).json()
        await browser.post(SESSIONS, json={"email": "nova@example.com"})
        mine = (await browser.post("/graphql", json={"query": MINE})).json()

    assert report["data"] == {"subscriptionReport": {"totalActive": 0}}
    assert mine["data"] == {"mySubscription": None}


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
async def test_an_unknown_person_gets_no_session(stack: Stack, email: str, status: int, code: str) -> None:
    answer = await stack.http.post(SESSIONS, json={"email": email})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "set-cookie" not in answer.headers
