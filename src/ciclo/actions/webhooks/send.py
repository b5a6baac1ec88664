"""Sending: what is due is posted, each endpoint's by itself, and what came of it is written down.

An endpoint has places of its own in every worker. One that is slow, or down, or ends its worker, holds up
no other endpoint's messages.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.mails.write import mails_of_disabling
from ciclo.actions.processing.publish_events import publish_messages
from ciclo.actions.webhooks.post import SENDS_MAX, Poster, post
from ciclo.backoff import pause
from ciclo.domain.ids import MessageId, WebhookEndpointId
from ciclo.domain.webhooks.endpoint import (
    FAILURES_MIN,
    DisableReason,
    WebhookEndpoint,
    disable,
    endpoint_snapshot,
    has_failed_for_long,
)
from ciclo.domain.webhooks.message import MessageType
from ciclo.domain.webhooks.webhook_delivery import AttemptFailure, WebhookAttempt
from ciclo.outage import Outage
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.transient_errors import is_transient
from ciclo.store.webhooks.deliveries import (
    SUSPECT_FROM,
    DueDelivery,
    close_pending,
    find_due_deliveries,
    hold_back_followers,
    take_deliveries,
    write_attempt,
)
from ciclo.store.webhooks.delivery_log import count_failures, has_succeeded
from ciclo.store.webhooks.endpoints import (
    find_endpoint,
    list_endpoints,
    note_failure,
    note_success,
    replace_endpoint,
)
from ciclo.store.webhooks.message_documents import RecordedMessage, body_of
from ciclo.store.webhooks.messages import find_messages

_log = structlog.get_logger(__name__)

LOOK_EVERY_S: Final = 1.0
"""How often due deliveries are looked for when nothing announces any."""

LEASE: Final = timedelta(seconds=15)
"""How long a worker that says nothing more keeps what it took: longer than an attempt can last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What sending needs, until `stop` is set. `lease` is how long what was taken is nobody else's."""

    deps: Deps
    poster: Poster
    stop: asyncio.Event
    lease: timedelta = LEASE


async def send_all(sender: Sender, *, bell: asyncio.Event) -> None:
    """Send what is due; *bell* tells that there is something new."""
    drains: dict[WebhookEndpointId, asyncio.Task[None]] = {}
    put_off = Outage("webhooks_put_off")
    try:
        while not sender.stop.is_set():
            bell.clear()
            try:
                for endpoint in await list_endpoints(sender.deps.store):
                    running = drains.get(endpoint.id)
                    if running is None or running.done():
                        drains[endpoint.id] = asyncio.create_task(_drain_safely(sender, endpoint))
                put_off.end()
            except Exception as error:
                if not is_transient(error):
                    raise
                put_off.count(error=str(error))
            await _wait(bell, sender.stop)
    finally:
        # Every post is bounded, so this is too.
        await asyncio.gather(*drains.values())


