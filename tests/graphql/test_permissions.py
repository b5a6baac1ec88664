from typing import Any

import pytest

from tests.graphql.documents import SCHEMA, document, root_fields
from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack, token

CUSTOMERS_MAY = {
    "plans",
    "plan",
    "products",
    "product",
    "mySubscription",
    "subscription",
    "subscriptions",
    "payments",
    "payment",
    "creditNotes",
    "invoices",
    "invoice",
    "previewPlanChange",
    "previewCreation",
    "previewCancellation",
    "previewPause",
    "previewWithdrawal",
    "forecast",
    "couponPreview",
    "clock",
    "me",
    "entitlements",
    "entitlement",
    "createSubscription",
    "changePlan",
    "updatePaymentMethod",
    "cancelSubscription",
    "uncancelSubscription",
    "withdraw",
    "pauseSubscription",
    "resumeSubscription",
    "payInvoice",
    "paymentOptions",
    "confirmPayment",
    "applyCoupon",
    # For who has a checkout link; to customers without one there is none.
    *("checkoutOffer", "signUpProgress", "signUp"),
    "subscriptionUpdated",
    "entitlementsChanged",
}
"""What a customer may ask for; everything else is for operators. A new field must be added on purpose."""

FIELDS = [
    (operation, name)
    for operation, root in (("query", SCHEMA.query_type), ("mutation", SCHEMA.mutation_type))
    for name in root_fields(root)
]


def codes(answer: dict[str, Any]) -> set[str]:
    return {error["extensions"]["code"] for error in answer.get("errors", ())}


def asking(operation: str, name: str) -> str:
    root = SCHEMA.query_type if operation == "query" else SCHEMA.mutation_type
    return document(operation, name, root_fields(root)[name])


@pytest.mark.parametrize(("operation", "name"), FIELDS)
async def test_nobody_gets_in_without_a_token(stack: Stack, operation: str, name: str) -> None:
    response = await stack.http.post("/graphql", json={"query": asking(operation, name)})

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert codes(response.json()) == {"UNAUTHENTICATED"}
    assert "data" not in response.json()


@pytest.mark.parametrize(
    "query",
    [
        (
            "{ __typename ...F } fragment F on Query { ... on Query { ...G } }"
            " fragment G on Query { plans { __typename } }"
        ),
        "query A { __typename } query B { me { kind } }",
    ],
)
async def test_what_needs_a_token_is_found_wherever_it_stands(stack: Stack, query: str) -> None:
    name = "B" if "query B" in query else None
    response = await stack.http.post("/graphql", json={"query": query, "operationName": name})

    assert (response.status_code, codes(response.json())) == (401, {"UNAUTHENTICATED"})


async def test_what_needs_no_token_is_answered_without_one(stack: Stack) -> None:
    query = "query A { __typename __schema { queryType { name } } } query B { me { kind } }"
    response = await stack.http.post("/graphql", json={"query": query, "operationName": "A"})

    assert response.json() == {"data": {"__typename": "Query", "__schema": {"queryType": {"name": "Query"}}}}


@pytest.mark.parametrize(("operation", "name"), FIELDS)
async def test_customers_get_what_is_for_customers_and_nothing_else(
    stack: Stack, operation: str, name: str
) -> None:
    answer = await stack.graphql(
        asking(operation, name), bearer=token(role="customer", email="nobody@example.com")
    )
    if name in CUSTOMERS_MAY:
        assert "FORBIDDEN" not in codes(answer)
    else:
        assert codes(answer) == {"FORBIDDEN"}


@pytest.fixture(scope="module")
async def anas(stack: Stack) -> dict[str, str]:
    """Ids of everything that Ana has: a paid subscription with an invoice and a payment."""
    plan_id = await a_plan(stack, trialDays=0)
    subscription = await subscribe(stack, plan_id, "ana@example.com", card="tok_visa")
    await stack.idle()
    found = await stack.data(
        "query($id: ID!) { subscription(id: $id) { status"
        " invoices { edges { node { id } } } payments { edges { node { id } } } } }",
        {"id": subscription},
    )
    assert found["subscription"]["status"] == "ACTIVE"
    return {
        "plan": plan_id,
        "subscription": subscription,
        "invoice": found["subscription"]["invoices"]["edges"][0]["node"]["id"],
        "payment": found["subscription"]["payments"]["edges"][0]["node"]["id"],
    }


ANA = {"role": "customer", "email": "ana@example.com"}
BRUNO = {"role": "customer", "email": "bruno@example.com"}


