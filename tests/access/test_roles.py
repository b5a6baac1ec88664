"""Roles: what each may, for every root field of the API and every file."""

from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLOutputType, get_named_type

from ciclo.permissions import OPEN_TO_ALL, PERMISSIONS, OperatorRole
from tests.graphql.documents import SCHEMA, document, root_fields
from tests.graphql.test_permissions import codes
from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack, token

ROOTS = {"query": SCHEMA.query_type, "mutation": SCHEMA.mutation_type}
FIELDS = [(operation, name) for operation, root in ROOTS.items() for name in root_fields(root)]
ALLOWED = {
    role: {name for row in PERMISSIONS if role in row.roles for name in row.opens} for role in OperatorRole
}


def asking(operation: str, name: str) -> str:
    return document(operation, name, root_fields(ROOTS[operation])[name])


def of(*roles: OperatorRole) -> str:
    return token(subject="somebody", roles=roles)


@pytest.mark.parametrize("role", OperatorRole)
async def test_a_role_opens_its_fields_and_no_others(stack: Stack, role: OperatorRole) -> None:
    opened = set()
    for operation, name in FIELDS:
        # Otherwise the clock moves for all that follows.
        question = asking(operation, name).replace("2026-01-01T00:00:00Z", "2020-01-01T00:00:00Z")
        found = codes(await stack.graphql(question, bearer=of(role)))
        assert "UNAUTHENTICATED" not in found
        if "FORBIDDEN" not in found:
            opened.add(name)

    assert opened == {name for _, name in FIELDS} & (ALLOWED[role] | OPEN_TO_ALL)


OF_PEOPLE = {
    "Customer",
    "BillingSubscription",
    "Invoice",
    "Payment",
    "CreditNote",
    "Mail",
    "Event",
    "WebhookMessage",
}
"""Types that say who somebody is, or what they pay."""


def reachable(type_: GraphQLOutputType, seen: set[str]) -> set[str]:
    """Return the names of the object types that a field's selections lead to."""
    named = get_named_type(type_)
    if isinstance(named, GraphQLObjectType) and named.name not in seen:
        seen.add(named.name)
        for field in named.fields.values():
            reachable(field.type, seen)
    return seen


@pytest.mark.parametrize("role", OperatorRole)
def test_no_field_leads_round_what_a_role_may_not_read(role: OperatorRole) -> None:
    roots = [SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type]
    seen: set[str] = set()
    for root in filter(None, roots):
        for name, field in root.fields.items():
            if name in ALLOWED[role]:
                reachable(field.type, seen)

    assert bool(seen & OF_PEOPLE) == ("customer" in ALLOWED[role])


async def test_roles_add_up_and_without_one_nothing_is_open(stack: Stack) -> None:
    both = of(OperatorRole.ANALYST, OperatorRole.SUPPORT)
    assert (
        codes(await stack.graphql("{ subscriptionReport { __typename } events { __typename } }", bearer=both))
        == set()
    )

    nobody = token(subject="somebody", roles=["FINANNCE"])
    assert codes(await stack.graphql("{ plans { __typename } }", bearer=nobody)) == {"FORBIDDEN"}


async def test_one_hears_what_one_may(stack: Stack) -> None:
    me = "{ me { kind subject email roles permissions } }"
    analyst = token(subject="u-1", email="kim@example.com", roles=["ANALYST"])
    assert (await stack.data(me, bearer=analyst))["me"] == {
        "kind": "ADMIN",
        "subject": "u-1",
        "email": "kim@example.com",
        "roles": ["ANALYST"],
        "permissions": ["PLANS_READ", "REPORTS_READ"],
    }
    customer = token(role="customer", email="ana@example.com")
    assert (await stack.data(me, bearer=customer))["me"] == {
        "kind": "CUSTOMER",
        "subject": "ana@example.com",
        "email": "ana@example.com",
        "roles": [],
        "permissions": [],
    }


@pytest.mark.parametrize("role", OperatorRole)
async def test_files_are_opened_by_roles_too(stack: Stack, role: OperatorRole) -> None:
    nobodys = "inv_01h455vb4pex5vsknk084sn02q"
    paths = {
        "/exports/{kind}.{form}": "/exports/payments.csv?from=2026-01-01&to=2026-02-01",
        "/invoices/{id}.pdf": f"/invoices/{nobodys}.pdf",
        "/api/entitlements/{customer}/{feature:path}": "/api/entitlements/nobody/alunos",
    }
    for route, path in paths.items():
        answer = await stack.http.get(path, headers={"authorization": f"Bearer {of(role)}"})
        assert (answer.status_code == 403) == (route not in ALLOWED[role])
        if answer.status_code == 403:
            assert answer.json()["code"] == "FORBIDDEN"


async def test_who_may_not_refund_cancels_without_giving_back(stack: Stack) -> None:
    subscription_id = await subscribe(stack, await a_plan(stack), "ana@example.com")
    cancel = """
    mutation($input: CancelSubscriptionInput!) {
      cancelSubscription(input: $input) { userErrors { code field } } }"""

    async def refusals(**given: Any) -> Any:
        answer = await stack.data(
            cancel, {"input": {"subscriptionId": subscription_id, **given}}, bearer=of(OperatorRole.SUPPORT)
        )
        return answer["cancelSubscription"]["userErrors"]

    assert await refusals(cancelImmediately=True, refund="CREDIT") == [
        {"code": "FORBIDDEN", "field": ["refund"]}
    ]
    assert await refusals() == []
