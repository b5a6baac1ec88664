"""Customers: written down, changed, found and listed."""

from typing import Any

from tests.journeys.asking import a_plan, mutate, subscribe
from tests.stack import Stack

CUSTOMER = """
query($id: ID, $externalId: String, $email: String) {
  customer(id: $id, externalId: $externalId, email: $email) {
    id externalId email name phone taxId taxIdKind locale version
    address { line1 city } metadata { key value } taxProfile { country exempt }
  }
}"""
LISTED = """
query($filter: CustomerFilter, $orderBy: CustomerOrder, $first: Int, $after: String) {
  customers(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    totalCount edges { node { email } } pageInfo { endCursor hasNextPage }
  }
}"""
TAX_ID = "query($id: ID!) { customerTaxId(customerId: $id) }"
ANA: dict[str, Any] = {
    "email": "Ana.Souza@example.com",
    "name": "Ana São João",
    "phone": "(11) 91234-5678",
    "taxId": "529.982.247-25",
    "address": {"line1": "Av. Paulista, 1", "city": "São Paulo", "state": "SP", "postalCode": "01310100"},
    "locale": "PORTUGUESE",
    "externalId": "User-7",
    "metadata": [{"key": "seats", "value": "3"}],
    "taxProfile": {"country": "br"},
}


async def find(stack: Stack, **named: Any) -> dict[str, Any]:
    """Return the customer who is named so."""
    found: dict[str, Any] = (await stack.data(CUSTOMER, named))["customer"]
    return found


async def listed(stack: Stack, order: str = "CREATED_AT", **chosen: Any) -> list[str]:
    """Return what stands before the @ of the customers that a filter leaves, oldest or lowest first."""
    order_by = {"field": order, "direction": "ASC"}
    found = (await stack.data(LISTED, {"filter": chosen, "orderBy": order_by}))["customers"]
    assert found["totalCount"] == len(found["edges"])
    return [edge["node"]["email"].partition("@")[0] for edge in found["edges"]]


async def code_of(stack: Stack, query: str, variables: dict[str, Any]) -> str:
    """Return the code of the error that a query is refused with."""
    code: str = (await stack.graphql(query, variables))["errors"][0]["extensions"]["code"]
    return code


async def test_a_customer_is_written_down_and_found_by_one_name_at_a_time(stack: Stack) -> None:
    keyed = ANA | {"idempotencyKey": "once"}
    assert await mutate(stack, "createCustomer", **keyed) == []
    assert await mutate(stack, "createCustomer", **keyed) == []

    ana = await find(stack, email=" ana.souza@Example.com")

    id_ = ana.pop("id")
    assert ana == {
        "externalId": "User-7",
        "email": "ana.souza@example.com",
        "name": "Ana São João",
        "phone": "+5511912345678",
        "taxId": "***.982.247-**",
        "taxIdKind": "CPF",
        "locale": "PORTUGUESE",
        "version": 0,
        "address": {"line1": "Av. Paulista, 1", "city": "São Paulo"},
        "metadata": [{"key": "seats", "value": "3"}],
        "taxProfile": {"country": "BR", "exempt": False},
    }
    assert await find(stack, id=id_) == await find(stack, externalId=" User-7 ") == {"id": id_, **ana}
    assert await find(stack, externalId="user-7") is None
    assert await code_of(stack, CUSTOMER, {}) == "INVALID_VALUE"
    assert await code_of(stack, CUSTOMER, {"id": id_, "externalId": "User-7"}) == "INVALID_VALUE"
    assert await code_of(stack, CUSTOMER, {"email": "ana"}) == "INVALID_VALUE"
    assert await code_of(stack, CUSTOMER, {"id": "sub_1"}) == "MALFORMED_ID"


async def test_whoever_looks_at_a_tax_id_is_named_in_the_log(stack: Stack) -> None:
    await mutate(stack, "createCustomer", **ANA)
    id_ = (await find(stack, externalId="User-7"))["id"]

    assert (await stack.data(TAX_ID, {"id": id_}))["customerTaxId"] == "52998224725"

    log = await stack.data("{ auditLog { edges { node { action target after } } } }")
    [reading] = [edge["node"] for edge in log["auditLog"]["edges"] if edge["node"]["action"] == "revealTaxId"]
    assert reading == {"action": "revealTaxId", "target": id_, "after": None}


async def test_what_is_taken_or_no_good_is_refused_and_changes_nothing(stack: Stack) -> None:
    await mutate(stack, "createCustomer", **ANA)
    bia = {"email": "bia@example.com"}
    assert await mutate(stack, "createCustomer", **ANA | {"externalId": None}) == ["EMAIL_TAKEN"]
    assert await mutate(stack, "createCustomer", **bia, externalId="User-7") == ["EXTERNAL_ID_TAKEN"]
    assert await mutate(stack, "createCustomer", **bia, taxId="1") == ["INVALID_VALUE"]
    assert await mutate(stack, "createCustomer", **bia) == []
    id_ = (await find(stack, **bia))["id"]
    before = await find(stack, id=id_)

    for given, code in (
        ({"email": "ana.souza@example.com"}, "EMAIL_TAKEN"),
        ({"externalId": "User-7"}, "EXTERNAL_ID_TAKEN"),
        ({"email": None}, "INVALID_VALUE"),
        ({"name": "x" * 121}, "INVALID_VALUE"),
        ({"metadata": [{"key": "a", "value": ""}, {"key": "a", "value": ""}]}, "INVALID_VALUE"),
        ({"name": "Bia", "version": 7}, "CUSTOMER_CHANGED"),
    ):
        assert await mutate(stack, "updateCustomer", customerId=id_, **given) == [code]

    assert await find(stack, id=id_) == before


