"""Stripe's webhooks: whether one comes from Stripe, and what it says.

Source: https://docs.stripe.com/webhooks and https://docs.stripe.com/api/events/types.
"""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

import stripe
from pydantic import SecretStr, ValidationError

from ciclo.domain.events.facts import DisputeClosed, PaymentDisputed, PaymentRefunded, RefundFailed
from ciclo.domain.ids import RefundId, derived_id
from ciclo.gateways.protocol import UNPLACED, MalformedWebhook, Notice, NoticePayload, WebhookRejected
from ciclo.gateways.stripe.objects import Intent, StripeDispute, StripeEvent, StripeRefund, to_instant

SIGNATURE_HEADER: Final = "stripe-signature"

Reading = tuple[NoticePayload | None, Intent | StripeRefund | StripeDispute]


def check_signature(
    body: bytes, header: str | None, *, secrets: Iterable[SecretStr], now: datetime, tolerance_s: int
) -> None:
    """Let only what Stripe signed just now pass. The SDK checks the signature; both ends of age are ours.

    Raises:
        WebhookRejected: no secret fits, or it is older or newer than *tolerance_s*.
    """
    signed = [_is_signed(body, header, secret=secret.get_secret_value()) for secret in secrets]
    if not any(signed) or abs(int(now.timestamp()) - _signed_at(header or "")) > tolerance_s:
        raise WebhookRejected("the webhook's signature is not valid")


def read_event(body: bytes, *, now: datetime) -> Notice:
    """Read a webhook whose signature was checked; a type that says nothing about money has no fact.

    Raises:
        MalformedWebhook: it is no event, or not one of the shape that its type has.
    """
    event = _event(body)
    at = to_instant(event.created) if isinstance(event.created, int) else now
    read = _READERS.get(event.type)
    if read is None:
        return Notice(dedupe_key=f"stripe:{event.id}", occurred_at=at, payload=None)
    try:
        payload, subject = read(event.data.get("object"))
    except ValidationError:
        problem = MalformedWebhook(f"a {event.type} of another shape")
    else:
        return Notice(
            dedupe_key=f"stripe:{event.id}",
            occurred_at=at,
            payload=payload,
            subscription_id=subject.charge_metadata.subscription_id,
            payment_id=subject.charge_metadata.payment_id,
            provider_reference=subject.reference,
        )
    raise problem


_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""A refund that was made elsewhere has one id in all its reports, whatever else they say of it."""


def refund_fact(refund: StripeRefund) -> PaymentRefunded | RefundFailed | None:
    """Return what a refund's status says; None while it is under way.

    A refund that Ciclo did not ask for gets an id of its own from Stripe's, so that two reports
    of it are one.
    """
    own = refund.charge_metadata
    refund_id = own.refund_id or RefundId(derived_id("ref", at=_NO_TIME, facts=refund.id))
    if refund.status == "succeeded":
        return PaymentRefunded(
            amount=refund.amount, currency=refund.currency, payment_id=own.payment_id, refund_id=refund_id
        )
    if refund.status in {"failed", "canceled"}:
        return RefundFailed(
            payment_id=own.payment_id or UNPLACED,
            refund_id=refund_id,
            failure_code=refund.failure_reason or refund.status,
            amount=refund.amount,
        )
    return None


def _is_signed(body: bytes, header: str | None, *, secret: str) -> bool:
    # Without a tolerance the SDK looks at the signature alone. A body that is no UTF-8 and a
    # signature that is no ASCII end in errors that are not Stripe's.
    try:
        stripe.WebhookSignature.verify_header(body, header, secret)
    except (stripe.SignatureVerificationError, ValueError, TypeError):
        return False
    return True


def _signed_at(header: str) -> int:
    """Return the time of a header that the SDK read before, in seconds."""
    stated = next(part for part in header.split(",") if part.startswith("t="))
    return int(stated.removeprefix("t="))


def _event(body: bytes) -> StripeEvent:
    try:
        return StripeEvent.model_validate(json.loads(body))
    except (ValueError, RecursionError):
        problem = MalformedWebhook("the body is no event of Stripe's")
    raise problem


def _succeeded(found: object) -> Reading:
    intent = Intent.model_validate(found)
    return intent.success(), intent


def _failed(found: object) -> Reading:
    intent = Intent.model_validate(found)
    return intent.failure(), intent


def _pending(found: object) -> Reading:
    # The charge's own answer brought the code to pay by: a late report must not undo a newer one.
    return None, Intent.model_validate(found)


def _refund(found: object) -> Reading:
    refund = StripeRefund.model_validate(found)
    return refund_fact(refund), refund


def _disputed(found: object) -> Reading:
    dispute = StripeDispute.model_validate(found)
    opened = PaymentDisputed(
        payment_id=UNPLACED,
        amount=dispute.amount,
        currency=dispute.currency,
        dispute_id=dispute.id,
        fee=dispute.fee,
    )
    return opened, dispute


def _dispute_closed(found: object) -> Reading:
    dispute = StripeDispute.model_validate(found)
    closed = DisputeClosed(
        payment_id=UNPLACED,
        won=dispute.status != "lost",
        dispute_id=dispute.id,
        amount=dispute.amount,
        fee=dispute.fee,
    )
    return closed, dispute


_READERS: Final[dict[str, Callable[[object], Reading]]] = {
    "payment_intent.succeeded": _succeeded,
    "payment_intent.payment_failed": _failed,
    "payment_intent.canceled": _failed,
    "payment_intent.processing": _pending,
    "payment_intent.requires_action": _pending,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    # Older versions of the API call a refund's news so; its object is the refund, not the charge.
    "charge.refund.updated": _refund,
    "charge.dispute.created": _disputed,
    "charge.dispute.closed": _dispute_closed,
}
