"""Lists in every order that they have."""

from decimal import Decimal
from typing import Any

import pytest

from tests.deliveries.asking import ask
from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack

ORDERED = {
    "subscriptions": ("CREATED_AT", "NEXT_BILLING_DATE", "PRICE"),
    "invoices": ("DUE_DATE", "ISSUED_AT", "TOTAL"),
    "payments": ("CREATED_AT", "AMOUNT"),
    "plans": ("CREATED_AT", "PRICE"),
    "events": ("OCCURRED_AT",),
    "creditNotes": ("ISSUED_AT", "AMOUNT"),
}
SORTED_BY = {
    "NEXT_BILLING_DATE": "nextBillingDate",
    "DUE_DATE": "dueDate",
    "TOTAL": "total { amount }",
    "AMOUNT": "amount { amount }",
    "PRICE": "price { amount }",
    "OCCURRED_AT": "outcome",
    "ISSUED_AT": "issuedAt",
    "CREATED_AT": "createdAt",
}


def rank(node: dict[str, Any]) -> tuple[bool, Any, str]:
    """Return what a node is sorted by, and its id; null comes first."""
    [shown] = [value for name, value in node.items() if name != "id"]
    value = Decimal(shown["amount"]) if isinstance(shown, dict) else shown
    if "outcome" in node:  # an event's id has the instant
        return True, "", node["id"]
    return value is not None, value or "", node["id"]


@pytest.mark.parametrize(("name", "field"), [(name, one) for name, all_ in ORDERED.items() for one in all_])
async def test_every_order_is_paged_to_its_end_in_both_directions(
    stack: Stack, various: None, name: str, field: str
) -> None:
    type_ = {"creditNotes": "CreditNoteOrder"}.get(name, f"{name[0].upper()}{name[1:-1]}Order")
    query = (
        f"query($orderBy: {type_}, $after: String) {{ {name}(orderBy: $orderBy, first: 3, after: $after) {{"
        f" pageInfo {{ hasNextPage endCursor }} edges {{ node {{ id {SORTED_BY[field]} }} }} }} }}"
    )
    for direction in ("ASC", "DESC"):
        nodes: list[dict[str, Any]] = []
        after, more = None, True
        while more and len(nodes) < 200:
            order = {"field": field, "direction": direction}
            page = (await stack.data(query, {"orderBy": order, "after": after}))[name]
            nodes += [edge["node"] for edge in page["edges"]]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert len({node["id"] for node in nodes}) == len(nodes) > 1
        assert nodes == sorted(nodes, key=rank, reverse=direction == "DESC")


@pytest.fixture(scope="module")
async def various(stack: Stack) -> None:
    """Plans of several prices, invoices of several totals, and subscriptions with and without a next date."""
    for number in range(4):
        dear = await a_plan(stack, trialDays=0, price={"amount": f"{10 + number}.00"}, name=f"Plan {number}")
        one = await subscribe(stack, dear, f"v{number}@example.com", card="tok_visa")
        await stack.idle()
        found = await stack.data(
            "query($id: ID!) { subscription(id: $id) { invoices(first: 1) { edges { node { id } } } } }",
            {"id": one},
        )
        [edge] = found["subscription"]["invoices"]["edges"]
        noted = {"invoiceId": edge["node"]["id"], "amount": f"{number + 1}.00", "to": "BALANCE"}
        await ask(stack, "createCreditNote", "creditNote { id }", **noted, reason="late")
        if number == 0:
            # What it costs now is what it is sorted by.
            more = {"subscriptionId": one, "planId": dear, "quantity": 7}
            await ask(stack, "changePlan", "subscription { id }", **more)
        else:
            await ask(
                stack, "cancelSubscription", "subscription { id }", subscriptionId=one, cancelImmediately=True
            )