async def test_a_change_is_in_the_next_invoice_and_in_the_log_without_the_tax_id(stack: Stack) -> None:
    subscription = await subscribe(
        stack, await a_plan(stack, trialDays=0), "ana@example.com", card="tok_visa"
    )
    id_ = (await find(stack, email="ana@example.com"))["id"]
    new = {"email": "ana@new.example", "name": "Ana Nova", "taxId": "52998224725", "version": 0}

    assert await mutate(stack, "updateCustomer", customerId=id_, **new) == []
    await stack.advance(by="P1M")

    shown = await stack.data(
        """query($id: ID!) { subscription(id: $id) {
          invoices(first: 1) { edges { node { addressee { email name taxId } } } } } }""",
        {"id": subscription},
    )
    assert shown["subscription"]["invoices"]["edges"][0]["node"]["addressee"] == {
        "email": "ana@new.example",
        "name": "Ana Nova",
        "taxId": "52998224725",
    }
    log = await stack.data("{ auditLog { edges { node { action before after } } } }")
    [change] = [
        edge["node"] for edge in log["auditLog"]["edges"] if edge["node"]["action"] == "updateCustomer"
    ]
    assert change["before"] == {"email": "ana@example.com", "name": None, "tax_id": None, "version": 0}
    assert change["after"]["tax_id"] == "[withheld]"


async def test_customers_are_found_by_what_somebody_remembers_of_them(stack: Stack) -> None:
    plan, other = await a_plan(stack, trialDays=0), await a_plan(stack, name="Other")
    await mutate(stack, "createCustomer", **ANA)
    await mutate(stack, "createCustomer", email="bia@example.com", name="Bia Souza")
    await subscribe(stack, plan, "carla.ana@example.com", card="tok_visa")
    await subscribe(stack, other, "davi@example.com")

    for text, found in (
        ("ANA", ["ana.souza", "carla.ana"]),
        ("joao ana", ["ana.souza"]),
        ("souz", ["ana.souza", "bia"]),
        ("bia@ex", ["bia"]),
        ("ia", []),
        (".*", []),
        ("529.982.247-25", ["ana.souza"]),
        ("52998224725", ["ana.souza"]),
        ("user-7", ["ana.souza"]),
        ("4242", ["carla.ana"]),
        ("carla 4242", ["carla.ana"]),
        ("bia 4242", []),
        ("joao souza", ["ana.souza"]),
        ("INV-000001", ["carla.ana"]),
        ("inv-000001", ["carla.ana"]),
        ((await find(stack, email="bia@example.com"))["id"], ["bia"]),
        (" ", ["ana.souza", "bia", "carla.ana", "davi"]),
    ):
        assert await listed(stack, search=text) == found, text
    assert await listed(stack, email="Ana") == ["ana.souza"]
    assert await listed(stack, taxId="52998224725") == ["ana.souza"]
    assert await listed(stack, externalId="User-7") == ["ana.souza"]
    assert await listed(stack, planId=plan) == ["carla.ana"]
    assert await listed(stack, planId=plan, status=["TRIALING"]) == []
    assert await listed(stack, status=["TRIALING", "ACTIVE"]) == ["carla.ana", "davi"]
    assert await listed(stack, createdFrom="2000-01-01", createdTo="2001-01-01") == []
    assert await listed(stack, "NAME", search="souza") == ["ana.souza", "bia"]
    assert await listed(stack, "EMAIL") == ["ana.souza", "bia", "carla.ana", "davi"]
    assert await code_of(stack, LISTED, {"filter": {"taxId": "1"}}) == "INVALID_VALUE"


async def test_who_owes_is_told_from_who_does_not(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    await subscribe(stack, plan, "bia@example.com", card="tok_charge_declined")
    await stack.advance(by="P2D")

    assert await listed(stack, hasOverdue=True) == ["bia"]
    assert await listed(stack, hasOverdue=False) == ["ana"]


async def test_pages_tile_the_list_in_each_order(stack: Stack) -> None:
    for name in ("Zoé", "ana", "Ána", "Bia", None):
        number = len((await stack.data(LISTED))["customers"]["edges"])
        await mutate(stack, "createCustomer", email=f"c{9 - number}@example.com", name=name)

    for order, expected in (
        ("CREATED_AT", ["c9", "c8", "c7", "c6", "c5"]),
        ("NAME", ["c8", "c7", "c6", "c5", "c9"]),
        ("EMAIL", ["c5", "c6", "c7", "c8", "c9"]),
    ):
        seen: list[str] = []
        after: str | None = None
        for _ in range(3):
            variables = {"orderBy": {"field": order, "direction": "ASC"}, "first": 2, "after": after}
            page = (await stack.data(LISTED, variables))["customers"]
            seen += [edge["node"]["email"].partition("@")[0] for edge in page["edges"]]
            after = page["pageInfo"]["endCursor"]
        assert (seen, page["pageInfo"]["hasNextPage"]) == (expected, False)
    assert await code_of(stack, LISTED, {"after": after}) == "INVALID_CURSOR"
