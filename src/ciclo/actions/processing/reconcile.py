"""Reconciliation: asking providers what became of payments that have been pending for too long.

Notices can get lost on their way; what a provider answers here is recorded like a notice of its own.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.notices import notice_event
from ciclo.actions.processing.publish_events import publish_events
from ciclo.domain.events.event import Event
from ciclo.domain.events.facts import PaymentAuthorized
from ciclo.domain.payment import Payment
from ciclo.gateways.protocol import GatewayError, NoticePayload
from ciclo.store.events.outbox import record_notices
from ciclo.store.payments import in_flight_since

_log = structlog.get_logger(__name__)

INVOICES_MAX: Final = 5_000
"""Open invoices that one run looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciledPayment:
    """What a provider said of one payment: a type of event, None for nothing new, or why it said nothing."""

    payment: Payment
    news: str | None
    error: str | None = None


async def reconcile(deps: Deps, *, older_than: timedelta) -> AsyncIterator[ReconciledPayment]:
    """Ask for every payment that waits since *older_than*; record what is new and yield each answer."""
    since = await deps.clock.now() - older_than
    payments = await in_flight_since(deps.store, since, invoices_max=INVOICES_MAX)
    slots = asyncio.Semaphore(deps.settings.charges_concurrent_max)

    async def ask(payment: Payment) -> ReconciledPayment:
        async with slots:
            return await _ask(deps, payment)

    for answer in asyncio.as_completed([ask(one) for one in payments if one.provider is not None]):
        yield await answer


async def _ask(deps: Deps, payment: Payment) -> ReconciledPayment:
    try:
        payload = await deps.gateways.of_provider(str(payment.provider)).fetch(payment)
    except GatewayError as error:
        _log.warning("reconciliation_put_off", payment_id=payment.id, error=str(error))
        return ReconciledPayment(payment=payment, news=None, error=str(error))
    if payload is None or isinstance(payload, PaymentAuthorized):
        return ReconciledPayment(payment=payment, news=None)
    is_new = await record_news(deps, payment, payload)
    return ReconciledPayment(payment=payment, news=payload.type.value if is_new else None)


async def record_news(deps: Deps, payment: Payment, payload: NoticePayload) -> bool:
    """Record what a provider answered of *payment* like a notice of its own; False if that is known."""
    kind = type(payload).__name__
    event: Event = notice_event(
        payload,
        subscription_id=payment.subscription_id,
        occurred_at=await deps.clock.now(),
        received_at=deps.wall(),
        dedupe_key=f"reconciled:{payment.id}:{payment.attempts}:{kind}",
    )
    [recorded] = await record_notices(deps.store, [(event, "")], now=deps.wall())
    if not recorded.duplicate:
        await publish_events(deps, [(event.id, event.type)])
    return not recorded.duplicate
