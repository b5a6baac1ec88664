"""What the webhook route is compared with: an insert a request, and nothing stored at all."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Literal

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciclo.actions.clock import read_wall_clock
from ciclo.actions.processing.inbox import Inbox, Read
from ciclo.actions.processing.publish_events import publish_events
from ciclo.settings.settings import Settings
from ciclo.store.events.outbox import RecordedNotice, record_notices
from ciclo.web.app import create_app
from tests.stack import WEBHOOK_SECRET

PATH: Final = "/api/webhooks/payment"

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
    """Be the API itself, but write each notice by an insert of its own and ring an XADD of its own."""
    return create_app(settings, inbox=_EachAlone)


class _EachAlone(Inbox):
    """Takes every notice to the database by itself, and answers when it is there and announced."""

    async def take(self, read: Read, body: bytes) -> RecordedNotice:
        event = read(now=await self.deps.clock.now(), wall=read_wall_clock())
        digest = hashlib.sha256(body).hexdigest()
        [recorded] = await record_notices(self.deps.store, [(event, digest)], now=read_wall_clock())
        if not recorded.duplicate:
            await publish_events(self.deps, [(recorded.event_id, event.type)])
        return recorded


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
