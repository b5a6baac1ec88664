"""Reviews: a person decides what becomes of a notice that fits nothing, once."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from ciclo.actions.access.operations import new_operation
from ciclo.actions.caller import Caller
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.processing.commands import apply_command
from ciclo.actions.refund_limits import require_refundable
from ciclo.actions.subscriptions import command_event, get_subscription
from ciclo.domain.errors.general import InvalidValue, MalformedId
from ciclo.domain.errors.payments import (
    InvoiceNotFound,
    InvoiceWantsMoney,
    PaymentNotFound,
    ReviewClosed,
    ReviewDecisionRefused,
    ReviewNotFound,
)
from ciclo.domain.events.booking import MoneyAssigned
from ciclo.domain.events.commands import Command, RefundCreated
from ciclo.domain.events.event import Event
from ciclo.domain.free_text import validate_reason
from ciclo.domain.ids import RefundId, parse_id
from ciclo.domain.invoice import Invoice
from ciclo.domain.lifecycle import Review
from ciclo.domain.lifecycle.payments.reviews import ReviewDecision, possible_decisions
from ciclo.store.events.lists import find_event
from ciclo.store.events.records import EventRecord
from ciclo.store.events.reviews import Resolution, ReviewClosing, ReviewTaken, close_review
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.invoices import find_invoice, find_newest_closed
from ciclo.store.ledger.beside import Beside
from ciclo.store.payments import find_payment
from ciclo.viewer import Actor

RESOLVE_REVIEW: Final = "resolveReview"
"""The name of a decision in the operations log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewChoice:
    """What a person decides of a review; to whom its money goes, where that is not its own subscription."""

    decision: ReviewDecision
    invoice_id: str | None = None
    subscription_id: str | None = None
    reason: str | None = None


async def resolve_review(
    deps: Deps,
    event_id: str,
    choice: ReviewChoice,
    *,
    caller: Caller,
    by: Actor,
    request: IdempotentRequest | None = None,
) -> EventRecord:
    """Carry a person's decision out and close the review, in one transaction.

    Raises:
        ReviewNotFound: no such event was marked for a person.
        ReviewClosed: it was decided, or its cause is gone.
        ReviewDecisionRefused: it allows other decisions only.
        InvalidValue: no invoice is named to apply the money to, or the reason is none.
        BillingError: whatever the rules refuse the decision for.
    """
    choice = replace(choice, reason=validate_reason(choice.reason))
    known = await get_review(deps, event_id)

    async def act(answer_for: AnswerFor) -> EventRecord:
        record = await get_review(deps, known.id)
        _require_possible(record, choice.decision)
        at = await deps.clock.now()
        event = await _event_of(deps, record, choice, caller=caller, at=at)
        closing = _closing(deps, record, choice, event=event, by=by)
        answer = answer_for(record.id)
        try:
            if event is None:
                await close_review(deps.store, closing, answer)
            else:
                await apply_command(deps, event, beside=Beside(answer=answer, closing=closing))
        except ReviewTaken:
            raise ReviewClosed("somebody else was faster") from None
        return await get_review(deps, record.id)

    return await run_once(deps, request, act, find=partial(get_review, deps))


async def get_review(deps: Deps, event_id: str) -> EventRecord:
    """Return the event that was marked for a person, whether or not it was decided.

    Raises:
        MalformedId, ReviewNotFound: there is none.
    """
    try:
        wanted = parse_id("evt", event_id)
    except MalformedId as error:
        raise error.at("event_id") from None
    record = await find_event(deps.store, wanted)
    if record is None or record.review is None:
        raise ReviewNotFound
    return record


def _require_possible(record: EventRecord, decision: ReviewDecision) -> None:
    if record.resolution is not None:
        raise ReviewClosed(str(record.resolution["decision"]))
    possible = possible_decisions(record.review or "", record.type)
    if decision not in possible:
        raise ReviewDecisionRefused(", ".join(sorted(possible)))


