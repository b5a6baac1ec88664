"""Payment notices come in together and are read together: verified, parsed, made into events, handed on.

One turn of the event loop brings many requests. Read one at a time, between all else that a request needs,
each would find the processor's caches full of other code and cost twice as much.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ciclo.actions.clock import wall_now
from ciclo.actions.deps import Deps
from ciclo.actions.inbox import Inbox
from ciclo.actions.notices import instant_of, notice_event
from ciclo.domain.errors import BillingError
from ciclo.domain.events import Event
from ciclo.store.outbox import Recorded
from ciclo.web.fields import Field
from ciclo.web.strict_json import read_json
from ciclo.web.webhooks.payment_notice import NoticeInvalid, read_notice, refusal
from ciclo.web.webhooks.signature import SignatureVerifier

TOGETHER_MAX: Final = 100
"""How many notices are read before other requests get their turn."""

AHEAD_MAX: Final = timedelta(days=1)
"""How far a notice's date may lie ahead of the billing clock: dates differ between time zones."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    fields: Sequence[Field]
    body: bytes
    answer: "asyncio.Future[Recorded]"


class Intake:
    """Reads the notices of one API process, and puts those that are good into its inbox."""

    def __init__(self, deps: Deps, inbox: Inbox, signatures: SignatureVerifier) -> None:
        self._deps = deps
        self._inbox = inbox
        self._signatures = signatures
        self._arrived: list[_Arrival] = []
        self._reader: asyncio.Task[None] | None = None

    async def take(self, fields: Sequence[Field], body: bytes) -> Recorded:
        """Return what became of a notice with these header *fields*, once it is durable.

        Raises:
            HttpProblem, MalformedJson: it is refused.
            InboxFull: too many wait; nothing is done about it.
            Exception: the store could not take it; the sender has to send it again.
        """
        answer: asyncio.Future[Recorded] = asyncio.get_running_loop().create_future()
        self._arrived.append(_Arrival(fields, body, answer))
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read(), context=Context())
        return await answer

    async def aclose(self) -> None:
        """Wait until what came in is read."""
        if self._reader is not None:
            await self._reader

    async def _read(self) -> None:
        while self._arrived:
            together, self._arrived = self._arrived[:TOGETHER_MAX], self._arrived[TOGETHER_MAX:]
            try:
                now = await self._deps.clock.now()
            except Exception as error:  # noqa: BLE001 - it is passed on to every request
                for one in together:
                    _refuse(one, error)
                continue
            wall = wall_now()
            for one in together:
                try:
                    digest = hashlib.sha256(one.body).hexdigest()
                    self._inbox.put(self._event(one, now=now, wall=wall), digest=digest, answer=one.answer)
                except Exception as error:  # noqa: BLE001 - it is passed on to its request
                    _refuse(one, error)
            if self._arrived:
                await asyncio.sleep(0)

    def _event(self, arrival: _Arrival, *, now: datetime, wall: datetime) -> Event:
        webhook_id = self._signatures.verify(arrival.body, arrival.fields, now=wall)
        notice = read_notice(read_json(arrival.body))
        try:
            subscription_id = notice.subscription()
            payload = notice.payload(currency=self._deps.settings.currency)
        except BillingError as error:
            raise refusal(error) from None
        occurred_at = instant_of(notice.date, now=now, timezone=self._deps.policy.timezone)
        if occurred_at > now + AHEAD_MAX:
            raise NoticeInvalid("DATE_IN_FUTURE", "date: lies in the future")
        return notice_event(
            payload,
            subscription_id=subscription_id,
            occurred_at=occurred_at,
            received_at=now,
            dedupe_key=f"hook:{webhook_id}",
        )


def _refuse(arrival: _Arrival, error: Exception) -> None:
    if not arrival.answer.cancelled():
        arrival.answer.set_exception(error)