async def _wait(bell: asyncio.Event, stop: asyncio.Event) -> None:
    """Wait until the bell rings, the stop comes, or it is time to look."""
    waits = {asyncio.create_task(bell.wait()), asyncio.create_task(stop.wait())}
    await asyncio.wait(waits, timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    await asyncio.wait(waits)


async def _drain_safely(sender: Sender, endpoint: WebhookEndpoint) -> None:
    """Send what is due to one endpoint; its faults are told, and the others go on."""
    try:
        await drain(sender, endpoint)
    except Exception as error:  # noqa: BLE001 - it is logged, and the next look begins anew
        if is_transient(error):
            _log.warning("webhooks_put_off", endpoint_id=endpoint.id, error=str(error))
        else:
            _log.exception("webhooks_failed", endpoint_id=endpoint.id)
        await pause(sender.stop, seconds=LOOK_EVERY_S)


async def drain(sender: Sender, endpoint: WebhookEndpoint) -> None:
    """Send what is due to *endpoint*, SENDS_MAX at a time, until nothing is or a stop comes."""
    deps = sender.deps
    if not endpoint.is_enabled:
        await close_pending(deps.store, endpoint.id)
        return
    running: set[asyncio.Task[None]] = set()
    try:
        while not sender.stop.is_set():
            current = await find_endpoint(deps.store, endpoint.id)
            if current is None or not current.is_enabled:
                break
            taken = await _take(sender, current, free=SENDS_MAX - len(running))
            messages = await find_messages(deps.store, [one.delivery.message_id for one in taken])
            running |= {
                asyncio.create_task(
                    _send(sender, current, one, message=messages.get(one.delivery.message_id))
                )
                for one in taken
            }
            if not running:
                break
            alone = any(one.unanswered >= SUSPECT_FROM for one in taken)
            running = await _finish_some(running, down_to=0 if alone else SENDS_MAX // 2)
    finally:
        await asyncio.gather(*running)


async def _finish_some(running: set[asyncio.Task[None]], *, down_to: int) -> set[asyncio.Task[None]]:
    """Wait for the next to end, and until no more than *down_to* are running; return those."""
    while running:
        done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        if len(running) <= down_to:
            break
    return running


async def _take(sender: Sender, endpoint: WebhookEndpoint, *, free: int) -> list[DueDelivery]:
    """Take what is due of an endpoint, as many as there are places *free*; a suspect one alone."""
    deps, now = sender.deps, sender.deps.wall()
    due = await find_due_deliveries(deps.store, endpoint.id, now=now, deliveries_max=free)
    if endpoint.ordered and due:
        due = await hold_back_followers(deps.store, endpoint.id, due, now=now)
    suspects = sorted((one for one in due if one.unanswered >= SUSPECT_FROM), key=lambda one: one.unanswered)
    chosen: Sequence[DueDelivery] = due
    if suspects:
        # Alone: nothing else of this endpoint is begun before it has ended.
        chosen = suspects[:1] if free == SENDS_MAX else ()
    taken = await take_deliveries(
        deps.store,
        [one.delivery.id for one in chosen],
        holder=secrets.token_hex(8),
        now=now,
        until=now + sender.lease,
    )
    return [one for one in chosen if one.delivery.id in taken]


async def _send(
    sender: Sender,
    endpoint: WebhookEndpoint,
    due: DueDelivery,
    *,
    message: RecordedMessage | None,
) -> None:
    """Post one message and write down what came of it."""
    deps, delivery = sender.deps, due.delivery
    if message is None:
        attempt = _unsent(deps, AttemptFailure.INTERNAL, "the message is not kept any more")
    elif due.unanswered >= deps.settings.deliveries_max:
        attempt = _unsent(deps, AttemptFailure.NO_ANSWER, f"begun {due.unanswered} times without an answer")
    else:
        attempt = await post(sender.poster, endpoint, message)
    await write_attempt(deps.store, delivery, attempt, ordered=endpoint.ordered, now=deps.wall())
    if attempt.failure is not None:
        _log.warning(
            "webhook_failed",
            endpoint_id=endpoint.id,
            message_id=delivery.message_id,
            status=attempt.status,
            failure=attempt.failure.value,
        )
    await _judge(deps, endpoint, attempt)


def _unsent(deps: Deps, failure: AttemptFailure, why: str) -> WebhookAttempt:
    return WebhookAttempt(at=deps.wall(), ms=0, failure=failure, answer=why)


async def _judge(deps: Deps, endpoint: WebhookEndpoint, attempt: WebhookAttempt) -> None:
    """Note how an endpoint does, and tell it nothing more if it is gone, or failed for days."""
    if attempt.failure is None:
        if endpoint.failing_since is not None:
            await note_success(deps.store, endpoint.id)
        return
    if endpoint.failing_since is None:
        await note_failure(deps.store, endpoint.id, at=attempt.at)
    reason = DisableReason.GONE if attempt.failure is AttemptFailure.GONE else DisableReason.FAILING
    if reason is DisableReason.GONE or await _is_given_up(deps, endpoint):
        await _disable(deps, endpoint.id, reason=reason)
        _log.error("webhook_endpoint_disabled", endpoint_id=endpoint.id, reason=reason.value)


async def _is_given_up(deps: Deps, endpoint: WebhookEndpoint) -> bool:
    """Return whether everything failed for FAILING_FOR, and that was not too little to tell."""
    since = endpoint.failing_since
    if since is None or not has_failed_for_long(endpoint, now=deps.wall()):
        return False
    if await has_succeeded(deps.store, endpoint.id, since=since):
        await note_success(deps.store, endpoint.id)
        return False
    failures = await count_failures(deps.store, endpoint.id, since=since, failures_max=FAILURES_MIN)
    return failures >= FAILURES_MIN


async def _disable(deps: Deps, endpoint_id: WebhookEndpointId, *, reason: DisableReason) -> None:
    """Disable an endpoint, and tell the others in the same transaction."""
    before = await find_endpoint(deps.store, endpoint_id)
    if before is None or not before.is_enabled:
        return
    now = deps.wall()
    after = disable(before, reason=reason, at=now)
    message = _message_of_disabling(after, deps=deps)
    try:
        mails = await mails_of_disabling(deps, after, at=now)
        await replace_endpoint(deps.store, before, after, None, told=message, mails=mails)
    except Contention:
        _log.info("webhook_endpoint_changed_by_another", endpoint_id=endpoint_id)
        return
    await publish_messages(deps, [(message.id, message.type.value)])


def _message_of_disabling(endpoint: WebhookEndpoint, *, deps: Deps) -> RecordedMessage:
    now, sequence = deps.wall(), endpoint.version + 1
    data = endpoint_snapshot(endpoint)
    return RecordedMessage(
        id=MessageId(generate_id("msg", now)),
        type=MessageType.WEBHOOK_ENDPOINT_DISABLED,
        object_id=endpoint.id,
        sequence=sequence,
        place=0,
        occurred_at=now,
        recorded_at=now,
        event_id=None,
        endpoint_id=None,
        body=body_of(MessageType.WEBHOOK_ENDPOINT_DISABLED, data, at=now, sequence=sequence, customer=None),
    )
