"""Notices of other systems on the seller's provider account: acknowledged, counted, not kept."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import stripe
from pydantic import SecretStr

from tests.stack import Stack, running_stack, settings_for
from tests.webhooks.posting import events

SECRET = "whsec_of_the_sellers_account"
RECORDED = Path(__file__).parents[1] / "gateways" / "recorded"


@pytest.fixture(scope="module")
async def stripe_stack(
    mongo_url: str, redis_url: str, database_name: str, stream_prefix: str
) -> AsyncIterator[Stack]:
    settings = settings_for(
        mongo_url,
        redis_url,
        database=f"{database_name}_foreign",
        prefix=f"{stream_prefix}-foreign",
        stripe_api_key=SecretStr("sk_test_x"),
        stripe_webhook_secrets=(SecretStr(SECRET),),
    )
    async with running_stack(settings) as running:
        yield running


def _recorded(name: str) -> str:
    body: str = json.loads((RECORDED / f"stripe.{name}.json").read_text(encoding="utf-8"))["body"]
    return body


async def _post(stack: Stack, body: str) -> httpx.Response:
    signature = stripe.WebhookSignature.generate_signature_header(body, SECRET)
    headers = {"stripe-signature": signature, "content-type": "application/json"}
    return await stack.http.post("/api/webhooks/stripe", content=body, headers=headers)


@pytest.mark.parametrize(
    "name",
    [
        "payment_intent.succeeded.foreign",
        "refund.created.foreign",
        "refund.failed.foreign",
        "charge.dispute.created",
        "charge.dispute.closed.lost",
    ],
)
async def test_a_notice_without_our_ids_is_acknowledged_and_leaves_nothing_to_review(
    stripe_stack: Stack, name: str
) -> None:
    before = await events(stripe_stack)

    answer = await _post(stripe_stack, _recorded(name))

    assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert await events(stripe_stack) == before


async def test_a_notice_with_our_ids_is_kept_though_its_payment_is_not_known(stripe_stack: Stack) -> None:
    before = await events(stripe_stack)

    answer = await _post(stripe_stack, _recorded("payment_intent.succeeded"))

    assert answer.status_code == 200, answer.text
    assert await events(stripe_stack) == before + 1
