"""Carrying out work orders at the payment providers, outside any transaction.

Every call bears an idempotency key that follows from the order, so that an order which is carried
out twice moves money once; that it is held in its record keeps two workers from asking at a time.
What the provider answers becomes an event; what it does not answer is asked again later with the
same key. No order ends without a fact: what is not needed any more says so (rule 19).
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from ciclo import tracing
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.payment_methods import payer_of, register_customer
from ciclo.actions.processing.apply_events import describe_error
from ciclo.actions.processing.provider_calls import CallOutcome, ProviderCalls, count_provider_calls
from ciclo.actions.processing.publish_events import publish_events
from ciclo.backoff import Backoff
from ciclo.domain.events.event import Event, Source, WorkOrder, answer_key
from ciclo.domain.events.facts import (
    ChargeDropped,
    ProviderFact,
    RefundFailed,
    SubscriptionRegistered,
)
from ciclo.domain.events.orders import ChargeRequested, Order, RefundRequested, RegistrationRequested
from ciclo.domain.ids import CustomerId, EventId
from ciclo.domain.payment import MethodKind
from ciclo.gateways.protocol import Charge, Gateway, Misconfigured, Payer, Unavailable
from ciclo.store.customers import find_customer, update_payer
from ciclo.store.events.dead_letters import DISCARDED
from ciclo.store.events.orders import (
    HeldOrder,
    OrderContext,
    OrderResult,
    close_orders,
    find_held,
    load_order_context,
    postpone_order,
)

_log = structlog.get_logger(__name__)

DONE: Final = "DONE"
DROPPED: Final = "DROPPED"
"""The outcome of a charge that nobody needs any more: paid otherwise, voided, or superseded. Histories
from before it left a fact call it NEEDLESS."""

ANSWER_DELAY_MIN: Final = timedelta(milliseconds=1)
"""How long after an order its answer comes at the least: instants are kept to the millisecond."""

IDEMPOTENCY_KEY_LIFETIME: Final = timedelta(hours=23)
"""How long a provider is sure to know an idempotency key: Stripe forgets them after 24 hours."""

UNAVAILABLE_BACKOFF: Final = Backoff(first=5.0, max=300.0)
"""How long an order rests whose provider did not answer, unless the provider says how long."""

ALERT_AFTER_S: Final = 300
"""The pause after our own set-up was refused: a person has to mend it."""

ORDER_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionResult:
    """What became of a batch: orders that were answered, put off, and at fault themselves."""

    answered: int
    put_off: int
    faulty: list[tuple[EventId, str]]


async def carry_out_orders(deps: Deps, order_ids: Sequence[EventId]) -> CollectionResult:
    """Carry out orders that are held, several at a time, and record all answers in one transaction.

    Raises:
        Contention: another worker closed one of them first; nothing was recorded, and the providers
            will answer the same again.
    """
    orders, unreadable = await find_held(deps.store, order_ids)
    faulty = [(one.event_id, describe_error(one.error)) for one in unreadable]
    files = await load_order_context(deps.store, [order.event for order in orders])
    batch = _Batch(deps=deps, files=files, registering=defaultdict(asyncio.Lock), calls=ProviderCalls())
    slots = asyncio.Semaphore(deps.settings.charges_concurrent_max)

    async def attempt(order: HeldOrder) -> OrderResult | None:
        async with slots:
            return await _trace(batch, order)

    results = await asyncio.gather(*(attempt(order) for order in orders), return_exceptions=True)
    answered = [result for result in results if isinstance(result, OrderResult)]
    for order, result in zip(orders, results, strict=True):
        if isinstance(result, Exception):
            faulty.append((order.event.id, describe_error(result)))
        elif isinstance(result, BaseException):
            raise result
    await close_orders(deps.store, answered, now=deps.wall())
    facts = [(fact.id, fact.type) for one in answered for fact in one.facts]
    traces = {fact.id: one.trace for one in answered for fact in one.facts}
    await publish_events(deps, facts, traces=traces)
    await count_provider_calls(deps, batch.calls)
    return CollectionResult(
        answered=len(answered),
        put_off=sum(result is None for result in results),
        faulty=faulty,
    )


class AnswerLost(Exception):
    """A provider may have been asked long ago, and does not know our key any more: a person has to look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Orders that are carried out side by side, and what they share."""

    deps: Deps
    files: OrderContext
    registering: defaultdict[CustomerId, asyncio.Lock]
    calls: ProviderCalls


async def _trace(batch: _Batch, order: HeldOrder) -> OrderResult | None:
    """Carry one order out in the trace that it belongs to, and so do its facts."""
    about = {"ciclo.event.id": order.event.id}
    role = tracing.SpanRole.CLIENT
    with tracing.span(order.event.type.value, role=role, parent=order.trace, attributes=about):
        result = await _attempt(batch, order)
        return replace(result, trace=tracing.current()) if result else None


async def _attempt(batch: _Batch, order: HeldOrder) -> OrderResult | None:
    """Carry one order out; None if it has to rest."""
    deps, event = batch.deps, order.event
    try:
        async with asyncio.timeout(ORDER_TIMEOUT_S):
            result = await _carry_out(batch, order)
        if result.outcome == DONE:
            _count(batch, event, CallOutcome.ANSWERED)
    except Misconfigured as error:
        _count(batch, event, CallOutcome.MISCONFIGURED)
        _log.error("gateway_misconfigured", event_id=event.id, type=event.type, error=str(error))
        await _rest(deps, event, seconds=ALERT_AFTER_S, why=describe_error(error))
    except (Unavailable, TimeoutError) as error:
        _count(batch, event, CallOutcome.UNAVAILABLE)
        wished = getattr(error, "retry_after_s", None)
        seconds = wished or UNAVAILABLE_BACKOFF.pause_s(order.announcements + 1)
        _log.warning(
            "provider_unavailable",
            provider=provider_of(deps, event.payload),
            event_id=event.id,
            type=event.type,
            retry_after_s=seconds,
        )
        await _rest(deps, event, seconds=seconds, why=describe_error(error))
    else:
        return result
    return None


def _count(batch: _Batch, order: WorkOrder, outcome: CallOutcome) -> None:
    batch.calls[provider_of(batch.deps, order.payload), outcome] += 1


def provider_of(deps: Deps, payload: Order) -> str:
    """Return the name of the provider that an order of *payload* asks."""
    match payload:
        case RefundRequested():
            return payload.provider
        case ChargeRequested():
            return deps.gateways.for_method(payload.method.kind).name
        case RegistrationRequested():
            return deps.gateways.for_method(MethodKind.CREDIT_CARD).name


async def _rest(deps: Deps, order: WorkOrder, *, seconds: float, why: str) -> None:
    await postpone_order(deps.store, order.id, until=deps.wall() + timedelta(seconds=seconds), why=why)


async def _carry_out(batch: _Batch, order: HeldOrder) -> OrderResult:
    deps, event = batch.deps, order.event
    match event.payload:
        case ChargeRequested() as charge:
            return await _charge(batch, order, charge)
        case RefundRequested() as refund:
            gateway = deps.gateways.of_provider(refund.provider)
            answer = await gateway.refund(refund, requested_at=event.occurred_at)
            facts = [await answer_event(deps, event, answer)] if answer else []
            return OrderResult(order_id=event.id, outcome=DONE, facts=facts)
        case RegistrationRequested() as request:
            gateway = deps.gateways.for_method(MethodKind.CREDIT_CARD)
            payer = await _payer(batch, gateway, request.customer_id)
            fact = SubscriptionRegistered(reference=f"{gateway.name}:{payer.reference}")
            return OrderResult(order_id=event.id, outcome=DONE, facts=[await answer_event(deps, event, fact)])


def fact_without_answer(payload: Order) -> ProviderFact | None:
    """Return the fact that an order of *payload* leaves which ends without a provider's answer, if any."""
    match payload:
        case ChargeRequested():
            return ChargeDropped(payment_id=payload.payment_id, attempt=payload.attempt)
        case RefundRequested():
            return RefundFailed(
                payment_id=payload.payment_id, refund_id=payload.refund_id, failure_code=DISCARDED.lower()
            )
        case RegistrationRequested():
            return None


