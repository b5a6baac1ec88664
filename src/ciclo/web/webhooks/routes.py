"""Webhooks: providers' notices, verified, made durable and acknowledged; the billing happens in a worker."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciclo import deadline
from ciclo.actions.mails.bounces import note_bounce
from ciclo.actions.processing.inbox import Inbox, InboxFull, Read
from ciclo.actions.processing.notices import provider_event
from ciclo.domain.events.event import Event
from ciclo.gateways.protocol import GatewayError, MalformedWebhook, Misconfigured, WebhookRejected
from ciclo.metrics import WEBHOOKS
from ciclo.outage import Outage
from ciclo.store.mongo.transient_errors import is_transient
from ciclo.web.problems import HttpProblem
from ciclo.web.request_body import read_body
from ciclo.web.serving.endpoint import Endpoint
from ciclo.web.strict_json import MalformedJson
from ciclo.web.webhooks.mail import read_bounces
from ciclo.web.webhooks.payment import PaymentPost
from ciclo.web.webhooks.signature import SignatureVerifier

Answer = TypeVar("Answer")

BODY_BYTES_MAX: Final = 65_536
RETRY_AFTER_S: Final = 5

_ACCEPTED: Final = WEBHOOKS.labels("payment", "accepted")
_REPEATED: Final = WEBHOOKS.labels("payment", "duplicate")
_REFUSALS: Final = {401: "rejected", 409: "conflict", 429: "busy", 503: "busy"}
"""What refusals are counted as, by their status; any other is the notice's own fault."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """What the webhook routes work with."""

    inbox: Inbox
    signatures: SignatureVerifier
    mail_signatures: SignatureVerifier
    """Of notices about mails; without keys that route is not there."""
    put_off: Outage = field(default_factory=lambda: Outage("webhook_put_off"))


def webhook_routes(receiver: Callable[[Request], Receiver]) -> list[Route]:
    """Return the routes; *receiver* gives what they work with once the application has started."""

    async def payment(request: Request) -> Response:
        try:
            return await _payment(receiver(request), request)
        except (HttpProblem, MalformedJson) as error:
            status = error.status if isinstance(error, HttpProblem) else 400
            WEBHOOKS.labels("payment", _REFUSALS.get(status, "malformed")).inc()
            raise

    async def stripe(request: Request) -> Response:
        return await _provider(receiver(request), request, "stripe")

    async def abacatepay(request: Request) -> Response:
        return await _provider(receiver(request), request, "abacatepay")

    async def mail(request: Request) -> Response:
        try:
            return await _mail(receiver(request), request)
        except (HttpProblem, MalformedJson) as error:
            status = error.status if isinstance(error, HttpProblem) else 400
            WEBHOOKS.labels("mail", _REFUSALS.get(status, "malformed")).inc()
            raise

    return [
        Route("/api/webhooks/payment", Endpoint(payment), methods=["POST"]),
        Route("/api/webhooks/stripe", Endpoint(stripe), methods=["POST"]),
        Route("/api/webhooks/abacatepay", Endpoint(abacatepay), methods=["POST"]),
        Route("/api/webhooks/mail", Endpoint(mail), methods=["POST"]),
    ]


async def _payment(receiver: Receiver, request: Request) -> Response:
    """Take a notice in Ciclo's own form: 202 once it is durable, 200 for a repeat of it."""
    body = await read_body(request, bytes_max=BODY_BYTES_MAX)
    post = PaymentPost(receiver.inbox.deps, receiver.signatures, request.scope["headers"], body)
    recorded = await _durable(receiver, receiver.inbox.take(post.read, body))
    if not recorded.same_body:
        raise HttpProblem(
            status=409,
            code="WEBHOOK_ID_REUSED",
            detail="this webhook-id was used for a notice with another body",
        )
    answer = {"event_id": recorded.event_id, "status": "queued"}
    if recorded.duplicate:
        _REPEATED.inc()
        return _json({**answer, "duplicate": True}, status=200)
    _ACCEPTED.inc()
    return _json(answer, status=202)


def _json(body: object, *, status: int) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


async def _provider(receiver: Receiver, request: Request, name: str) -> Response:
    """Take a provider's own notice; what says nothing about money is counted and acknowledged."""
    inbox = receiver.inbox
    body = await read_body(request, bytes_max=BODY_BYTES_MAX)
    received_at = inbox.deps.wall()
    try:
        notices = inbox.deps.gateways.of_provider(name).verify(
            headers=dict(request.headers), query=dict(request.query_params), body=body, now=received_at
        )
    except WebhookRejected:
        WEBHOOKS.labels(name, "rejected").inc()
        raise HttpProblem(
            status=401, code="SIGNATURE_REJECTED", detail="the webhook's signature is not valid"
        ) from None
    except MalformedWebhook:
        WEBHOOKS.labels(name, "malformed").inc()
        raise HttpProblem(status=400, code="MALFORMED_NOTICE", detail="the notice can't be read") from None
    except (Misconfigured, GatewayError):
        raise HttpProblem(status=404, code="NOT_FOUND", detail="this provider is not set up") from None
    for notice in notices:
        finding = provider_event(inbox.deps, notice, received_at=received_at)
        event = await _durable(receiver, inbox.deps.breaker.during(finding))
        if event is None:
            WEBHOOKS.labels(name, "ignored").inc()
            continue
        await _durable(receiver, inbox.take(_as_it_is(event), body))
        WEBHOOKS.labels(name, "accepted").inc()
    return _json({"received": True}, status=200)


async def _mail(receiver: Receiver, request: Request) -> Response:
    """Take a notice that mail came back: 200 once that is durable; else it is ignored."""
    if not receiver.mail_signatures.keys:
        raise HttpProblem(status=404, code="NOT_FOUND", detail="notices about mails are not set up")
    deps = receiver.inbox.deps
    body = await read_body(request, bytes_max=BODY_BYTES_MAX)
    fields = request.scope["headers"]
    bounces = read_bounces(receiver.mail_signatures, fields, body, now=deps.wall())
    for bounce in bounces:
        await _durable(receiver, deps.breaker.during(note_bounce(deps, bounce)))
    WEBHOOKS.labels("mail", "accepted" if bounces else "ignored").inc()
    return _json({"received": True}, status=200)


def _as_it_is(event: Event) -> Read:
    """Return the reading of a notice whose event had to be looked for before."""

    def read(*, now: datetime, wall: datetime) -> Event:  # noqa: ARG001 - the provider's own date counts
        return event

    return read


async def _durable(receiver: Receiver, asking: Awaitable[Answer]) -> Answer:
    """Return the store's answer about a notice.

    Raises:
        HttpProblem: 429 when too many wait, 503 when the store can't take it, or not in time; nothing is
            lost, since the sender sends it again.
    """
    try:
        async with deadline.in_time():
            answer = await asking
    except InboxFull:
        raise HttpProblem(
            status=429, code="TOO_MANY_NOTICES", detail="too many notices at a time", retry_after_s=1
        ) from None
    except Exception as error:
        if not isinstance(error, deadline.DeadlinePassed) and not is_transient(error):
            raise
        receiver.put_off.count(error=type(error).__name__)
        raise HttpProblem(
            status=503,
            code="UNAVAILABLE",
            detail="the notice could not be stored; send it again",
            retry_after_s=RETRY_AFTER_S,
        ) from error
    receiver.put_off.end()
    return answer
