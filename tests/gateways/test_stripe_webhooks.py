"""Stripe's webhooks: whose are believed, and what is made of the odd ones."""

import json
from datetime import UTC, datetime

import pytest
import stripe as sdk
from pydantic import SecretStr

from ciclo.domain.events.facts import DisputeClosed
from ciclo.gateways.protocol import (
    UNPLACED,
    MalformedWebhook,
    Notice,
    WebhookRejected,
    attach_payment,
)
from ciclo.gateways.stripe.gateway import StripeGateway
from tests.gateways.facts import (
    STRIPE_SECRET,
    payment_id,
    settings,
)

SIGNED_AT = 1_795_000_000


def _signed(body: str, *, secret: str = STRIPE_SECRET, at: int = SIGNED_AT) -> dict[str, str]:
    return {"stripe-signature": sdk.WebhookSignature.generate_signature_header(body, secret, timestamp=at)}


def _verified(
    body: str | bytes,
    headers: dict[str, str],
    *,
    secrets: tuple[str, ...] = (STRIPE_SECRET,),
    tolerance_s: int = 300,
) -> tuple[Notice, ...]:
    """Verify as of the instant that `_signed` signs by."""
    chosen = settings(stripe_webhook_secrets=tuple(map(SecretStr, secrets)), webhook_tolerance_s=tolerance_s)
    sent = body.encode() if isinstance(body, str) else body
    now = datetime.fromtimestamp(SIGNED_AT, tz=UTC)
    return StripeGateway(chosen).verify(headers=headers, query={}, body=sent, now=now)


UNKNOWN = json.dumps({"id": "evt_1", "object": "event", "type": "plan.created", "created": 1_795_000_000})


def test_a_type_that_says_nothing_about_money_is_acknowledged() -> None:
    assert _verified(UNKNOWN, _signed(UNKNOWN)) == (
        Notice(
            dedupe_key="stripe:evt_1",
            occurred_at=datetime.fromtimestamp(1_795_000_000, tz=UTC),
            payload=None,
        ),
    )


def test_a_thin_event_of_the_second_version_is_acknowledged() -> None:
    thin = json.dumps(
        {"id": "evt_2", "object": "v2.core.event", "type": "v1.billing.meter.error", "created": "2026-11-22"}
    )

    (notice,) = _verified(thin, _signed(thin))

    assert notice.payload is None


@pytest.mark.parametrize("age_s", [-300, 0, 300])
def test_a_webhook_may_be_five_minutes_old_or_ahead(age_s: int) -> None:
    assert _verified(UNKNOWN, _signed(UNKNOWN, at=SIGNED_AT - age_s))


@pytest.mark.parametrize("age_s", [-3_600, -301, 301, 86_400])
def test_a_webhook_of_another_time_is_refused(age_s: int) -> None:
    with pytest.raises(WebhookRejected):
        _verified(UNKNOWN, _signed(UNKNOWN, at=SIGNED_AT - age_s))


def test_a_wider_tolerance_takes_older_webhooks() -> None:
    assert _verified(UNKNOWN, _signed(UNKNOWN, at=SIGNED_AT - 500), tolerance_s=600)


def test_several_secrets_are_valid_while_one_replaces_another() -> None:
    for secret in ("whsec_old", "whsec_new"):
        assert _verified(UNKNOWN, _signed(UNKNOWN, secret=secret), secrets=("whsec_old", "whsec_new"))


def test_several_signatures_are_enough_if_one_fits() -> None:
    (good,) = _signed(UNKNOWN).values()
    timestamp, signature = good.split(",")

    assert _verified(UNKNOWN, {"stripe-signature": f"{timestamp},v1={'0' * 64},{signature},v0=x"})


GOOD = _signed(UNKNOWN)["stripe-signature"]


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "garbage",
        "t=1,v1=",
        "t=x,v1=y",
        GOOD.replace("v1=", "v0="),
        GOOD.partition(",")[2],
        GOOD.partition(",")[0],
        GOOD.replace("v1=", "v1=é"),
        "t=" + "9" * 5000 + ",v1=" + "0" * 64,
        GOOD + "0",
    ],
)
def test_a_wrong_signature_is_refused(header: str | None) -> None:
    with pytest.raises(WebhookRejected, match="the webhook's signature is not valid"):
        _verified(UNKNOWN, {} if header is None else {"stripe-signature": header})


@pytest.mark.parametrize("body", [UNKNOWN + " ", json.dumps(json.loads(UNKNOWN), indent=2), b"\xff\xfe", b""])
def test_a_body_that_was_not_signed_is_refused(body: str | bytes) -> None:
    with pytest.raises(WebhookRejected):
        _verified(body, _signed(UNKNOWN))


@pytest.mark.parametrize("secrets", [(), ("",), ("whsec_wrong",)])
def test_without_the_right_secret_nothing_is_believed(secrets: tuple[str, ...]) -> None:
    with pytest.raises(WebhookRejected):
        _verified(UNKNOWN, _signed(UNKNOWN), secrets=secrets)
    with pytest.raises(WebhookRejected):
        _verified(UNKNOWN, _signed(UNKNOWN, secret=""), secrets=secrets)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        '"evt"',
        "{",
        "{}",
        '{"id": "evt_1"}',
        '{"id": 1, "type": "plan.created"}',
        '{"id": "evt_1", "type": "payment_intent.succeeded"}',
        '{"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": null}}',
        '{"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": {"id": "pi_1"}}}',
        '{"id": "evt_1", "type": "refund.created", "data": {"object": {"id": "re_1", "amount": -1}}}',
        '{"id": "evt_1", "type": "charge.dispute.closed", "data": {"object": {"amount": 1e400}}}',
        '{"a":' * 5_000,
        '{"id": ' + "9" * 5_000 + "}",
    ],
)
def test_what_is_signed_but_no_event_is_malformed(body: str) -> None:
    with pytest.raises(MalformedWebhook) as refusal:
        _verified(body, _signed(body))

    assert len(str(refusal.value)) < 100


def test_a_fact_without_its_payment_is_placed_by_the_reference() -> None:
    fact = DisputeClosed(payment_id=UNPLACED, won=True)

    assert attach_payment(fact, payment_id=payment_id("one")) == DisputeClosed(
        payment_id=payment_id("one"), won=True
    )