async def _payer(batch: _Batch, gateway: Gateway, customer_id: CustomerId) -> Payer:
    """Return a customer as the provider knows them: one order of a batch registers them for all."""
    async with batch.registering[customer_id]:
        customer = batch.files.customers[customer_id]
        if gateway.name not in customer.provider_references:
            customer = await find_customer(batch.deps.store, customer_id) or customer
        registered = await register_customer(gateway, customer)
        await update_payer(batch.deps.store, before=customer, after=registered)
        return payer_of(registered, gateway)


async def _charge(batch: _Batch, order: HeldOrder, charge: ChargeRequested) -> OrderResult:
    deps, event, files = batch.deps, order.event, batch.files
    if not _is_needed(charge, event, files) and not _answer_is_missing(order, charge, files, now=deps.wall()):
        over = ChargeDropped(payment_id=charge.payment_id, attempt=charge.attempt)
        return OrderResult(order_id=event.id, outcome=DROPPED, facts=[await answer_event(deps, event, over)])
    gateway = deps.gateways.for_method(charge.method.kind)
    payer = await _payer(batch, gateway, charge.customer_id)
    if charge.method.payer_reference is not None:
        payer = replace(payer, reference=charge.method.payer_reference)
    lines = files.invoices[charge.invoice_id].lines
    answer = await gateway.charge(
        Charge(
            order=charge,
            subscription_id=event.subscription_id,
            requested_at=event.occurred_at,
            description=lines[-1].plan_name,
        ),
        payer,
    )
    return OrderResult(order_id=event.id, outcome=DONE, facts=[await answer_event(deps, event, answer)])


