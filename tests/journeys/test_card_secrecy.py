"""Card numbers and codes go to the provider and nowhere else: all that is kept or said is searched."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.journeys.asking import SUBSCRIBE, a_plan, mutate, subscribe
from tests.stack import Stack

CARDS = {
    "pays": "4242 4242 4242 4242",
    "fails_later": "4000000000000341",
    "refused": "4000000000000002",
    "lost": "4000000000009987",
    "mistyped": "4242424242424241",
    "amex": "378282246310005",
}
CVV = "735"
NUMBERS = [re.compile(r"[ -]?".join(number.replace(" ", ""))) for number in CARDS.values()]


def card(number: str, **changes: Any) -> dict[str, Any]:
    return {
        "number": number,
        "holderName": "ANA SOUZA",
        "expirationMonth": 12,
        "expirationYear": 2049,
        "cvv": "7350" if number == CARDS["amex"] else CVV,
    } | changes


async def everything_stored(stack: Stack) -> AsyncIterator[str]:
    database = stack.deps.store.database
    for name in await database.list_collection_names():
        async for document in database[name].find({}):
            yield f"{name}: {document!r}"
    redis = stack.deps.streams.redis
    async for key in redis.scan_iter(f"{stack.deps.streams.prefix}:*"):
        kind = await redis.type(key)
        if kind == b"stream":
            yield f"{key!r}: {await redis.xrange(key)!r}"
        elif kind == b"hash":
            yield f"{key!r}: {await redis.hgetall(key)!r}"


def assert_clean(text: str) -> None:
    for number in NUMBERS:
        assert not number.search(text), text[:500]
    # Three digits are everywhere; the code is looked for as a value of its own.
    assert not re.search(rf"['\": ]{CVV}0?['\",}} ]", text), text[:500]


@pytest.fixture
def answers() -> Iterator[list[str]]:
    """Everything that the API answers in a test."""
    collected: list[str] = []
    yield collected
    for answer in collected:
        assert_clean(answer)


async def asked(stack: Stack, answers: list[str], query: str, given: dict[str, Any]) -> dict[str, Any]:
    answer = await stack.graphql(query, {"input": given})
    answers.append(repr(answer))
    return answer


async def test_no_flow_leaves_a_card_number_anywhere(
    stack: Stack, answers: list[str], capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    plan_id = await a_plan(stack, trialDays=0)
    for number, (name, pan) in enumerate(CARDS.items()):
        given = {
            "planId": plan_id,
            "customerEmail": f"{name}@example.com",
            "paymentMethod": {"card": card(pan)},
            "idempotencyKey": f"key-{number}",
        }
        first = await asked(stack, answers, SUBSCRIBE, given)
        again = await asked(stack, answers, SUBSCRIBE, given)
        created, repeated = (one["data"]["createSubscription"] for one in (first, again))
        assert created["userErrors"] or created["subscription"]["id"] == repeated["subscription"]["id"]
    # Malformed in ways that validators like to quote.
    for wrong in (
        {"number": 4242424242424242},
        {"cvv": int(CVV)},
        {"expirationYear": "20x9"},
        {"expirationMonth": 13},
        {"expirationYear": 2001},
        {"holderName": CARDS["pays"]},
        {"extra": CARDS["pays"]},
    ):
        given = {
            "planId": plan_id,
            "customerEmail": "wrong@example.com",
            "paymentMethod": {"card": card(CARDS["pays"]) | wrong},
        }
        refused = await asked(stack, answers, SUBSCRIBE, given)
        assert "errors" in refused or refused["data"]["createSubscription"]["userErrors"], wrong
    # A card in the document itself, one in a webhook's extra fields, and one where free text is taken.
    inline = f"""mutation {{ createSubscription(input: {{
      planId: "{plan_id}", customerEmail: "inline@example.com",
      paymentMethod: {{ card: {{
        number: "{CARDS["pays"]}", holderName: "A", expirationMonth: 12, expirationYear: 2049, cvv: "{CVV}"
      }} }} }}) {{ userErrors {{ code }} nothing }} }}"""
    answers.append(repr(await stack.graphql(inline)))
    sub = await subscribe(stack, plan_id, "extra@example.com", card="tok_visa")
    await stack.notify(
        {
            "subscription_id": sub,
            "event": "payment_success",
            "amount": 1.23,
            "date": "2026-11-01",
            "card_number": CARDS["pays"],
            "cvv": CVV,
        },
        webhook_id="msg_card",
    )
    for mutation, given in (
        ("cancelSubscription", {"subscriptionId": sub, "reason": f"my card is {CARDS['pays']}"}),
        ("pauseSubscription", {"subscriptionId": sub, "reason": CARDS["amex"]}),
        (
            "updatePaymentMethod",
            {"subscriptionId": sub, "paymentMethod": {"pix": {}}, "idempotencyKey": CARDS["lost"]},
        ),
        ("createPlan", {"name": CARDS["pays"], "price": {"amount": "1"}, "billingCycle": "MONTHLY"}),
    ):
        assert await mutate(stack, mutation, **given) == ["INVALID_VALUE"]
    token = await stack.http.post("/sandbox/tokens", json=card(CARDS["pays"]))
    assert token.status_code == 200
    answers.append(token.text)
    bad = await stack.http.post("/sandbox/tokens", json=card(CARDS["mistyped"]))
    assert bad.status_code == 422
    answers.append(bad.text)
    given = {"subscriptionId": sub, "paymentMethod": {"card": card(CARDS["fails_later"])}}
    assert await mutate(stack, "updatePaymentMethod", **given) == []
    await stack.advance(by="P2M")
    await stack.idle()
    await asyncio.sleep(0)

    async for stored in everything_stored(stack):
        assert_clean(stored)
    said = capsys.readouterr()
    assert "request" in said.out + said.err
    assert_clean(said.out)
    assert_clean(said.err)
    assert_clean(caplog.text)
