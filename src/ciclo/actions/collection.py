"""Carrying out work orders at the payment providers, outside any transaction.

Every call bears an idempotency key that follows from the order, so that an order which is carried
out twice moves money once. What the provider answers becomes an event; what it does not answer is
asked again later with the same key.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from ciclo.actions.applying import described
from ciclo.actions.clock import wall_now
from ciclo.actions.deps import Deps, mint
from ciclo.actions.methods import registered
from ciclo.actions.publishing import announce_work
from ciclo.domain.events import (
    ChargeRequested,
    Event,
    Payload,
    RefundRequested,
    RegistrationRequested,
    Source,
    SubscriptionRegistered,
)
from ciclo.domain.ids import EventId
from ciclo.domain.payment import MethodKind
from ciclo.gateways.protocol import Charge, Misconfigured, Unavailable
from ciclo.store.events import to_event
from ciclo.store.orders import Answered, Files, close_orders, load_files, put_off
from ciclo.store.outbox import find_waiting

_log = structlog.get_logger(__name__)

DONE: Final = "DONE"
NEEDLESS: Final = "NEEDLESS"
"""The outcome of a charge that nobody needs any more: paid otherwise, voided, or superseded."""

RETRY_AFTER_S: Final = 5
"""The first pause after a provider did not answer; it doubles up to RETRY_AFTER_S_MAX."""

RETRY_AFTER_S_MAX: Final = 300
ALERT_AFTER_S: Final = 300
"""The pause after our own set-up was refused: a person has to mend it."""

ORDER_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What became of a batch: orders that were answered, put off, and at fault themselves."""

    answered: int
    put_off: int
    faulty: list[tuple[EventId, str]]


async def carry_out(deps: Deps, order_ids: Sequence[EventId]) -> Carried:
    """Carry out waiting orders, several at a time, and record all answers in one transaction.

    Raises:
        Contention: another worker closed one of them first; nothing was recorded, and the providers
            will answer the same again.
    """
    documents = await find_waiting(deps.store, order_ids)
    orders: list[Event] = []
    pubs: dict[EventId, int] = {}
    faulty: list[tuple[EventId, str]] = []
    for document in documents:
        try:
            orders.append(to_event(document))
            pubs[document["_id"]] = document["pubs"]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            faulty.append((document["_id"], described(error)))
    files = await load_files(deps.store, orders)
    slots = asyncio.Semaphore(deps.settings.charges_concurrent_max)

    async def attempt(order: Event) -> Answered | None:
        async with slots:
            return await _attempt(deps, order, files, tries=pubs[order.id])

    results = await asyncio.gather(*(attempt(order) for order in orders), return_exceptions=True)
    answered = [result for result in results if isinstance(result, Answered)]
    for order, result in zip(orders, results, strict=True):
        if isinstance(result, Exception):
            faulty.append((order.id, described(result)))
        elif isinstance(result, BaseException):
            raise result
    await close_orders(deps.store, answered, now=wall_now())
    await announce_work(deps, [(fact.id, fact.type) for one in answered for fact in one.facts])
    return Carried(
        answered=len(answered),
        put_off=sum(result is None for result in results),
        faulty=faulty,
    )


async def _attempt(deps: Deps, order: Event, files: Files, *, tries: int) -> Answered | None:
    """Carry one order out; None if it has to rest."""
    try:
        async with asyncio.timeout(ORDER_TIMEOUT_S):
            return await _carry_out(deps, order, files)
    except Misconfigured as error:
        _log.error("gateway_misconfigured", event_id=order.id, type=order.type, error=str(error))
        await _rest(deps, order, seconds=ALERT_AFTER_S, why=described(error))
    except (Unavailable, TimeoutError) as error:
        wished = getattr(error, "retry_after_s", None)
        seconds = wished or min(RETRY_AFTER_S_MAX, RETRY_AFTER_S * 2 ** min(tries, 10))
        _log.warning("provider_unavailable", event_id=order.id, type=order.type, retry_after_s=seconds)
        await _rest(deps, order, seconds=seconds, why=described(error))
    return None


async def _rest(deps: Deps, order: Event, *, seconds: float, why: str) -> None:
    await put_off(deps.store, order.id, until=wall_now() + timedelta(seconds=seconds), why=why)


async def _carry_out(deps: Deps, order: Event, files: Files) -> Answered:
    match order.payload:
        case ChargeRequested() as charge:
            return await _charge(deps, order, charge, files)
        case RefundRequested() as refund:
            gateway = deps.gateways.named(refund.provider)
            answer = await gateway.refund(refund, requested_at=order.occurred_at)
            facts = [await _fact(deps, order, answer)] if answer else []
            return Answered(order_id=order.id, outcome=DONE, facts=facts)
        case RegistrationRequested() as request:
            gateway = deps.gateways.for_method(MethodKind.CREDIT_CARD)
            payer = await registered(deps, gateway, files.customers[request.customer_id])
            fact = SubscriptionRegistered(reference=f"{gateway.name}:{payer.reference}")
            return Answered(order_id=order.id, outcome=DONE, facts=[await _fact(deps, order, fact)])
        case _:
            raise TypeError(f"{order.type} is no work order")


async def _charge(deps: Deps, order: Event, charge: ChargeRequested, files: Files) -> Answered:
    if not _is_needed(charge, order, files):
        return Answered(order_id=order.id, outcome=NEEDLESS)
    gateway = deps.gateways.for_method(charge.method.kind)
    payer = await registered(deps, gateway, files.customers[charge.customer_id])
    lines = files.invoices[charge.invoice_id].lines
    answer = await gateway.charge(
        Charge(
            order=charge,
            subscription_id=order.subscription_id,
            requested_at=order.occurred_at,
            description=lines[-1].plan_name,
        ),
        payer,
    )
    return Answered(order_id=order.id, outcome=DONE, facts=[await _fact(deps, order, answer)])


def _is_needed(charge: ChargeRequested, order: Event, files: Files) -> bool:
    """Return whether the invoice still wants this attempt; nobody is charged after the end."""
    payment, invoice = files.payments[charge.payment_id], files.invoices[charge.invoice_id]
    is_live = files.subscriptions[order.subscription_id].is_live
    return is_live and invoice.is_open and not payment.is_paid and charge.attempt == payment.attempts


async def _fact(deps: Deps, order: Event, payload: Payload) -> Event:
    at = await deps.clock.now()
    return Event(
        id=EventId(mint("evt", at)),
        subscription_id=order.subscription_id,
        payload=payload,
        occurred_at=at,
        source=Source.ENGINE,
        dedupe_key=f"answer:{order.id}",
    )
