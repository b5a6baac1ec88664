"""A card's month and year: numbers, or the text that a form has."""

from typing import Any

import pytest

from tests.journeys.asking import SUBSCRIBE, a_plan
from tests.stack import Stack


async def answered(stack: Stack, month: object, year: object) -> dict[str, Any]:
    card = {"number": "4242424242424242", "holderName": "ANA SOUZA", "cvv": "735"}
    dates = {"expirationMonth": month, "expirationYear": year}
    given = {"planId": await a_plan(stack), "customerEmail": "ana@example.com"}
    method = {"paymentMethod": {"card": card | dates}}
    return await stack.graphql(SUBSCRIBE, {"input": given | method})


@pytest.mark.parametrize(("month", "year"), [(3, 2049), ("03", "2049"), ("3", 2049)])
async def test_both_are_taken(stack: Stack, month: object, year: object) -> None:
    answer = await answered(stack, month, year)

    assert answer["data"]["createSubscription"]["userErrors"] == []


@pytest.mark.parametrize("month", ["", "x", "3.0", "-3", 3.5, True, None, "0x3", "٣", 1_000_000_000])
async def test_what_is_no_whole_number_is_refused(stack: Stack, month: object) -> None:
    answer = await answered(stack, month, 2049)

    assert answer["errors"]
    assert answer.get("data") is None


async def test_a_literal_is_read_alike(stack: Stack) -> None:
    plan_id = await a_plan(stack)
    mutation = """mutation { createSubscription(input: { planId: "%s", customerEmail: "bia@example.com",
      paymentMethod: { card: { number: "4242424242424242", holderName: "BIA LIMA", cvv: "735",
        expirationMonth: "03", expirationYear: 2049 } } }) { userErrors { code } } }"""

    answer = await stack.data(mutation % plan_id)

    assert answer["createSubscription"]["userErrors"] == []
