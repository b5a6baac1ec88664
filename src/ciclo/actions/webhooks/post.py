"""Posting one message to one endpoint: signed, bounded in time and size, and never led elsewhere."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import httpcore
from standardwebhooks import Webhook

from ciclo import tracing
from ciclo.actions.webhooks.network import ForbiddenAddress, PublicNetwork, Resolve, Resolver
from ciclo.actions.webhooks.secrets import Sealer
from ciclo.domain.webhooks.addresses import networks_of
from ciclo.domain.webhooks.endpoint import ENDPOINTS_MAX, WebhookEndpoint
from ciclo.domain.webhooks.webhook_delivery import (
    ANSWER_CHARS_MAX,
    AttemptFailure,
    WebhookAttempt,
    is_success,
)
from ciclo.settings.settings import Settings
from ciclo.store.webhooks.message_documents import RecordedMessage

ANSWER_S_MAX: Final = 10.0
"""How long an attempt may take, from the look-up of the name to the end of the answer."""

ANSWER_BYTES_MAX: Final = 65_536
SENDS_MAX: Final = 16
"""Posts under way to one endpoint, by one worker."""

KEPT_ALIVE_MAX: Final = 4
USER_AGENT: Final = "Ciclo-Webhooks/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    """What posting needs: connections, the way to read secrets, and the wall clock."""

    pool: httpcore.AsyncConnectionPool
    sealer: Sealer
    wall: Callable[[], datetime]


@asynccontextmanager
async def open_poster(
    settings: Settings,
    *,
    wall: Callable[[], datetime],
    resolve: Resolve | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> AsyncIterator[Poster]:
    """Open what posting needs; *resolve* and *ssl_context* are the system's unless given.

    No proxy of the environment and no redirect has a part in it: both would connect elsewhere.
    """
    resolver = Resolver()
    network = PublicNetwork(
        resolve or resolver, networks_of(settings.posting_networks(is_sandbox=settings.is_sandbox))
    )
    async with httpcore.AsyncConnectionPool(
        network_backend=network,
        ssl_context=ssl_context,
        max_connections=ENDPOINTS_MAX * SENDS_MAX,
        max_keepalive_connections=ENDPOINTS_MAX * KEPT_ALIVE_MAX,
    ) as pool:
        try:
            yield Poster(pool=pool, sealer=Sealer(settings), wall=wall)
        finally:
            resolver.close()


def headers_of(message_id: str, body: str, *, secrets: list[str], at: datetime) -> list[tuple[bytes, bytes]]:
    """Return the headers of Standard Webhooks, with a signature by each of *secrets*."""
    at = at.astimezone(UTC)
    signatures = [Webhook(secret).sign(message_id, at, body) for secret in secrets]
    headers = {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
    context = tracing.current()
    if context is not None:
        headers["traceparent"] = context
    return [(name.encode(), value.encode()) for name, value in headers.items()]


async def post(poster: Poster, endpoint: WebhookEndpoint, message: RecordedMessage) -> WebhookAttempt:
    """Post *message* once, in the trace of what it tells of; what comes of it is the attempt's to tell."""
    about = {"ciclo.message.id": message.id, "ciclo.webhook_endpoint.id": endpoint.id}
    role = tracing.SpanRole.CLIENT
    with tracing.span("post webhook", role=role, parent=message.trace, attributes=about):
        return await _post(poster, endpoint, message)


async def _post(poster: Poster, endpoint: WebhookEndpoint, message: RecordedMessage) -> WebhookAttempt:
    at, began = poster.wall(), time.monotonic()
    status, answer, retry_after_s = None, "", None
    failure: AttemptFailure | None = None
    try:
        secrets = [poster.sealer.unseal(secret) for secret in endpoint.secrets_at(at)]
        headers = headers_of(message.id, message.body, secrets=secrets, at=at)
        async with asyncio.timeout(ANSWER_S_MAX):
            status, answer, retry_after = await _ask(poster, endpoint.url, message.body, headers)
        failure = _failure_of(status)
        retry_after_s = _seconds(retry_after, now=at)
    except TimeoutError:
        failure, answer = AttemptFailure.TIMEOUT, f"no answer within {ANSWER_S_MAX:g} s"
    except ForbiddenAddress as error:
        failure, answer = AttemptFailure.FORBIDDEN_ADDRESS, str(error)
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
        failure, answer = AttemptFailure.UNREACHABLE, f"{type(error).__name__}: {error}"
    except Exception as error:  # noqa: BLE001 - one message's fault: it is written down, and tried again
        failure, answer = AttemptFailure.INTERNAL, f"{type(error).__name__}: {error}"
    return WebhookAttempt(
        at=at,
        ms=round((time.monotonic() - began) * 1_000),
        status=status,
        failure=failure,
        answer=answer[:ANSWER_CHARS_MAX],
        retry_after_s=retry_after_s,
    )


async def _ask(
    poster: Poster, url: str, body: str, headers: list[tuple[bytes, bytes]]
) -> tuple[int, str, str | None]:
    """Return the answer's status, the beginning of its text, and what it says of when to come again."""
    async with poster.pool.stream("POST", url, headers=headers, content=body.encode()) as response:
        read = b""
        # What comes beyond the bound is not waited for: the connection is closed instead.
        async for chunk in response.aiter_stream():
            read += chunk
            if len(read) > ANSWER_BYTES_MAX:
                break
    told = {name.lower(): value.decode("latin-1") for name, value in response.headers}
    text = read[: 4 * ANSWER_CHARS_MAX].decode("utf-8", "replace")
    return response.status, text, told.get(b"retry-after")


def _failure_of(status: int) -> AttemptFailure | None:
    if is_success(status):
        return None
    return AttemptFailure.GONE if status == HTTPStatus.GONE else AttemptFailure.STATUS


def _seconds(retry_after: str | None, *, now: datetime) -> int | None:
    """Return what Retry-After asks for, in seconds or as a date; None if that can't be read."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), SECONDS_MAX)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0, min((at - now) // timedelta(seconds=1), SECONDS_MAX))


SECONDS_MAX: Final = 86_400
"""What is asked for beyond a day is not kept: a day is the longest that is obeyed."""
