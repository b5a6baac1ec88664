"""What the webhook route is compared with: an insert a request, and nothing stored at all."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Literal

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciclo.actions.clock import wall_now
from ciclo.actions.publishing import BILLING
from ciclo.settings import Settings
from ciclo.store.client import open_store
from ciclo.streams.connection import open_streams
from ciclo.streams.publisher import publish
from tests.stack import WEBHOOK_SECRET

PATH: Final = "/api/webhooks/payment"
PUBLISH_MS_MAX: Final = 30_000
"""So long that waiting for a connection under load is no error."""

_KEY: Final = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))


class _Notice(BaseModel):
    subscription_id: str
    event: Literal["payment_success", "payment_failed", "payment_refunded"]
    amount: Decimal
    date: datetime


def nothing_stored(_: Settings) -> Starlette:
    """Verify, read and answer: the ceiling of whatever stores something."""

    async def payment(request: Request) -> Response:
        event_id, _, _ = await _accepted(request)
        return JSONResponse({"event_id": event_id, "status": "queued"}, status_code=202)

    return Starlette(routes=[Route(PATH, payment, methods=["POST"])])


def insert_each(settings: Settings) -> Starlette:
    """Store each notice by an insert of its own, as durably, and publish it by an XADD of its own."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, object]]:
        store = open_store(settings)
        streams = open_streams(settings.redis_url.get_secret_value(), prefix=settings.stream_prefix)
        yield {"store": store, "streams": streams}
        await streams.aclose()
        store.close()

    async def payment(request: Request) -> Response:
        event_id, notice, body = await _accepted(request)
        now = wall_now()
        document = {
            "_id": event_id,
            "type": notice.event,
            "subscription_id": notice.subscription_id,
            "data": {"amount": int(notice.amount * 100), "currency": "BRL"},
            "occurred_at": notice.date,
            "recorded_at": now,
            "source": "WEBHOOK",
            "dedupe_key": f"hook:{event_id}",
            "processed": False,
            "dead": False,
            "next_publish_at": now,
            "body_sha256": hashlib.sha256(body).hexdigest(),
        }
        await request.state.store["events"].insert_one(document)
        entries = [(event_id, notice.event)]
        await publish(request.state.streams, BILLING, entries, timeout_ms=PUBLISH_MS_MAX)
        return JSONResponse({"event_id": event_id, "status": "queued"}, status_code=202)

    return Starlette(routes=[Route(PATH, payment, methods=["POST"])], lifespan=lifespan)


async def _accepted(request: Request) -> tuple[str, _Notice, bytes]:
    """Check a request's signature and read its body."""
    body, headers = await request.body(), request.headers
    webhook_id, sent_at = headers["webhook-id"], headers["webhook-timestamp"]
    signed = f"{webhook_id}.{sent_at}.".encode() + body
    expected = base64.b64encode(hmac.digest(_KEY, signed, "sha256")).decode()
    if not hmac.compare_digest(f"v1,{expected}", headers["webhook-signature"]):
        raise PermissionError("the signature is not valid")
    if abs(datetime.now(UTC).timestamp() - int(sent_at)) > 300:
        raise PermissionError("the notice is too old")
    return webhook_id, _Notice.model_validate_json(body), body
