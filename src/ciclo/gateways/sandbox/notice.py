"""The sandbox's reports: signed notices, posted to Ciclo's own front door as any provider would."""

import asyncio
import hashlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Final

import httpx
import orjson
from pydantic import SecretStr
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from ciclo.domain.ids import PaymentId, RefundId, SubscriptionId
from ciclo.domain.money import Money
from ciclo.gateways.http_errors import error_for_status
from ciclo.gateways.protocol import Misconfigured, Unavailable
from ciclo.gateways.sandbox.ids import PROVIDER

PATH: Final = "/api/webhooks/payment"
ANSWER_S_MAX: Final = 10.0
CONNECTIONS_MAX: Final = 100
# A conflict says that this id came before, with another date: the news has arrived.
_DELIVERED: Final = frozenset({HTTPStatus.OK, HTTPStatus.ACCEPTED, HTTPStatus.CONFLICT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is to be told about a payment. `about` is the same for the same news, however often it is told."""

    event: str
    about: str
    subscription_id: SubscriptionId
    payment_id: PaymentId
    money: Money
    occurred_at: datetime
    attempt: int | None = None
    failure_code: str | None = None
    hard: bool = False
    refund_id: RefundId | None = None
    reference: str | None = None
    """The sandbox's name of the charge: of one that brought money, or that its payer can confirm."""

    @property
    def id(self) -> str:
        """Return the webhook-id, by which repeats are known."""
        return f"msg_{hashlib.sha256(f'{self.event}|{self.about}'.encode()).hexdigest()[:32]}"

    @property
    def body(self) -> bytes:
        """Return the notice as JSON; what does not apply is left out."""
        optional = {
            "attempt": self.attempt,
            "failure_code": self.failure_code,
            "hard": self.hard or None,
            "refund_id": self.refund_id,
            "provider": PROVIDER if self.reference else None,
            "provider_reference": self.reference,
        }
        return orjson.dumps(
            {
                "subscription_id": self.subscription_id,
                "event": self.event,
                # A JSON number, written from the decimal: no float comes near money.
                "amount": orjson.Fragment(str(self.money.to_decimal())),
                "date": _iso(self.occurred_at),
                "payment_id": self.payment_id,
                "currency": self.money.currency,
                **{name: value for name, value in optional.items() if value is not None},
            }
        )


@cache
def _trusted() -> ssl.SSLContext:
    """Return which certificates are trusted, read once: they are more than all else of a start."""
    return httpx.create_ssl_context(trust_env=False)


class NoticeSender:
    """Where reports go: `{base_url}/api/webhooks/payment`, over one kept client."""

    def __init__(
        self,
        base_url: str,
        *,
        secret: SecretStr,
        now: Callable[[], datetime],
        answer_s_max: float,
    ) -> None:
        self._url = httpx.URL(base_url.rstrip("/") + PATH)
        self._webhook = _webhook(secret)
        self._now = now
        self._answer_s_max = answer_s_max
        # Our own stack answers: a proxy of the environment has no part in it.
        self._client = httpx.AsyncClient(
            timeout=answer_s_max,
            trust_env=False,
            verify=_trusted(),
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
        )

    async def send(self, report: Report) -> None:
        """Sign and post *report*; the same report twice is one event for whoever receives it.

        Raises:
            Unavailable: nobody took it; tell it again.
            Misconfigured: it was refused for its signature or its address.
        """
        try:
            async with asyncio.timeout(self._answer_s_max):
                answer = await self._client.post(self._url, content=report.body, headers=self._signed(report))
        except (httpx.HTTPError, TimeoutError):
            answer = None
        if answer is None:
            raise Unavailable("the webhook route did not answer the sandbox")
        if answer.status_code not in _DELIVERED:
            raise error_for_status(answer.status_code, answer.headers, of="the webhook route")

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.aclose()

    def _signed(self, report: Report) -> dict[str, str]:
        at = self._now().astimezone(UTC)
        return {
            "content-type": "application/json",
            "user-agent": "Ciclo-Sandbox",
            "webhook-id": report.id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": self._webhook.sign(report.id, at, report.body.decode()),
        }


def _webhook(secret: SecretStr) -> Webhook:
    try:
        return Webhook(secret.get_secret_value())
    except (ValueError, EmptyWebhookSecretError):
        problem = Misconfigured("CICLO_WEBHOOK_SECRETS holds no whsec_ secret in base 64")
    raise problem


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
