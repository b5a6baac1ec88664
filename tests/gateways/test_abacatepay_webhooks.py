"""AbacatePay's webhooks: whose are believed, and what is made of the odd ones."""

import base64
import hashlib
import hmac
import json

import pytest
from pydantic import SecretStr

from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.gateways.abacatepay.events import PUBLISHED_KEY
from ciclo.gateways.abacatepay.gateway import AbacatePayGateway
from ciclo.gateways.protocol import (
    MalformedWebhook,
    Notice,
    WebhookRejected,
)
from tests.gateways.facts import (
    ABACATE_KEY,
    ABACATE_SECRET,
    AT,
    settings,
)

COMPLETED = json.dumps(
    {
        "id": "log_1",
        "event": "transparent.completed",
        "devMode": True,
        "data": {"transparent": {"id": "pix_char_1", "externalId": "x", "amount": 29_90}},
    }
).encode()


def _signature(body: bytes) -> str:
    return base64.b64encode(hmac.new(PUBLISHED_KEY.encode(), body, hashlib.sha256).digest()).decode()


def _verified(
    body: bytes,
    *,
    headers: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    secret: str | None = ABACATE_SECRET,
    key: str = ABACATE_KEY,
) -> tuple[Notice, ...]:
    given = {"x-webhook-signature": _signature(body), "x-webhook-secret": ABACATE_SECRET}
    chosen = settings(
        abacatepay_webhook_secret=None if secret is None else SecretStr(secret),
        abacatepay_api_key=SecretStr(key),
    )
    return AbacatePayGateway(chosen).verify(
        headers=given if headers is None else headers, query=query or {}, body=body, now=AT
    )


def test_the_secret_may_stand_in_the_header_or_in_the_address() -> None:
    signed = {"x-webhook-signature": _signature(COMPLETED)}

    in_header = _verified(COMPLETED, headers={**signed, "x-webhook-secret": ABACATE_SECRET})
    in_address = _verified(COMPLETED, headers=signed, query={"webhookSecret": ABACATE_SECRET})

    assert in_header == in_address
    assert isinstance(in_header[0].payload, PaymentSucceeded)


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, {}),
        ({"x-webhook-signature": _signature(COMPLETED)}, {}),
        ({"x-webhook-signature": _signature(COMPLETED)}, {"webhookSecret": "wrong"}),
        ({"x-webhook-signature": _signature(COMPLETED)}, {"webhookSecret": ABACATE_SECRET + " "}),
        ({"x-webhook-signature": _signature(COMPLETED)}, {"webhookSecret": "é\ud800"}),
        (
            {"x-webhook-signature": _signature(COMPLETED), "x-webhook-secret": "wrong"},
            {"webhookSecret": ABACATE_SECRET},
        ),
        ({"x-webhook-secret": ABACATE_SECRET}, {}),
        ({"x-webhook-secret": ABACATE_SECRET, "x-webhook-signature": "é"}, {}),
        ({"x-webhook-secret": ABACATE_SECRET, "x-webhook-signature": _signature(b"{}")}, {}),
    ],
)
def test_a_webhook_needs_both_its_secret_and_its_signature(
    headers: dict[str, str], query: dict[str, str]
) -> None:
    with pytest.raises(WebhookRejected, match="the webhook's secret or signature is not valid"):
        _verified(COMPLETED, headers=headers, query=query)


@pytest.mark.parametrize("secret", [None, ""])
def test_without_a_secret_of_ours_nothing_is_believed(secret: str | None) -> None:
    signed = {"x-webhook-signature": _signature(COMPLETED)}

    for headers in (signed, {**signed, "x-webhook-secret": ""}):
        with pytest.raises(WebhookRejected):
            _verified(COMPLETED, headers=headers, secret=secret)


def test_play_money_pays_nothing_on_a_live_account() -> None:
    (notice,) = _verified(COMPLETED, key="abc_prod_key")

    assert notice == Notice(dedupe_key="abacatepay:log_1", occurred_at=AT, payload=None)


def test_an_event_without_an_id_that_says_nothing_about_money_is_known_by_its_body() -> None:
    first, second = (_verified(f'{{"event": "payout.done", "data": {{"n": {n}}}}}'.encode()) for n in (1, 2))

    assert first[0].payload is None
    assert first[0].dedupe_key != second[0].dedupe_key


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"{}",
        b"\xff\xfe",
        b'{"event": 7}',
        b'{"event": ""}',
        b'{"event": "transparent.completed"}',
        b'{"event": "transparent.completed", "data": {"transparent": 7}}',
        b'{"event": "transparent.completed", "data": {"transparent": {"id": "x"}}}',
        b'{"event": "transparent.completed", "data": {"transparent": {"id": "x", "amount": -1}}}',
        b'{"event": "transparent.completed", "data": {"transparent": {"id": "x", "amount": 1.5}}}',
        b'{"event": "transparent.completed", "data": {"transparent": {"id": "x", "amount": true}}}',
        b'{"a":' * 5_000,
    ],
)
def test_what_is_no_event_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedWebhook) as refusal:
        _verified(body)

    assert len(str(refusal.value)) < 100
