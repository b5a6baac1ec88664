"""Portal sessions: the seller's backend lets a customer in, once, and says where to lead back."""

from typing import Any

import pytest

from tests.access.test_api_keys import a_key
from tests.access.test_operations import acts
from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack, browser_of, token

CREATE = """
mutation($input: CreatePortalSessionInput!) {
  createPortalSession(input: $input) { url expiresAt userErrors { code field } }
}"""
MINE = "{ me { subject } mySubscription { id } }"
ANA = "ana@example.com"


async def created(stack: Stack, bearer: str | None = None, **given: Any) -> dict[str, Any]:
    answer = await stack.data(CREATE, {"input": given}, bearer=bearer)
    payload: dict[str, Any] = answer["createPortalSession"]
    return payload


async def test_a_backend_lets_its_customer_in_once(stack: Stack) -> None:
    subscription = await subscribe(stack, await a_plan(stack), ANA)
    key = await a_key(stack, scopes=["PORTAL_SESSIONS_WRITE"])

    made = await created(stack, key, email=ANA, returnUrl="https://app.example.com/conta")

    assert made["userErrors"] == []
    address, _, code = made["url"].partition("#codigo=")
    assert address == f"{stack.url}/entrar"
    async with browser_of(stack) as browser:
        begun = await browser.post("/api/session", json={"code": code})
        mine = (await browser.post("/graphql", json={"query": MINE})).json()["data"]
        told = (await browser.get("/api/session")).json()["person"]
        again = await browser.post("/api/session", json={"code": code})
    assert (begun.status_code, again.status_code) == (201, 422)
    assert mine == {"me": {"subject": ANA}, "mySubscription": {"id": subscription}}
    assert told["returnUrl"] == "https://app.example.com/conta"
    customer = await stack.deps.store["customers"].find_one({"email": ANA})
    assert customer is not None
    [act] = await acts(stack, target=customer["_id"])
    assert (act["action"], act["via"]) == ("createPortalSession", "KEY")
    assert code not in str(act)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({}, "INVALID_VALUE", "customer"),
        ({"email": ANA, "externalId": "u-1"}, "INVALID_VALUE", "customer"),
        ({"email": "nobody@example.com"}, "CUSTOMER_NOT_FOUND", "customerId"),
        ({"email": ANA, "expiresInSeconds": 29}, "INVALID_VALUE", "expiresInSeconds"),
        ({"email": ANA, "expiresInSeconds": 3_601}, "INVALID_VALUE", "expiresInSeconds"),
        ({"email": ANA, "returnUrl": "javascript:alert(1)"}, "INVALID_VALUE", "returnUrl"),
        ({"email": ANA, "returnUrl": "http://app.example.com/"}, "INVALID_VALUE", "returnUrl"),
        ({"email": ANA, "returnUrl": "https://a@evil.example.com/"}, "INVALID_VALUE", "returnUrl"),
        ({"email": ANA, "returnUrl": "https:///x"}, "INVALID_VALUE", "returnUrl"),
    ],
)
async def test_what_lets_nobody_in_is_refused(
    stack: Stack, given: dict[str, Any], code: str, field: str
) -> None:
    assert (await created(stack, **given))["userErrors"] == [{"code": code, "field": [field]}]


async def test_only_who_may_be_any_customer_may_ask(stack: Stack) -> None:
    for bearer in (token(role="customer", email=ANA), token(roles=["SUPPORT"]), token(roles=["FINANCE"])):
        answer = await stack.graphql(CREATE, {"input": {"email": ANA}}, bearer=bearer)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
