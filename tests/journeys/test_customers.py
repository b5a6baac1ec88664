"""Customers: found by what somebody knows of them."""

from typing import Any

from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack

CUSTOMER = """
query($id: ID, $externalId: String, $email: String) {
  customer(id: $id, externalId: $externalId, email: $email) { id externalId email }
}"""


async def find(stack: Stack, **named: Any) -> dict[str, Any] | None:
    """Return the customer who is named so."""
    found: dict[str, Any] | None = (await stack.data(CUSTOMER, named))["customer"]
    return found


async def code_of(stack: Stack, query: str, variables: dict[str, Any]) -> str:
    """Return the code of the error that a query is refused with."""
    code: str = (await stack.graphql(query, variables))["errors"][0]["extensions"]["code"]
    return code


async def test_a_customer_is_found_by_each_of_their_names_and_by_one_at_a_time(stack: Stack) -> None:
    await subscribe(stack, await a_plan(stack), "ana@example.com")
    ana = await find(stack, email=" Ana@Example.com")
    assert ana is not None
    await stack.deps.store["customers"].update_one({"_id": ana["id"]}, {"$set": {"external_id": "User-7"}})
    ana["externalId"] = "User-7"

    assert await find(stack, id=ana["id"]) == ana
    assert await find(stack, externalId=" User-7 ") == ana
    assert await find(stack, externalId="user-7") is None
    assert await find(stack, email="bia@example.com") is None
    assert await code_of(stack, CUSTOMER, {}) == "INVALID_VALUE"
    assert await code_of(stack, CUSTOMER, {"id": ana["id"], "email": "ana@example.com"}) == "INVALID_VALUE"
    assert await code_of(stack, CUSTOMER, {"email": "ana"}) == "INVALID_VALUE"
    assert await code_of(stack, CUSTOMER, {"id": "sub_1"}) == "MALFORMED_ID"
