"""A front door: takes signed notices as `POST /api/webhooks/payment` does, and webhooks of any provider."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ciclo.domain.events.facts import PaymentFailed, PaymentRefunded, PaymentSucceeded
from ciclo.domain.money import Money
from ciclo.gateways.protocol import Notice
from tests.gateways.facts import WEBHOOK_SECRET


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A webhook as it came in."""

    path: str
    headers: dict[str, str]
    query: dict[str, str]
    body: bytes


class FakeDoor:
    """Keeps every webhook; one that bears a known webhook-id is a repeat, or with another body a conflict."""

    def __init__(self) -> None:
        self.hooks: list[Hook] = []
        self._came = asyncio.Event()

    def app(self) -> Starlette:
        """Return what answers."""
        return Starlette(routes=[Route("/{path:path}", self._take, methods=["POST"])])

    async def until(self, seen: Callable[[], bool], *, within_s: float) -> None:
        """Wait for hooks until *seen*."""
        async with asyncio.timeout(within_s):
            while not seen():
                await self._came.wait()
                self._came.clear()

    def distinct(self) -> list[Hook]:
        """Return the hooks without their repeats."""
        by_id = {hook.headers.get("webhook-id", str(place)): hook for place, hook in enumerate(self.hooks)}
        return list(by_id.values())

    async def _take(self, request: Request) -> JSONResponse:
        hook = Hook(
            path=request.url.path,
            headers=dict(request.headers),
            query=dict(request.query_params),
            body=await request.body(),
        )
        known = next((one for one in self.hooks if _id(one) and _id(one) == _id(hook)), None)
        if known is not None and known.body != hook.body:
            return JSONResponse({"title": "another body"}, status_code=409)
        self.hooks.append(hook)
        self._came.set()
        if known is not None:
            return JSONResponse({"duplicate": True})
        return JSONResponse({"status": "queued"}, status_code=202)


def own_notice(hook: Hook) -> Notice:
    """Verify a hook by the library of Standard Webhooks, and read what Ciclo's own route reads."""
    Webhook(WEBHOOK_SECRET).verify(hook.body, hook.headers)
    body: dict[str, Any] = orjson.loads(hook.body)
    money = Money.from_decimal(Decimal(str(body["amount"])), body["currency"])
    return Notice(
        dedupe_key=f"hook:{hook.headers['webhook-id']}",
        occurred_at=datetime.fromisoformat(body["date"]),
        payload=_payload(body, money),
        subscription_id=body["subscription_id"],
        payment_id=body["payment_id"],
    )


def _payload(body: dict[str, Any], money: Money) -> PaymentSucceeded | PaymentFailed | PaymentRefunded:
    about = {"amount": money.amount, "currency": money.currency, "payment_id": body["payment_id"]}
    match body["event"]:
        case "payment_success":
            return PaymentSucceeded(**about)
        case "payment_refunded":
            return PaymentRefunded(**about, refund_id=body["refund_id"])
        case _:
            return PaymentFailed(
                **about,
                attempt=body["attempt"],
                failure_code=body["failure_code"],
                hard=body.get("hard", False),
            )


def _id(hook: Hook) -> str | None:
    return hook.headers.get("webhook-id")
