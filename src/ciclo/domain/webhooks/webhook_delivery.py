"""Webhook deliveries: one message to one endpoint, its attempts, and when the next one is made.

A delivery is a function of the attempts that are known: two workers may write theirs in any order.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from ciclo.copies import replace
from ciclo.domain.ids import MessageId, WebhookDeliveryId, WebhookEndpointId, derived_id
from ciclo.domain.webhooks.message import MessageType

PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""After each failed attempt but the last: 75.6 hours in all."""

ATTEMPTS_MAX: Final = len(PAUSES) + 1
SPREAD_PERCENT: Final = 20
"""How much earlier or later an attempt is made, so that those who failed together do not come together."""

RETRY_AFTER_MAX: Final = timedelta(hours=24)
ANSWER_CHARS_MAX: Final = 1_024
ATTEMPTS_KEPT_MAX: Final = 50
KEPT_FOR: Final = timedelta(days=30)
OVERTAKEN_AFTER: Final = timedelta(hours=24)
"""How long an ordered endpoint's later messages wait for one of the same object that is not delivered."""


class WebhookDeliveryState(StrEnum):
    """PENDING until it is delivered or given up; a replay makes it PENDING again."""

    PENDING = "PENDING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class AttemptFailure(StrEnum):
    """Why an attempt came to nothing."""

    STATUS = "STATUS"
    """The answer was none of 2xx; a redirect is one such."""
    GONE = "GONE"
    """The answer was 410: the endpoint wants no more."""
    TIMEOUT = "TIMEOUT"
    UNREACHABLE = "UNREACHABLE"
    FORBIDDEN_ADDRESS = "FORBIDDEN_ADDRESS"
    """Its name leads to an address that is not public; nothing was sent."""
    INTERNAL = "INTERNAL"
    """Nothing was sent, by a fault of ours."""
    NO_ANSWER = "NO_ANSWER"
    """It was begun too often and left no trace: it ends those who try it."""


_LAST: Final = frozenset({AttemptFailure.GONE, AttemptFailure.NO_ANSWER})
"""After these there is no other attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAttempt:
    """One try to deliver: when it began (wall time), how long it took, and what came back."""

    at: datetime
    ms: int
    status: int | None = None
    failure: AttemptFailure | None = None
    """None: it was delivered."""
    answer: str = ""
    """The beginning of the answer, or of our own error."""
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDelivery:
    """One message to one endpoint. All instants are wall time.

    Attempts from before `began_at` belong to earlier rounds, which a replay ended.
    """

    id: WebhookDeliveryId
    message_id: MessageId
    endpoint_id: WebhookEndpointId
    type: MessageType
    object_id: str
    sequence: int
    place: int
    created_at: datetime
    began_at: datetime
    attempts: tuple[WebhookAttempt, ...] = ()
    state: WebhookDeliveryState = WebhookDeliveryState.PENDING
    next_at: datetime | None
    """When it is tried next, None once it is over."""
    version: int = 0

    @property
    def last(self) -> WebhookAttempt | None:
        """Return the latest attempt."""
        return self.attempts[-1] if self.attempts else None


def delivery_id(message_id: MessageId, endpoint_id: WebhookEndpointId, *, at: datetime) -> WebhookDeliveryId:
    """Return the id of a message's delivery to an endpoint, whoever begins it; *at* is the message's time."""
    return WebhookDeliveryId(derived_id("dlv", at=at, facts=f"{message_id}:{endpoint_id}"))


def record_attempt(delivery: WebhookDelivery, attempt: WebhookAttempt) -> WebhookDelivery:
    """Return *delivery* with what came of an attempt, in whatever order attempts are told.

    One success is enough, whatever else came back. The next attempt is counted from the latest one.
    """
    known = {*delivery.attempts, attempt}
    attempts = tuple(sorted(known, key=_order)[-ATTEMPTS_KEPT_MAX:])
    round_ = [one for one in attempts if one.at >= delivery.began_at]
    state = _state_of(round_)
    next_at = _next_at(delivery.id, round_) if round_ else delivery.next_at
    if state is not WebhookDeliveryState.PENDING:
        next_at = None
    return replace(delivery, attempts=attempts, state=state, next_at=next_at)


def replay(delivery: WebhookDelivery, *, now: datetime) -> WebhookDelivery:
    """Return *delivery* to be tried at once, and as often as a new one; its message keeps its id."""
    return replace(delivery, began_at=now, state=WebhookDeliveryState.PENDING, next_at=now)


def _order(attempt: WebhookAttempt) -> tuple[datetime, int, str]:
    return attempt.at, attempt.ms, f"{attempt.failure}|{attempt.status}|{attempt.answer}"


def _state_of(attempts: Iterable[WebhookAttempt]) -> WebhookDeliveryState:
    failures = [one.failure for one in attempts]
    if None in failures:
        return WebhookDeliveryState.SUCCEEDED
    if len(failures) >= ATTEMPTS_MAX or not _LAST.isdisjoint(failures):
        return WebhookDeliveryState.FAILED
    return WebhookDeliveryState.PENDING


def _next_at(id_: WebhookDeliveryId, attempts: list[WebhookAttempt]) -> datetime:
    """Return when to try again: by the schedule, or later if the endpoint asked for it.

    Never earlier: who says "in a second" ten times would else use up three days in ten seconds.
    """
    last, number = attempts[-1], min(len(attempts), len(PAUSES))
    draw = int.from_bytes(hashlib.sha256(f"{id_}:{number}".encode()).digest()[:2])
    # Even over the whole spread: the same for whoever computes it.
    percent = 100 - SPREAD_PERCENT + 2 * SPREAD_PERCENT * draw / 0xFFFF
    pause = PAUSES[number - 1] * (percent / 100)
    asked = min(timedelta(seconds=last.retry_after_s or 0), RETRY_AFTER_MAX)
    return last.at + max(pause, asked)


def is_success(status: int) -> bool:
    """Return whether an answer of this status takes the message."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
