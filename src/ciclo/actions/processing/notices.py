"""Providers' notices as events: a date becomes an instant, a reference leads to its payment."""

from datetime import date, datetime

from ciclo.actions.dependencies import Deps, generate_id
from ciclo.domain.events.event import Event, Source
from ciclo.domain.events.facts import ProviderFact
from ciclo.domain.ids import EventId, SubscriptionId
from ciclo.domain.payment import Payment
from ciclo.domain.period import local_date, start_of_day
from ciclo.gateways.protocol import Notice, attach_payment
from ciclo.store.payments import find_payment, find_payment_by_reference

UNKNOWN = SubscriptionId("unknown")
"""The subscription of a notice that leads to none: a person will look at it."""


def notice_event(
    payload: ProviderFact,
    *,
    subscription_id: SubscriptionId,
    occurred_at: datetime,
    received_at: datetime,
    dedupe_key: str,
) -> Event:
    """Return the event of a notice that was received at *received_at* by the wall clock."""
    return Event(
        id=EventId(generate_id("evt", received_at)),
        subscription_id=subscription_id,
        payload=payload,
        occurred_at=occurred_at,
        source=Source.WEBHOOK,
        dedupe_key=dedupe_key,
    )


def instant_of(day: date | datetime, *, now: datetime, timezone: str) -> datetime:
    """Return when a notice of *day* happened: an instant as it is; of today now, else as the day begins."""
    if isinstance(day, datetime):
        return day
    return now if day == local_date(now, timezone) else start_of_day(day, timezone)


async def provider_event(deps: Deps, notice: Notice, *, received_at: datetime) -> Event | None:
    """Return the event of a provider's verified notice; None if it says nothing about our money.

    One that bears our ids and leads to no payment is kept for review. One that bears none, with no
    reference that we know, is of another system on the same provider account: it is not ours to keep.
    """
    if notice.payload is None:
        return None
    payment = await _payment_of(deps, notice)
    if payment is None and notice.payment_id is None and notice.subscription_id is None:
        return None
    return notice_event(
        notice.payload if payment is None else attach_payment(notice.payload, payment_id=payment.id),
        subscription_id=payment.subscription_id if payment else notice.subscription_id or UNKNOWN,
        occurred_at=notice.occurred_at,
        received_at=received_at,
        dedupe_key=notice.dedupe_key,
    )


async def _payment_of(deps: Deps, notice: Notice) -> Payment | None:
    if notice.payment_id:
        return await find_payment(deps.store, notice.payment_id, owner=None)
    if notice.provider_reference:
        return await find_payment_by_reference(deps.store, notice.provider_reference)
    return None
