"""`ciclo webhook`: plays a payment provider by signing a notice and posting it to the API."""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from ciclo.localstack.choices import NoticeChoice
from ciclo.localstack.errors import LocalStackError

PATH: Final = "/api/webhooks/payment"
ANSWER_S_MAX: Final = 30.0
DEFAULT_TIMEZONE: Final = "America/Sao_Paulo"
AMOUNT: Final = re.compile(r"(0|[1-9]\d{0,11})(\.\d{1,3})?", re.ASCII)

AMOUNT_QUERY: Final = """\
query($id: ID!) {
  subscription(id: $id) {
    quantity
    plan { price { amount currency } }
    invoices(first: 20) { edges { node { status total { amount currency } } } }
  }
}"""
OPEN: Final = frozenset({"PENDING", "OVERDUE"})


@dataclass(frozen=True, kw_only=True)
class NoticeOptions:
    """A notice as it was asked for; what is None is found out or left out."""

    event: NoticeChoice
    subscription: str
    amount: str | None
    payment: str | None
    on: date | None
    currency: str | None
    failure_code: str | None
    message_id: str | None


@dataclass(frozen=True, kw_only=True)
class NoticeFields:
    """A provider's notice, as the body's fields; None is left out."""

    subscription: str
    event: NoticeChoice
    amount: str
    """A JSON number as text, so that no float comes near it."""
    on: date
    currency: str | None = None
    payment: str | None = None
    failure_code: str | None = None


def send_notice(order: NoticeOptions, values: Mapping[str, str], *, now: datetime) -> httpx.Response:
    """Sign what was ordered and post it to CICLO_URL.

    Raises:
        Fault: an address, a secret or the amount is missing or wrong, or nobody answers.
    """
    url, secret = _needed(values, "CICLO_URL"), _needed(values, "CICLO_WEBHOOK_SECRET")
    amount, currency = order.amount, order.currency
    if amount is None:
        amount, due_currency = ask_amount_due(
            url, subscription=order.subscription, token=_needed(values, "CICLO_ADMIN_TOKEN")
        )
        currency = currency or due_currency
    if not AMOUNT.fullmatch(amount):
        raise LocalStackError(f"{amount!r} is no amount", remedy="--amount 29.90")
    body = body_of(
        NoticeFields(
            subscription=order.subscription,
            event=order.event,
            amount=amount,
            on=order.on or now.astimezone(ZoneInfo(values.get("CICLO_TIMEZONE", DEFAULT_TIMEZONE))).date(),
            currency=currency,
            payment=order.payment,
            failure_code=order.failure_code,
        )
    )
    message_id = order.message_id or f"msg_{secrets.token_hex(12)}"
    return _reach(
        url,
        PATH,
        content=body.encode(),
        headers=sign_notice(body, secret=secret, message_id=message_id, now=now),
    )


def body_of(notice: NoticeFields) -> str:
    """Return the notice as JSON text."""
    texts = {
        "subscription_id": notice.subscription,
        "event": notice.event.value,
        "date": notice.on.isoformat(),
        "currency": notice.currency,
        "payment_id": notice.payment,
        "failure_code": notice.failure_code,
    }
    fields = {name: json.dumps(text) for name, text in texts.items() if text is not None}
    fields["amount"] = notice.amount
    return "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"


def sign_notice(body: str, *, secret: str, message_id: str, now: datetime) -> dict[str, str]:
    """Return the Standard Webhooks headers for *body*.

    Raises:
        Fault: the secret is none.
    """
    try:
        signature = Webhook(secret).sign(message_id, now, body)
    except (ValueError, EmptyWebhookSecretError) as error:
        raise LocalStackError("CICLO_WEBHOOK_SECRET is not `whsec_` and base 64") from error
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }


def ask_amount_due(url: str, *, subscription: str, token: str) -> tuple[str, str]:
    """Ask the API for what *subscription* owes; return amount and currency.

    That is its oldest open invoice, else one period of its plan.

    Raises:
        Fault: nobody answers, or there is no such subscription.
    """
    answer = _reach(
        url,
        "/graphql",
        content=json.dumps({"query": AMOUNT_QUERY, "variables": {"id": subscription}}).encode(),
        headers={"content-type": "application/json", "authorization": f"Bearer {token}"},
    )
    try:
        return find_amount_due(answer.json()["data"]["subscription"])
    except (ValueError, KeyError, TypeError) as error:
        raise LocalStackError(
            f"the API does not say what {subscription} costs: {answer.status_code} {answer.text[:300]}",
            remedy="give it with --amount",
        ) from error


def find_amount_due(subscription: Mapping[str, Any]) -> tuple[str, str]:
    """Return amount and currency of the oldest open invoice, else of one period."""
    invoices = [edge["node"] for edge in subscription["invoices"]["edges"]]
    unpaid = [invoice["total"] for invoice in invoices if invoice["status"] in OPEN]
    if unpaid:
        return unpaid[-1]["amount"], unpaid[-1]["currency"]
    price = subscription["plan"]["price"]
    return str(Decimal(price["amount"]) * int(subscription["quantity"])), price["currency"]


def _needed(values: Mapping[str, str], name: str) -> str:
    if not values.get(name):
        raise LocalStackError(f"{name} is not set", remedy="start the stack once: ciclo up")
    return values[name]


def _reach(url: str, path: str, *, content: bytes, headers: Mapping[str, str]) -> httpx.Response:
    try:
        return httpx.post(
            url.rstrip("/") + path, content=content, headers=dict(headers), timeout=ANSWER_S_MAX
        )
    except httpx.TransportError as error:
        raise LocalStackError(f"no answer from {url}: {error}", remedy="ciclo up") from error
