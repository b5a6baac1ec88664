"""The inbox for webhooks: many notices are made durable by one write, and each is answered when its own is.

While one write is under way, requests gather; when it returns they go as the next batch. Nothing
waits for company longer than a turn of the event loop: a single notice is written at once.
"""

import asyncio
from contextvars import Context
from dataclasses import dataclass
from typing import Final

from ciclo.actions.clock import wall_now
from ciclo.actions.deps import Deps
from ciclo.actions.publishing import announce_work
from ciclo.domain.events import Event
from ciclo.store.outbox import Recorded, record

BATCH_MAX: Final = 500
WAITING_MAX: Final = 5_000
"""Notices that may wait for the store at a time."""


class InboxFull(Exception):
    """Too many notices wait for the store; the sender has to come again."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    event: Event
    digest: str
    answer: "asyncio.Future[Recorded]"


class Inbox:
    """Collects the notices of one API process."""

    def __init__(self, deps: Deps, *, waiting_max: int = WAITING_MAX) -> None:
        self.deps = deps
        self._waiting_max: Final = waiting_max
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None
        self._durable: list[tuple[str, str]] = []
        self._announcer: asyncio.Task[None] | None = None

    async def record(self, event: Event, *, digest: str) -> Recorded:
        """Store *event* durably; *digest* is its body's SHA-256, which tells a repeat from another notice.

        Raises:
            InboxFull: nothing is done about it.
            Exception: the store could not take it; the sender has to send it again.
        """
        answer: asyncio.Future[Recorded] = asyncio.get_running_loop().create_future()
        self.put(event, digest=digest, answer=answer)
        return await answer

    def put(self, event: Event, *, digest: str, answer: "asyncio.Future[Recorded]") -> None:
        """Do what `record` does, and give *answer* what became of it.

        Raises:
            InboxFull: nothing is done about it.
        """
        if len(self._waiting) >= self._waiting_max:
            raise InboxFull
        self._waiting.append(_Waiting(event, digest, answer))
        if self._writer is None or self._writer.done():
            # In a context of its own: what it logs is not of the request that happened to be first.
            self._writer = asyncio.create_task(self._write(), context=Context())

    async def aclose(self) -> None:
        """Wait until what was taken in is written."""
        if self._writer is not None:
            await self._writer
        if self._announcer is not None:
            await self._announcer

    async def _write(self) -> None:
        while self._waiting:
            # One turn of the loop: what is being read now comes along, and needs no write of its own.
            await asyncio.sleep(0)
            batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
            try:
                recorded = await record(
                    self.deps.store, [(one.event, one.digest) for one in batch], now=wall_now()
                )
            except Exception as error:  # noqa: BLE001 - it is passed on to every request of the batch
                for one in batch:
                    if not one.answer.cancelled():
                        one.answer.set_exception(error)
                continue
            for one, result in zip(batch, recorded, strict=True):
                if not one.answer.cancelled():
                    one.answer.set_result(result)
            self._durable += [
                (result.event_id, one.event.type)
                for one, result in zip(batch, recorded, strict=True)
                if not result.duplicate
            ]
            # The bell need not keep the next batch waiting: the record is there, and a relay would ring it.
            if self._announcer is None or self._announcer.done():
                self._announcer = asyncio.create_task(self._announce())

    async def _announce(self) -> None:
        while self._durable:
            events, self._durable = self._durable, []
            await announce_work(self.deps, events)