@pytest.mark.parametrize("kind", ["subscription", "invoice", "payment"])
async def test_things_are_seen_by_their_owner_and_operators_only(
    stack: Stack, anas: dict[str, str], kind: str
) -> None:
    query = f"query($id: ID!) {{ {kind}(id: $id) {{ id }} }}"
    seen = {"id": anas[kind]}
    assert (await stack.data(query, seen, bearer=token(**ANA)))[kind] == seen
    assert (await stack.data(query, seen, bearer=token()))[kind] == seen
    # To others it looks exactly like something that is not there.
    missing = {"id": f"{anas[kind].split('_')[0]}_01h455vb4pex5vsknk084sn02q"}
    others = await stack.graphql(query, seen, bearer=token(**BRUNO))
    assert others == await stack.graphql(query, missing, bearer=token(**BRUNO)) == {"data": {kind: None}}


async def test_the_future_is_seen_by_its_owner_and_operators_only(stack: Stack, anas: dict[str, str]) -> None:
    query = """
    query($id: ID!) {
      forecast(subscriptionId: $id, months: 1) { kind total { amount } }
      previewCancellation(input: {subscriptionId: $id}) { status givenBack { amount } }
    }"""
    seen = {"id": anas["subscription"]}
    ahead = {
        "forecast": [{"kind": "PERIOD", "total": {"amount": "29.99"}}],
        "previewCancellation": {"status": "ACTIVE", "givenBack": {"amount": "0.00"}},
    }
    assert await stack.data(query, seen, bearer=token(**ANA)) == ahead
    assert await stack.data(query, seen, bearer=token()) == ahead
    assert codes(await stack.graphql(query, seen, bearer=token(**BRUNO))) == {"SUBSCRIPTION_NOT_FOUND"}


@pytest.mark.parametrize("connection", ["subscriptions", "invoices", "payments"])
async def test_lists_hold_ones_own_things_only(stack: Stack, anas: dict[str, str], connection: str) -> None:
    query = f"{{ {connection} {{ totalCount edges {{ node {{ id }} }} }} }}"
    own = (await stack.data(query, bearer=token(**ANA)))[connection]
    assert own == {"totalCount": 1, "edges": [{"node": {"id": anas[connection.removesuffix("s")]}}]}
    others = (await stack.data(query, bearer=token(**BRUNO)))[connection]
    assert others == {"totalCount": 0, "edges": []}


@pytest.mark.parametrize(
    ("mutation", "given", "code"),
    [
        ("changePlan", {"subscriptionId": "subscription", "planId": "plan"}, "SUBSCRIPTION_NOT_FOUND"),
        ("cancelSubscription", {"subscriptionId": "subscription"}, "SUBSCRIPTION_NOT_FOUND"),
        ("uncancelSubscription", {"subscriptionId": "subscription"}, "SUBSCRIPTION_NOT_FOUND"),
        ("withdraw", {"subscriptionId": "subscription"}, "SUBSCRIPTION_NOT_FOUND"),
        ("pauseSubscription", {"subscriptionId": "subscription"}, "SUBSCRIPTION_NOT_FOUND"),
        ("resumeSubscription", {"subscriptionId": "subscription"}, "SUBSCRIPTION_NOT_FOUND"),
        ("payInvoice", {"invoiceId": "invoice"}, "INVOICE_NOT_FOUND"),
    ],
)
async def test_anothers_things_can_not_be_changed(
    stack: Stack, anas: dict[str, str], mutation: str, given: dict[str, str], code: str
) -> None:
    type_ = f"{mutation[0].upper()}{mutation[1:]}Input!"
    answer = await stack.data(
        f"mutation($input: {type_}) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}",
        {"input": {key: anas[name] for key, name in given.items()}},
        bearer=token(**BRUNO),
    )
    assert answer[mutation]["userErrors"] == [{"code": code}]
    status = await stack.data(
        "query($id: ID!) { subscription(id: $id) { status cancelAtPeriodEnd } }",
        {"id": anas["subscription"]},
    )
    assert status["subscription"] == {"status": "ACTIVE", "cancelAtPeriodEnd": False}


async def test_a_customer_subscribes_for_themselves_only(stack: Stack, anas: dict[str, str]) -> None:
    mutation = (
        "mutation($input: CreateSubscriptionInput!) { createSubscription(input: $input) {"
        " subscription { id customer { email } } userErrors { code field } } }"
    )
    refused = await stack.data(
        mutation,
        {"input": {"planId": anas["plan"], "customerEmail": "ana@example.com"}},
        bearer=token(**BRUNO),
    )
    assert refused["createSubscription"] == {
        "subscription": None,
        "userErrors": [{"code": "FORBIDDEN", "field": ["customerEmail"]}],
    }
    own = await stack.data(mutation, {"input": {"planId": anas["plan"]}}, bearer=token(**BRUNO))
    assert own["createSubscription"]["subscription"]["customer"] == {"email": "bruno@example.com"}
