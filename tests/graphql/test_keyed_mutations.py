"""Every mutation that changes something takes an idempotency key, and a repeat under it changes nothing."""

from typing import Any, Final

import pytest
from graphql import GraphQLInputObjectType, GraphQLNonNull

from tests.graphql.documents import SCHEMA
from tests.journeys.asking import a_plan, details, subscribe
from tests.stack import Stack

KEYLESS: Final = {
    "advanceClock": "a tool of the sandbox; its input is exactly one of two ways to say when",
    "confirmPayment": "asks how far the payer's bank is: a repeat takes up the same charge",
    "createInvoiceLink": "a repeat gets the link that there is; only one that asks for a new one changes it",
    "createPortalSession": "each code is good once, and a key would have to keep it to tell it again",
    "removeMember": "a repeat finds no such member",
    "revokeInvoiceLink": "a link that is revoked stays so",
}


def test_every_mutation_takes_a_key_but_those_that_say_why_not() -> None:
    mutations = SCHEMA.mutation_type
    assert mutations is not None
    keyless = set()
    for name, field in mutations.fields.items():
        wanted = field.args["input"].type
        assert isinstance(wanted, GraphQLNonNull), name
        assert isinstance(wanted.of_type, GraphQLInputObjectType), name
        if "idempotencyKey" not in wanted.of_type.fields:
            keyless.add(name)

    assert keyless == set(KEYLESS)


async def ask(stack: Stack, mutation: str, given: dict[str, Any]) -> list[str]:
    """Run a mutation and return the codes of its refusals."""
    type_ = f"{mutation[0].upper()}{mutation[1:]}Input!"
    query = f"mutation($input: {type_}) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}"
    answer = await stack.data(query, {"input": given})
    await stack.idle()
    return [error["code"] for error in answer[mutation]["userErrors"]]


async def subscribed(stack: Stack, email: str) -> str:
    plan = await a_plan(stack, trialDays=0)
    return await subscribe(stack, plan, email, card="tok_visa")


@pytest.mark.parametrize(
    ("before", "mutation", "again"),
    [
        ([], "pauseSubscription", "ALREADY_PAUSED"),
        (["pauseSubscription"], "resumeSubscription", "NOT_PAUSED"),
        ([], "withdraw", "ALREADY_CANCELLED"),
        (["cancelSubscription"], "uncancelSubscription", "NOT_CANCELLING"),
    ],
)
async def test_a_repeat_of_a_command_gets_the_first_answer_and_no_refusal(
    stack: Stack, before: list[str], mutation: str, again: str
) -> None:
    given = {"subscriptionId": await subscribed(stack, f"{mutation}@example.com")}
    for command in before:
        assert await ask(stack, command, given) == []
    keyed = given | {"idempotencyKey": f"k-{mutation}"}

    assert [await ask(stack, mutation, keyed) for _ in range(2)] == [[], []]
    # Asked anew, under no key, it is refused: nothing is left to do.
    assert await ask(stack, mutation, given) == [again]


async def test_a_repeat_of_a_cancellation_ends_nothing_twice(stack: Stack) -> None:
    given = {"subscriptionId": await subscribed(stack, "leaves@example.com"), "cancelImmediately": True}
    keyed = given | {"idempotencyKey": "k-cancel"}

    assert [await ask(stack, "cancelSubscription", keyed) for _ in range(2)] == [[], []]
    assert await ask(stack, "cancelSubscription", keyed | {"cancelImmediately": False}) == [
        "IDEMPOTENCY_KEY_REUSED"
    ]
    assert await ask(stack, "cancelSubscription", given) == ["ALREADY_CANCELLED"]


async def test_a_repeat_voids_an_invoice_once(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    subscription = await subscribe(stack, plan, "void@example.com", card="tok_charge_declined")
    [invoice] = (await details(stack, subscription))["invoices"]
    keyed = {"invoiceId": invoice["id"], "idempotencyKey": "k-void"}

    assert [await ask(stack, "voidInvoice", keyed) for _ in range(2)] == [[], []]


async def test_a_repeat_revises_a_plan_once(stack: Stack) -> None:
    plan = await a_plan(stack)
    dearer = {"planId": plan, "price": {"amount": "39.99"}, "idempotencyKey": "k-dearer"}
    cheaper = {"planId": plan, "price": {"amount": "19.99"}}

    assert await ask(stack, "updatePlan", dearer) == []
    assert await ask(stack, "updatePlan", cheaper) == []
    # What came in between is not undone by a late repeat.
    assert await ask(stack, "updatePlan", dearer) == []
    assert await ask(stack, "archivePlan", {"planId": plan, "idempotencyKey": "k-close"}) == []
    assert await ask(stack, "archivePlan", {"planId": plan, "idempotencyKey": "k-close"}) == []

    found = await stack.data("query($id: ID!) { plan(id: $id) { price { amount } active } }", {"id": plan})
    assert found["plan"] == {"price": {"amount": "19.99"}, "active": False}
