"""Events that wait, and a handler that does what a test wants of them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.delivery import DeliveryOptions, Fault, deliver
from ciclo.backoff import Backoff
from ciclo.domain.events.event import new_order
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.events.orders import RegistrationRequested
from ciclo.domain.ids import EventId
from ciclo.store.events.records import new_document
from ciclo.store.mongo.client import Document, Store
from ciclo.streams.consumer import Delivered
from tests.builders import CUSTOMER, SUBSCRIPTION, event

AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
OPTIONS: Final = DeliveryOptions(
    lease=timedelta(seconds=60),
    passing_tries_max=3,
    backoff=Backoff(first=0.001, max=0.002),
    tries_max=2,
    deliveries_max=4,
)


async def waiting_events(store: Store, number: int, **changes: Any) -> list[EventId]:
    """Store events that wait to be processed, with *changes* to their documents, and return their ids."""
    payload = PaymentSucceeded(amount=1, currency="BRL")
    events = [event(payload, at=AT, key=f"key {one}") for one in range(number)]
    documents = [new_document(one, recorded_at=AT, next_publish_at=AT) | changes for one in events]
    await store["events"].insert_many(documents)
    return [one.id for one in events]


async def waiting_orders(store: Store, number: int) -> list[EventId]:
    """Store orders that wait to be carried out, and return their ids."""
    asked = RegistrationRequested(customer_id=CUSTOMER)
    orders = [new_order(SUBSCRIPTION, asked, key=f"key {one}", at=AT) for one in range(number)]
    await store["events"].insert_many(
        [new_document(one, recorded_at=AT, next_publish_at=AT) for one in orders]
    )
    return [one.id for one in orders]


async def stored(store: Store, event_id: EventId) -> Document:
    document = await store["events"].find_one({"_id": event_id})
    assert document is not None
    return document


@dataclass
class Handler:
    """Processes events but those in `poison`; what it is called with is kept in `calls`."""

    deps: Deps
    poison: set[EventId] = field(default_factory=set)
    faulty: set[EventId] = field(default_factory=set)
    passing_failures: int = 0
    during: Callable[[Sequence[EventId]], Awaitable[None]] | None = None
    calls: list[list[EventId]] = field(default_factory=list)

    async def __call__(self, deps: Deps, event_ids: Sequence[EventId]) -> Sequence[Fault]:
        self.calls.append(list(event_ids))
        if self.during is not None:
            await self.during(event_ids)
        if self.passing_failures > 0:
            self.passing_failures -= 1
            raise TimeoutError("no primary")
        if self.poison.intersection(event_ids):
            raise LookupError("can't apply it")
        done = [one for one in event_ids if one not in self.faulty]
        await deps.store["events"].update_many({"_id": {"$in": done}}, {"$set": {"processed": True}})
        return [(one, "its own fault") for one in event_ids if one in self.faulty]

    async def deliver(
        self, event_ids: Sequence[EventId], *, stop: asyncio.Event | None = None, **changes: Any
    ) -> Delivered:
        """Deliver events to this handler, with *changes* to the options."""
        options = replace(OPTIONS, **changes)
        return await deliver(self.deps, event_ids, self, options=options, stop=stop or asyncio.Event())
