"""Products: one offer over several prices, whose plans keep their ids; older plans become such prices."""

from typing import Any

from ciclo.store.mongo.migrations import MIGRATIONS
from tests.journeys.asking import a_plan, mutate, subscribe
from tests.stack import Stack, token

PRODUCTS = """
{ products { totalCount edges { node {
  id name userType active limits { name value } features
  prices(active: null) { id name billingCycle price { amount currency } active version }
} } } }"""
CREATE = """
mutation($input: CreateProductInput!) { createProduct(input: $input) {
  product { id prices { id billingCycle } } userErrors { code field }
} }"""
MONTHLY = {"price": {"amount": "79.90"}, "billingCycle": "MONTHLY"}
YEARLY = {"price": {"amount": "767.00"}, "billingCycle": "ANNUAL"}
TRAINER = {
    "name": "Personal",
    "userType": "PERSONAL",
    "limits": [{"name": "alunos", "value": 30}],
    "features": ["Agenda"],
}


async def products(stack: Stack) -> list[dict[str, Any]]:
    found = await stack.data(PRODUCTS, bearer=token(role="customer", email="ana@example.com"))
    return [edge["node"] for edge in found["products"]["edges"]]


async def created(stack: Stack, **changes: Any) -> dict[str, Any]:
    given = TRAINER | {"prices": [MONTHLY, YEARLY]} | changes
    answer: dict[str, Any] = (await stack.data(CREATE, {"input": given}))["createProduct"]
    return answer


async def test_a_product_is_sold_at_its_prices_and_says_the_same_for_all_of_them(stack: Stack) -> None:
    product = (await created(stack))["product"]
    monthly, yearly = product["prices"]
    subscription = await subscribe(stack, monthly["id"], "ana@example.com")
    assert await mutate(stack, "changePlan", subscriptionId=subscription, planId=yearly["id"]) == []

    edit = {"productId": product["id"], "name": "Treinador", "limits": [{"name": "alunos", "value": 40}]}
    assert await mutate(stack, "updateProduct", **edit) == []
    usd = {"price": {"amount": "15.00", "currency": "USD"}, "billingCycle": "MONTHLY"}
    assert await mutate(stack, "addPrice", productId=product["id"], **usd) == []

    [found] = await products(stack)
    assert (found["name"], found["limits"]) == ("Treinador", [{"name": "alunos", "value": 40}])
    assert [(price["name"], price["billingCycle"], price["version"]) for price in found["prices"]] == [
        ("Treinador", "MONTHLY", 2),
        ("Treinador", "ANNUAL", 2),
        ("Treinador", "MONTHLY", 1),
    ]
    # Whoever subscribed before has what they took.
    query = "query($id: ID!) { subscription(id: $id) { plan { name limits { value } } } }"
    held = (await stack.data(query, {"id": subscription}))["subscription"]["plan"]
    assert held["limits"] == [{"value": 30}]


async def test_a_change_of_a_plan_is_one_of_its_product_where_it_says_what_is_sold(stack: Stack) -> None:
    product = (await created(stack))["product"]
    monthly, yearly = (price["id"] for price in product["prices"])
    assert await mutate(stack, "updatePlan", planId=monthly, price={"amount": "89.90"}) == []
    assert await mutate(stack, "updatePlan", planId=yearly, description="Para todos os dias.") == []
    assert await mutate(stack, "updatePlan", planId=yearly, billingCycle="MONTHLY") == ["PRICE_EXISTS"]
    assert await mutate(stack, "archivePlan", planId=monthly) == []

    [found] = await products(stack)
    assert [(price["price"]["amount"], price["version"], price["active"]) for price in found["prices"]] == [
        ("89.90", 2, False),
        ("767.00", 1, True),
    ]
    assert found["active"]
    assert await mutate(stack, "archiveProduct", productId=product["id"]) == []
    assert await mutate(stack, "archiveProduct", productId=product["id"]) == []
    assert [one["active"] for one in await products(stack)] == [False]


async def test_plans_that_differ_by_price_alone_are_prices_of_one_product(stack: Stack) -> None:
    plans = [await a_plan(stack, **TRAINER | price) for price in (MONTHLY, YEARLY)]
    other = await a_plan(stack, **TRAINER | MONTHLY)
    more = await a_plan(stack, **TRAINER | MONTHLY | {"name": "Estúdio"})

    found = {tuple(price["id"] for price in one["prices"]) for one in await products(stack)}
    assert found == {tuple(plans), (other,), (more,)}


async def test_plans_of_an_older_release_become_prices_without_another_id_or_version(stack: Stack) -> None:
    plans = [await a_plan(stack, **TRAINER | price) for price in (MONTHLY, YEARLY)]
    alone = await a_plan(stack)
    await stack.deps.store["products"].delete_many({})
    await stack.deps.store["plans"].update_many({}, {"$unset": {"product_id": ""}})
    before = await stack.deps.store["plans"].find({}).sort("_id", 1).to_list(None)
    assert await mutate(stack, "updatePlan", planId=alone, description="Still works.") == []
    assert await mutate(stack, "updatePlan", planId=alone, description="") == []

    [migration] = [one for one in MIGRATIONS if "prices of a product" in one.what]
    for _ in range(2):  # a step may be done again
        position: str | None = ""
        while position is not None:
            position = await migration.step(stack.deps.store, position)

    assert {tuple(price["id"] for price in one["prices"]) for one in await products(stack)} == {
        tuple(plans),
        (alone,),
    }
    after = await stack.deps.store["plans"].find({}).sort("_id", 1).to_list(None)
    assert [(one["_id"], one["version"], one["created_at"]) for one in after] == [
        (one["_id"], one["version"], one["created_at"]) for one in before
    ]


async def test_a_repeat_under_a_key_makes_no_second_product_and_no_second_price(stack: Stack) -> None:
    once = await created(stack, idempotencyKey="k")
    assert await created(stack, idempotencyKey="k") == once
    usd = {"price": {"amount": "15.00", "currency": "USD"}, "billingCycle": "MONTHLY"}
    added = {"productId": once["product"]["id"], "idempotencyKey": "p", **usd}
    assert [await mutate(stack, "addPrice", **added) for _ in range(2)] == [[], []]
    [found] = await products(stack)
    assert len(found["prices"]) == 3


async def test_bad_input_has_a_code_and_changes_nothing(stack: Stack) -> None:
    assert (await created(stack, prices=[]))["userErrors"] == [{"code": "INVALID_VALUE", "field": ["prices"]}]
    assert (await created(stack, prices=[MONTHLY, MONTHLY]))["userErrors"] == [
        {"code": "PRICE_EXISTS", "field": ["billingCycle"]}
    ]
    assert (await created(stack, limits=[{"name": "alunos", "value": -1}]))["userErrors"] == [
        {"code": "INVALID_VALUE", "field": ["limits"]}
    ]
    nobodys = {"productId": "prod_01h455vb4pex5vsknk084sn02q"}
    assert await mutate(stack, "updateProduct", **nobodys, name="x") == ["PRODUCT_NOT_FOUND"]
    assert await mutate(stack, "archiveProduct", productId="plan_1") == ["MALFORMED_ID"]
    assert await products(stack) == []
