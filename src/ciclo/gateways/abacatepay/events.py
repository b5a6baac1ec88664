"""AbacatePay's webhooks: whether one comes from AbacatePay, and what it says.

The signature's key is published and the same for everybody: it shows that a body is whole. Where
it comes from only the secret in the address or the header shows. Neither is dated, so a replay
is known by its id alone. Source: https://docs.abacatepay.com/pages/webhooks.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import SecretStr, ValidationError

from ciclo.domain.events.facts import (
    DisputeClosed,
    PaymentDisputed,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
)
from ciclo.gateways.abacatepay.objects import PROVIDER, ChargeObject, WebhookEvent, to_utc
from ciclo.gateways.protocol import UNPLACED, MalformedWebhook, Notice, NoticePayload, WebhookRejected

SECRET_HEADER: Final = "x-webhook-secret"  # noqa: S105 - a header's name
SECRET_PARAMETER: Final = "webhookSecret"  # noqa: S105 - a parameter's name
SIGNATURE_HEADER: Final = "x-webhook-signature"
PUBLISHED_KEY: Final = (
    "t9dXRhHHo3yDEj5pVDYz0frf7q6bMKyMRmxxCPIPp3RCplBfXRxqlC6ZpiWmOqj4L63qEaeUOtrCI8P0VMUgo6iIga2ri9oga"
    "HFs0WIIywSMg0q7RmBfybe1E5XJcfC4IW3alNqym0tXoAKkzvfEjZxV6bE0oG2zJrNNYmUCKZyV0KZ3JS8Votf9EAWWYdiDkM"
    "kpbMdPggfh1EqHlVkMiTady6jOR3hyzGEHrIz2Ret0xHKMbiqkr9HS1JhNHDX9"
)
"""Published at docs.abacatepay.com/pages/webhooks/security; no secret."""

CURRENCY: Final = "BRL"
_SUBJECTS: Final = ("transparent", "checkout", "billing", "pixQrCode")


def signature_of(body: bytes) -> str:
    """Return the signature that AbacatePay puts on *body*."""
    digest = hmac.digest(PUBLISHED_KEY.encode(), body, hashlib.sha256)
    return base64.b64encode(digest).decode()


def check_origin(
    body: bytes, *, headers: Mapping[str, str], query: Mapping[str, str], secret: SecretStr | None
) -> None:
    """Let only what bears the secret and is whole pass; both are compared in constant time.

    Raises:
        WebhookRejected: the secret or the signature is wrong or missing.
    """
    given = headers.get(SECRET_HEADER) or query.get(SECRET_PARAMETER) or ""
    right = secret.get_secret_value() if secret else ""
    known = _same(given, right)
    whole = _same(headers.get(SIGNATURE_HEADER, ""), signature_of(body))
    if not (known and whole and right):
        raise WebhookRejected("the webhook's secret or signature is not valid")


def read_event(body: bytes, *, now: datetime, live: bool) -> Notice:
    """Read a webhook whose origin was checked; an event that says nothing about money has no fact.

    To a *live* account what happened in development mode says nothing about money either.

    Raises:
        MalformedWebhook: it is no event, or not one of the shape that it should have.
    """
    event = _event(body)
    read = _READERS.get(event.event)
    if read is None or (live and event.dev_mode):
        digest = hashlib.sha256(body).hexdigest()
        return Notice(
            dedupe_key=f"abacatepay:{event.id or digest}",
            occurred_at=now,
            payload=None,
        )
    charge = _charge(event)
    changed_at = charge.updated_at and to_utc(charge.updated_at)
    fallback = f"{event.event}:{charge.id}:{changed_at.isoformat() if changed_at else ''}"
    return Notice(
        dedupe_key=f"abacatepay:{event.id or fallback}",
        occurred_at=changed_at or now,
        payload=read(charge),
        subscription_id=charge.charge_metadata.subscription_id,
        payment_id=charge.charge_metadata.payment_id,
        provider_reference=charge.id,
    )


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())


def _event(body: bytes) -> WebhookEvent:
    try:
        return WebhookEvent.model_validate(json.loads(body))
    except (ValueError, RecursionError):
        problem = MalformedWebhook("the body is no event of AbacatePay's")
    raise problem


def _charge(event: WebhookEvent) -> ChargeObject:
    """Return what the event is about: by its kind's name, or in the first API as the data itself."""
    found: Any = next((event.data[name] for name in _SUBJECTS if event.data.get(name)), event.data)
    try:
        return ChargeObject.model_validate(found)
    except ValidationError:
        problem = MalformedWebhook(f"a {event.event} without its charge")
    raise problem


def _paid(charge: ChargeObject) -> int:
    amount = charge.paid_amount or charge.amount
    if amount is None:
        raise MalformedWebhook("a charge without its amount")
    return amount


def _succeeded(charge: ChargeObject) -> NoticePayload:
    return PaymentSucceeded(
        amount=_paid(charge),
        currency=CURRENCY,
        payment_id=charge.charge_metadata.payment_id,
        provider=PROVIDER,
        provider_reference=charge.id,
    )


def _failed(charge: ChargeObject) -> NoticePayload:
    return PaymentFailed(
        amount=_paid(charge),
        currency=CURRENCY,
        payment_id=charge.charge_metadata.payment_id,
        attempt=charge.charge_metadata.attempt,
        failure_code=charge.status.lower() or "failed",
    )


def _refunded(charge: ChargeObject) -> NoticePayload:
    return PaymentRefunded(
        amount=_paid(charge), currency=CURRENCY, payment_id=charge.charge_metadata.payment_id
    )


def _disputed(charge: ChargeObject) -> NoticePayload:
    payment_id = charge.charge_metadata.payment_id or UNPLACED
    return PaymentDisputed(payment_id=payment_id, amount=_paid(charge), currency=CURRENCY)


def _lost(charge: ChargeObject) -> NoticePayload:
    return DisputeClosed(payment_id=charge.charge_metadata.payment_id or UNPLACED, won=False)


_READERS: Final[dict[str, Callable[[ChargeObject], NoticePayload]]] = {
    "transparent.completed": _succeeded,
    "checkout.completed": _succeeded,
    "billing.paid": _succeeded,
    "transparent.refunded": _refunded,
    "checkout.refunded": _refunded,
    "billing.refunded": _refunded,
    "transparent.disputed": _disputed,
    "checkout.disputed": _disputed,
    "transparent.lost": _lost,
    "checkout.lost": _lost,
    "billing.failed": _failed,
}
