"""Finding anything: by whatever somebody has of it, and only for those who may read it."""

from typing import Any

from tests.journeys.asking import a_plan, mutate, subscribe
from tests.stack import Stack, token

SEARCH = """
query($text: String!) {
  search(text: $text) {
    customers { email } subscriptions { id } invoices { id number } payments { id }
  }
}"""
INVOICES = "{ invoices { edges { node { id number subscription { id } payments { id } } } } }"


async def found(stack: Stack, text: str) -> dict[str, Any]:
    """Return what a search finds, without the kinds of which there is nothing."""
    findings: dict[str, list[dict[str, str]]] = (await stack.data(SEARCH, {"text": text}))["search"]
    return {
        kind: [each.get("email") or each.get("number") or each["id"] for each in some]
        for kind, some in findings.items()
        if some
    }


async def test_everything_is_found_by_what_somebody_has_of_it(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    customer = {"email": "ana.costa@example.com", "name": "Ana São João", "taxId": "529.982.247-25"}
    assert await mutate(stack, "createCustomer", **customer) == []
    ana = await subscribe(stack, plan, "ana.costa@example.com", card="tok_visa")
    await stack.idle()
    bia = await subscribe(stack, plan, "bia@example.com", card="tok_mastercard")
    await stack.idle()
    invoices = [edge["node"] for edge in (await stack.data(INVOICES))["invoices"]["edges"]]
    [of_ana] = [one for one in invoices if one["subscription"]["id"] == ana]
    [of_bia] = [one for one in invoices if one["subscription"]["id"] == bia]

    whole = {"customers": ["ana.costa@example.com"], "subscriptions": [ana]}
    for text in ("sao ANA", "costa", "  ana.costa@example.com ", "52998224725", "529.982.247-25", "4242"):
        assert await found(stack, text) == whole, text
    assert await found(stack, bia) == {"subscriptions": [bia]}
    assert await found(stack, of_ana["id"]) == {"invoices": ["INV-000001"]}
    assert await found(stack, of_ana["payments"][0]["id"]) == {"payments": [of_ana["payments"][0]["id"]]}
    assert await found(stack, "inv-000001") == whole | {"invoices": ["INV-000001"]}
    assert await found(stack, "inv-0000") == {"invoices": [of_bia["number"], of_ana["number"]]}
    for text in ("02", "000002", "inv-2"):
        assert (await found(stack, text))["invoices"] == ["INV-000002"], text
    assert await found(stack, "sub_none") == {}
    assert await found(stack, "...") == {}


async def test_a_search_is_for_those_who_read_billing_and_of_a_bounded_text(stack: Stack) -> None:
    refused = [
        await stack.graphql(SEARCH, {"text": text}, bearer=bearer)
        for text, bearer in (
            ("ana", token(role="customer", email="ana@example.com")),
            ("ana", token(email="analyst@example.com", roles=["ANALYST"])),
            ("a", None),
            ("a" * 101, None),
        )
    ]

    codes = [answer["errors"][0]["extensions"]["code"] for answer in refused]
    assert codes == ["FORBIDDEN", "FORBIDDEN", "INVALID_VALUE", "TEXT_TOO_LONG"]