def _is_needed(charge: ChargeRequested, order: WorkOrder, files: OrderContext) -> bool:
    """Return whether the invoice still wants this attempt.

    After a subscription's end nobody is charged but who asks for it (rules 18, 19).
    """
    payment, invoice = files.payments[charge.payment_id], files.invoices[charge.invoice_id]
    is_wanted = files.subscriptions[order.subscription_id].is_live or charge.on_request
    return is_wanted and invoice.is_open and not payment.is_paid and charge.attempt == payment.attempts


def _answer_is_missing(
    order: HeldOrder, charge: ChargeRequested, files: OrderContext, *, now: datetime
) -> bool:
    """Return whether this very charge was made, and only its answer got lost.

    A worker began it and died, and a notice told meanwhile that the money is there. Asked again by the
    same key the provider charges nothing and names the payment: without that name no refund reaches it.

    Raises:
        AnswerLost: the key may be forgotten by now, so that asking again could charge again.
    """
    payment = files.payments[charge.payment_id]
    if not (order.was_begun and charge.attempt == payment.attempts and payment.is_paid):
        return False
    if now - order.recorded_at < IDEMPOTENCY_KEY_LIFETIME:
        return True
    if payment.provider_reference is None:
        raise AnswerLost(f"{charge.payment_id} was paid, and its provider's answer is lost: look it up there")
    return False


async def answer_event(deps: Deps, order: WorkOrder, payload: ProviderFact) -> Event:
    """Return the event of what came of *order*; an order has one answer, and it comes after the order.

    The sandbox's clock, moved a moment ago by another process, may still show this one an earlier time.
    """
    at = max(await deps.clock.now(), order.occurred_at + ANSWER_DELAY_MIN)
    return Event(
        id=EventId(generate_id("evt", at)),
        subscription_id=order.subscription_id,
        payload=payload,
        occurred_at=at,
        source=Source.ENGINE,
        dedupe_key=answer_key(order.id),
    )
