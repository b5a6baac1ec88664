"""Live updates: what was committed is told to whoever listens now, by one reader per API process.

Telling is best effort: nothing depends on it. A listener that may have missed something is told so,
and fetches the present state; one that does not keep up is let go, and comes back by itself.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import orjson
import structlog

from ciclo.domain.batch import AppliedEvent
from ciclo.metrics import LIVE_LISTENERS, LIVE_REFUSALS
from ciclo.streams.broadcast import announce, follow
from ciclo.streams.connection import Streams, StreamsUnavailable

_log = structlog.get_logger(__name__)

CHANNEL: Final = "live"

ENTITLEMENTS_CHANGED: Final = "entitlements_changed"
"""The type of a change that is no event's: a customer uses more or less, or an operator gave them more."""

WAITING_MAX: Final = 200
"""Changes that wait for one listener; more, and it is let go."""

LISTENERS_MAX: Final = 5_000
"""Listeners of one API process."""

LISTENERS_OF_VIEWER_MAX: Final = 50
"""Those of one viewer among them: some windows with some live updates each, and a hundredth of all places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChange:
    """One event was applied to a subscription, or recorded for it."""

    event_id: str
    type: str
    subscription_id: str
    customer_id: str
    message_ids: tuple[str, ...] = ()
    """What was told of it, where anybody is told."""


class ListenerTooSlow(Exception):
    """A listener did not keep up; it has to fetch the present state and listen anew."""


class ServerEnding(Exception):
    """This process is about to end: listeners have to come back, and reach another one."""


class TooManyListeners(Exception):
    """This process has as many listeners as it can serve."""


class TooManyOfViewer(Exception):
    """One viewer has as many listeners as one may have."""


def changes_of(
    entries: Iterable[AppliedEvent], messages: Iterable[Mapping[str, str]] = ()
) -> list[SubscriptionChange]:
    """Return what committed entries changed, with the *messages* that were written with them."""
    told: dict[str, list[str]] = defaultdict(list)
    for message in messages:
        told[message["event_id"]].append(message["_id"])
    return [
        SubscriptionChange(
            event_id=entry.event.id,
            type=entry.event.type.value,
            subscription_id=entry.event.subscription_id,
            customer_id=entry.before.subscription.customer_id,
            message_ids=tuple(told.get(entry.event.id, ())),
        )
        for entry in entries
    ]


async def broadcast_changes(streams: Streams, changes: Iterable[SubscriptionChange]) -> None:
    """Tell every API process of *changes*, all in one message; without Redis nobody is told."""
    rows = [
        [change.event_id, change.type, change.subscription_id, change.customer_id, *change.message_ids]
        for change in changes
    ]
    if not rows:
        return
    try:
        await announce(streams, CHANNEL, [orjson.dumps(rows)])
    except StreamsUnavailable as error:
        _log.info("changes_not_told", changes=len(rows), error=str(error))


@dataclass(eq=False, slots=True)
class Listener:
    """One client's wait for the changes that concern it. None stands for: something may be missing.

    One that is `coalescing` only wants to know that something changed; it is never overrun.
    """

    concerns: Callable[[SubscriptionChange], bool]
    coalescing: bool = False
    overrun: bool = False
    ended: bool = False
    queue: "asyncio.Queue[SubscriptionChange | None]" = field(init=False)

    def __post_init__(self) -> None:
        self.queue = asyncio.Queue(maxsize=1 if self.coalescing else WAITING_MAX)

    async def changes(self) -> AsyncGenerator[SubscriptionChange | None, None]:
        """Yield changes as they come.

        Raises:
            ListenerTooSlow: more came than was taken.
            ServerEnding: this process ends.
        """
        while True:
            change = await self.queue.get()
            if self.ended:
                raise ServerEnding
            if self.overrun:
                raise ListenerTooSlow
            yield change

    def offer(self, change: SubscriptionChange | None) -> None:
        """Hand a change over, or mark the listener as overrun; never waits."""
        try:
            self.queue.put_nowait(change)
        except asyncio.QueueFull:
            self.overrun = not self.coalescing

    def end(self) -> None:
        """Let whoever waits hear that there is nothing more to come."""
        self.ended = True
        self.offer(None)


class Hub:
    """Hands the changes of one Redis reader on to this process's listeners."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._of_viewer: Counter[str] = Counter()
        self._is_closed = False

    @contextmanager
    def listen(
        self, concerns: Callable[[SubscriptionChange], bool], *, viewer: str, coalescing: bool = False
    ) -> Iterator[Listener]:
        """Listen to the changes that *concerns* tells apart, for as long as the block lasts.

        Raises:
            TooManyListeners: there is no room for another one.
            TooManyOfViewer: there is none for another one of this *viewer*.
            ServerEnding: this process ends.
        """
        self._require_room(viewer)
        listener = Listener(concerns, coalescing=coalescing)
        self._listeners.add(listener)
        self._of_viewer[viewer] += 1
        LIVE_LISTENERS.inc()
        try:
            yield listener
        finally:
            LIVE_LISTENERS.dec()
            self._listeners.discard(listener)
            self._of_viewer[viewer] -= 1
            if self._of_viewer[viewer] == 0:
                del self._of_viewer[viewer]

    def close(self) -> None:
        """Let all listeners end, and take no more."""
        self._is_closed = True
        for listener in self._listeners:
            listener.end()

    def _require_room(self, viewer: str) -> None:
        if self._is_closed:
            raise ServerEnding
        if self._of_viewer[viewer] >= LISTENERS_OF_VIEWER_MAX:
            LIVE_REFUSALS.labels("viewer").inc()
            raise TooManyOfViewer
        if len(self._listeners) >= LISTENERS_MAX:
            LIVE_REFUSALS.labels("process").inc()
            raise TooManyListeners

    async def run(self, streams: Streams, *, stop: asyncio.Event) -> None:
        """Read changes until *stop* is set."""
        async for messages in follow(streams, CHANNEL, stop=stop):
            if messages is None:
                self.offer(None)
                continue
            for message in messages:
                for row in orjson.loads(message):
                    self.offer(_change(row))

    def offer(self, change: SubscriptionChange | None) -> None:
        """Hand a change to those whom it concerns; None: some may be missing. Never waits."""
        for listener in self._listeners:
            if change is None or listener.concerns(change):
                listener.offer(change)


def _change(row: list[str]) -> SubscriptionChange:
    event_id, type_, subscription_id, customer_id, *message_ids = row
    return SubscriptionChange(
        event_id=event_id,
        type=type_,
        subscription_id=subscription_id,
        customer_id=customer_id,
        message_ids=tuple(message_ids),
    )
