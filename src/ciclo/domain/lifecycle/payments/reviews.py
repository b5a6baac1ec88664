"""Reviews: what a person may decide of a notice that fits nothing, and what ends one by itself.

Source: billing rule 20.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ciclo.copies import replace
from ciclo.domain.account import Account
from ciclo.domain.errors.general import AmountOutOfRange, CurrencyMismatch
from ciclo.domain.errors.payments import InvoiceNotFound, InvoiceWantsMoney
from ciclo.domain.events.booking import MoneyAssigned
from ciclo.domain.events.event_type import EventType
from ciclo.domain.ids import PaymentId, RefundId
from ciclo.domain.lifecycle.billing import new_payment
from ciclo.domain.lifecycle.decision import Decision, EventContext, Review
from ciclo.domain.lifecycle.payments.allocation import allocate_payment
from ciclo.domain.payment import Payment, RefundStatus, record_success
from ciclo.domain.payments.attempt import record_reference


class ReviewDecision(StrEnum):
    """What became of a review."""

    APPLY = "APPLY"
    """Its money pays an invoice."""
    BALANCE = "BALANCE"
    """Its money is on a customer's balance."""
    REFUND = "REFUND"
    """Its money goes back to the payer."""
    CLOSE = "CLOSE"
    """It is not ours, or there is nothing to do."""
    CAUSE_GONE = "CAUSE_GONE"
    """Nobody decided: what it was about has ended."""


_OF_MONEY: Final = frozenset(
    {ReviewDecision.APPLY, ReviewDecision.BALANCE, ReviewDecision.REFUND, ReviewDecision.CLOSE}
)


def possible_decisions(review: str, event_type: EventType) -> frozenset[ReviewDecision]:
    """Return what a person may decide of a *review* of an event of this type.

    Money that came can be booked or sent back. A refund that failed can be sent once more. Of all else a
    person can only take note: nothing of ours moves by it.
    """
    if event_type is EventType.PAYMENT_SUCCESS:
        return _OF_MONEY
    if review == Review.REFUND_FAILED:
        return frozenset({ReviewDecision.REFUND, ReviewDecision.CLOSE})
    return frozenset({ReviewDecision.CLOSE})


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedCause:
    """What a review was about and is over: a refund, or a dispute under the provider's id of it."""

    review: Review
    payment_id: PaymentId
    refund_id: RefundId | None = None
    dispute_id: str | None = None


def find_ended(before: Account, after: Account) -> Iterator[EndedCause]:
    """Yield the causes of reviews that *before* has and *after* has not."""
    for id_, payment in after.payments.items():
        earlier = before.payments.get(id_)
        if earlier is not None and earlier is not payment:
            yield from _ended_refunds(earlier, payment)
            yield from _ended_disputes(earlier, payment)


def _ended_refunds(before: Payment, after: Payment) -> Iterator[EndedCause]:
    """Yield the refunds that wait no more, and those that went through after all."""
    now = {refund.id: refund for refund in after.refunds}
    for refund in before.refunds:
        present = now[refund.id]
        if refund.waits and not present.waits:
            yield EndedCause(review=Review.REFUND_WAITS, payment_id=after.id, refund_id=refund.id)
        if refund.status is RefundStatus.FAILED and present.status is RefundStatus.SUCCEEDED:
            yield EndedCause(review=Review.REFUND_FAILED, payment_id=after.id, refund_id=refund.id)


def _ended_disputes(before: Payment, after: Payment) -> Iterator[EndedCause]:
    is_open = {dispute.id: dispute.is_open for dispute in after.disputes}
    for dispute in before.disputes:
        if dispute.is_open and not is_open[dispute.id]:
            yield EndedCause(review=Review.DISPUTED, payment_id=after.id, dispute_id=dispute.id)


def on_money_assigned(decision: Decision, order: MoneyAssigned, ctx: EventContext) -> Decision:
    """Book money that fitted nothing as a payment of an invoice; what that does not need is on the balance.

    Raises:
        InvoiceNotFound: the account has no such invoice.
        CurrencyMismatch: it is of another currency.
        AmountOutOfRange: it is nothing.
        InvoiceWantsMoney: it is to go onto the balance, and this invoice would take it.
    """
    invoice = decision.account.invoices.get(order.invoice_id)
    if invoice is None:
        raise InvoiceNotFound
    if invoice.currency != order.currency:
        raise CurrencyMismatch(expected=invoice.currency, given=order.currency)
    if order.amount <= 0:
        raise AmountOutOfRange
    if order.to_balance and invoice.is_open:
        raise InvoiceWantsMoney
    payment = replace(
        new_payment(invoice, facts=f"review|{order.review_id}", at=order.came_at), amount=order.amount
    )
    if order.provider is not None and order.provider_reference is not None:
        payment = record_reference(
            payment, provider=order.provider, reference=order.provider_reference, at=order.came_at
        )
    paid = record_success(payment, amount=order.amount, at=order.came_at, reference=order.provider_reference)
    return allocate_payment(decision, paid, ctx)
