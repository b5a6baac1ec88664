"""Webhooks as providers send them, byte for byte with their signatures, and what each one says."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ciclo.domain.events.event import PAYLOADS
from ciclo.gateways.abacatepay.gateway import AbacatePayGateway
from ciclo.gateways.protocol import Gateway, Notice, WebhookRejected
from ciclo.gateways.stripe.gateway import StripeGateway
from tests.gateways.facts import settings

RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.json"))
each_recording = pytest.mark.parametrize("path", RECORDED, ids=[path.stem for path in RECORDED])


@pytest.fixture(scope="module")
def gateways() -> dict[str, Gateway]:
    return {"stripe": StripeGateway(settings()), "abacatepay": AbacatePayGateway(settings())}


@each_recording
def test_a_recorded_webhook_says_what_it_should(path: Path, gateways: dict[str, Gateway]) -> None:
    webhook = json.loads(path.read_text())

    assert _verified(webhook, gateways) == (_notice(webhook["notice"]),)


@each_recording
def test_a_recorded_webhook_is_refused_once_a_byte_of_it_changed(
    path: Path, gateways: dict[str, Gateway]
) -> None:
    webhook = json.loads(path.read_text())

    for place in range(0, len(webhook["body"]), 97):
        with pytest.raises(WebhookRejected):
            _verified({**webhook, "body": _changed(webhook["body"], place)}, gateways)


@each_recording
def test_a_recorded_webhook_is_refused_without_its_headers(path: Path, gateways: dict[str, Gateway]) -> None:
    webhook = json.loads(path.read_text())

    with pytest.raises(WebhookRejected):
        _verified({**webhook, "headers": {}, "query": {}}, gateways)


def _verified(webhook: dict[str, Any], gateways: dict[str, Gateway]) -> tuple[Notice, ...]:
    return gateways[webhook["provider"]].verify(
        headers=webhook["headers"],
        query=webhook["query"],
        body=webhook["body"].encode(),
        now=datetime.fromisoformat(webhook["now"]),
    )


def _notice(stated: dict[str, Any]) -> Notice:
    payload = dict(stated["payload"] or {})
    fact: Any = PAYLOADS[payload.pop("type")](**payload) if payload else None
    occurred_at = datetime.fromisoformat(stated["occurred_at"])
    return Notice(**{**stated, "payload": fact, "occurred_at": occurred_at})


def _changed(text: str, place: int) -> str:
    return text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