def _closing(
    deps: Deps, record: EventRecord, choice: ReviewChoice, *, event: Event | None, by: Actor
) -> ReviewClosing:
    payload = event.payload if event else None
    resolution = Resolution(
        decision=choice.decision,
        by=by.name,
        at=deps.wall(),
        reason=choice.reason,
        subscription_id=event.subscription_id if event else None,
        invoice_id=payload.invoice_id if isinstance(payload, MoneyAssigned) else None,
        event_id=event.id if event else None,
    )
    # The log's chain seals what was decided; the audit compares it with what stands in the event.
    operation = new_operation(deps, by, RESOLVE_REVIEW, record.id, after=resolution)
    return ReviewClosing(review_id=record.id, resolution=resolution, operation=operation)


async def _event_of(
    deps: Deps, record: EventRecord, choice: ReviewChoice, *, caller: Caller, at: datetime
) -> Event | None:
    """Return the command that carries the decision out; None if it moves nothing of ours.

    Money that no payment of ours holds is sent back by hand, at the provider: there is no order for that.
    """
    payload: Command
    if choice.decision is ReviewDecision.APPLY:
        invoice = await _invoice_to_pay(deps, choice)
        payload, target = _money(record, invoice, to_balance=False), invoice.subscription_id
    elif choice.decision is ReviewDecision.BALANCE:
        invoice = await _closed_invoice(deps, record, choice)
        payload, target = _money(record, invoice, to_balance=True), invoice.subscription_id
    elif choice.decision is ReviewDecision.REFUND and record.review == Review.REFUND_FAILED:
        payload, target = await _refund_again(deps, record, choice, at=at), record.subscription_id
    else:
        return None
    event = command_event(payload, subscription_id=target, caller=caller, at=at)
    # One decision a review: a second one has the same key.
    return replace(event, dedupe_key=f"review:{record.id}")


async def _invoice_to_pay(deps: Deps, choice: ReviewChoice) -> Invoice:
    if choice.invoice_id is None:
        raise InvalidValue("name the invoice that the money pays", field=("invoice_id",))
    invoice = await find_invoice(deps.store, parse_id("inv", choice.invoice_id), owner=None)
    if invoice is None:
        raise InvoiceNotFound
    return invoice


async def _closed_invoice(deps: Deps, record: EventRecord, choice: ReviewChoice) -> Invoice:
    """Return an invoice that needs no money of the subscription whose customer is to have it."""
    wanted = choice.subscription_id or record.subscription_id
    subscription = await get_subscription(deps, wanted, owner=None)
    invoice = await find_newest_closed(deps.store, subscription.id)
    if invoice is None:
        raise InvoiceWantsMoney
    return invoice


def _money(record: EventRecord, invoice: Invoice, *, to_balance: bool) -> MoneyAssigned:
    told = record.data
    # Where the notice named a payment of ours that has the reference, it stays with that one.
    is_elsewhere = record.review != Review.CURRENCY_MISMATCH
    return MoneyAssigned(
        review_id=record.id,
        invoice_id=invoice.id,
        amount=told["amount"],
        currency=told["currency"],
        came_at=record.occurred_at,
        to_balance=to_balance,
        provider=told.get("provider") if is_elsewhere else None,
        provider_reference=told.get("provider_reference") if is_elsewhere else None,
    )


async def _refund_again(
    deps: Deps, record: EventRecord, choice: ReviewChoice, *, at: datetime
) -> RefundCreated:
    """Return the order to send a refund that failed once more."""
    payment = await find_payment(deps.store, record.data["payment_id"], owner=None)
    failed = next(
        (one for one in payment.refunds if one.id == record.data["refund_id"]) if payment else iter(()), None
    )
    if payment is None or failed is None:
        raise PaymentNotFound
    require_refundable(deps, payment, partly=failed.amount != payment.received_amount)
    return RefundCreated(
        refund_id=RefundId(generate_id("ref", at)),
        payment_id=payment.id,
        amount=failed.amount,
        reason=choice.reason or failed.reason,
        waits_for_reference=True,
        from_balance=failed.from_balance,
    )
