"""Events: everything that happens to a subscription, and the work orders that follow from it.

An event carries a command or a fact, and `lifecycle.apply` applies it. A work order is recorded among
the events, under a name of the same kind, but the collection worker carries it out.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, get_args

from ciclo.domain.events.commands import Command
from ciclo.domain.events.event_type import EventType
from ciclo.domain.events.facts import Fact
from ciclo.domain.events.orders import ChargeRequested, Order
from ciclo.domain.ids import EventId, PaymentId, SubscriptionId, derived_id

Payload = Command | Fact | Order

PAYLOADS: Final[dict[EventType, type[Payload]]] = {kind.type: kind for kind in get_args(Payload)}

WORK_ORDERS: Final[frozenset[EventType]] = frozenset(kind.type for kind in get_args(Order))
"""Types that the collection worker carries out; all others are applied to a subscription."""


class Source(StrEnum):
    """Who brought the news."""

    API = "API"
    WEBHOOK = "WEBHOOK"
    CLOCK = "CLOCK"
    ENGINE = "ENGINE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. A second report of it has the same `dedupe_key` and is the same event."""

    id: EventId
    subscription_id: SubscriptionId
    payload: Command | Fact
    occurred_at: datetime
    source: Source
    dedupe_key: str
    actor: str | None = None
    """Who asked for it, where a person did."""

    @property
    def type(self) -> EventType:
        """Return the type, such as payment_success."""
        return self.payload.type


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrder:
    """One thing to do, decided at `occurred_at`. Whoever decides it again has the same order, by its key."""

    source: ClassVar = Source.ENGINE
    actor: ClassVar = None

    id: EventId
    subscription_id: SubscriptionId
    payload: Order
    occurred_at: datetime
    dedupe_key: str

    @property
    def type(self) -> EventType:
        """Return the type, such as charge_requested."""
        return self.payload.type


def new_order(subscription_id: SubscriptionId, payload: Order, *, key: str, at: datetime) -> WorkOrder:
    """Return the order that a decision brings about: the same one, whoever computes it."""
    dedupe_key = f"{payload.type}:{key}"
    return WorkOrder(
        id=EventId(derived_id("evt", at=at, facts=dedupe_key)),
        subscription_id=subscription_id,
        payload=payload,
        occurred_at=at,
        dedupe_key=dedupe_key,
    )


def charge_key(payment_id: PaymentId, attempt: int) -> str:
    """Return the dedupe key of the order to make one attempt at a payment."""
    return f"{ChargeRequested.type}:{payment_id}:{attempt}"


def answer_key(order_id: EventId) -> str:
    """Return the dedupe key of the answer to a work order: an order has one."""
    return f"answer:{order_id}"
