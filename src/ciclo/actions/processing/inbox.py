"""The inbox for webhooks: notices come in together, are read together, and are made durable by one write.

One task does it all, a batch at a time. While one write is under way, notices gather; when it returns they go
as the next batch. Nothing waits for company longer than a turn of the event loop: a single notice is written
at once. Read one at a time, between all else that a request needs, each would find the processor's caches
full of other code and cost twice as much.
"""

import asyncio
import hashlib
from collections import deque
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from ciclo import tracing
from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.publish_events import publish_events
from ciclo.domain.events.event import Event
from ciclo.domain.ids import EventId
from ciclo.store.events.outbox import RecordedNotice, record_notices

BATCH_MAX: Final = 500
READ_MAX: Final = 100
"""How many notices are read before other requests get their turn."""

WAITING_MAX: Final = 5_000
"""Notices that may wait at a time."""

WAITING_BYTES_MAX: Final = 64 * 2**20
"""What their bodies may hold together."""


class InboxFull(Exception):
    """Too many notices wait for the store; the sender has to come again."""


class Read(Protocol):
    """Makes the event of a notice, or raises what its sender is to be told."""

    def __call__(self, *, now: datetime, wall: datetime) -> Event:
        """Return the event; *now* is the billing clock's time, *wall* the real one."""
        ...


@dataclass(frozen=True, slots=True)
class _Notice:
    read: Read
    body: bytes
    answer: "asyncio.Future[RecordedNotice]"
    trace: str | None
    """The context of its request: the inbox reads and writes outside of it."""


@dataclass(frozen=True, slots=True)
class _Readable:
    """A notice that was read."""

    event: Event
    digest: str
    answer: "asyncio.Future[RecordedNotice]"
    trace: str | None


@dataclass(frozen=True, slots=True)
class _Durable:
    """An event that is stored, and not announced yet."""

    event_id: EventId
    type: str
    trace: str | None


class Inbox:
    """Takes in the notices of one API process."""

    def __init__(
        self, deps: Deps, *, waiting_max: int = WAITING_MAX, waiting_bytes_max: int = WAITING_BYTES_MAX
    ) -> None:
        self.deps = deps
        self._waiting_max: Final = waiting_max
        self._waiting_bytes_max: Final = waiting_bytes_max
        self._waiting: deque[_Notice] = deque()
        self._waiting_bytes = 0
        self._worker: asyncio.Task[None] | None = None
        self._durable: list[_Durable] = []
        self._announcer: asyncio.Task[None] | None = None

    async def take(self, read: Read, body: bytes) -> RecordedNotice:
        """Read a notice and store its event durably; return what became of it.

        Args:
            read: what makes the event; called once, together with others'.
            body: the notice as it came: its SHA-256 tells a repeat from another notice.

        Raises:
            InboxFull: nothing is done about it.
            Exception: what *read* raises; or the store could not take it, and the sender has to come again.
        """
        bytes_after = self._waiting_bytes + len(body)
        if len(self._waiting) >= self._waiting_max or bytes_after > self._waiting_bytes_max:
            raise InboxFull
        answer: asyncio.Future[RecordedNotice] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Notice(read, body, answer, tracing.current()))
        self._waiting_bytes = bytes_after
        if self._worker is None or self._worker.done():
            # In a context of its own: what it logs is not of the request that happened to be first.
            self._worker = asyncio.create_task(self._work(), context=Context())
        return await answer

    async def aclose(self) -> None:
        """Wait until what was taken in is written and announced."""
        if self._worker is not None:
            await self._worker
        if self._announcer is not None:
            await self._announcer

    async def _work(self) -> None:
        while self._waiting:
            # One turn of the loop: what is arriving now comes along, and needs no write of its own.
            await asyncio.sleep(0)
            batch = await self._read_batch()
            if batch:
                await self._write(batch)

    async def _read_batch(self) -> list[_Readable]:
        """Read what waits, up to a batch; answer those whose notice can't be read."""
        batch: list[_Readable] = []
        for _ in range(BATCH_MAX // READ_MAX):
            together = [self._waiting.popleft() for _ in range(min(READ_MAX, len(self._waiting)))]
            self._waiting_bytes -= sum(len(notice.body) for notice in together)
            batch += await self._read(together)
            if not self._waiting:
                break
            await asyncio.sleep(0)
        return batch

    async def _read(self, notices: list[_Notice]) -> list[_Readable]:
        try:
            now = await self.deps.breaker.during(self.deps.clock.now())
            wall = self.deps.wall()
        except Exception as error:  # noqa: BLE001 - it is passed on to every request
            for notice in notices:
                _refuse(notice.answer, error)
            return []
        readable = []
        for notice in notices:
            if notice.answer.cancelled():
                continue  # its sender was told to come again
            try:
                event = notice.read(now=now, wall=wall)
            except Exception as error:  # noqa: BLE001 - it is passed on to its request
                _refuse(notice.answer, error)
            else:
                digest = hashlib.sha256(notice.body).hexdigest()
                readable.append(_Readable(event, digest, notice.answer, notice.trace))
        return readable

    async def _write(self, batch: list[_Readable]) -> None:
        try:
            events = [(notice.event, notice.digest) for notice in batch]
            traces = {notice.event.id: notice.trace for notice in batch if notice.trace}
            # Whoever waits behind this batch must not wait for the driver's time-out, and then for his own.
            recorded = await self.deps.breaker.during(
                record_notices(self.deps.store, events, now=self.deps.wall(), traces=traces)
            )
        except Exception as error:  # noqa: BLE001 - it is passed on to every request of the batch
            for notice in batch:
                _refuse(notice.answer, error)
            return
        for notice, result in zip(batch, recorded, strict=True):
            if not notice.answer.cancelled():
                notice.answer.set_result(result)
            if not result.duplicate:
                self._durable.append(_Durable(result.event_id, notice.event.type, notice.trace))
        # The announcement need not keep the next batch waiting: the record is there for the relay.
        if self._announcer is None or self._announcer.done():
            self._announcer = asyncio.create_task(self._announce())

    async def _announce(self) -> None:
        while self._durable:
            events, self._durable = self._durable, []
            pairs = [(event.event_id, event.type) for event in events]
            await publish_events(self.deps, pairs, traces={event.event_id: event.trace for event in events})


def _refuse(answer: "asyncio.Future[RecordedNotice]", error: Exception) -> None:
    if not answer.cancelled():
        answer.set_exception(error)
