"""What is written into the cash book of what happens: the rules' words, told of each event."""

from ciclo.domain.account import Account, by_age
from ciclo.domain.events.booking import InvoicePaidOutside
from ciclo.domain.events.commands import RefundCreated
from ciclo.domain.events.event import Event
from ciclo.domain.events.facts import (
    DisputeClosed,
    PaymentDisputed,
    PaymentRefunded,
    PaymentSucceeded,
    RefundFailed,
)
from ciclo.domain.ids import InvoiceId, PaymentId
from ciclo.domain.lifecycle import Decision, Outcome
from ciclo.domain.payments.receipt import Receipt
from tests.domain.cash_book import CashBook, Coming, Contest


def keep(book: CashBook, before: Account, happened: Event, decision: Decision) -> None:
    """Write down what an event told of money, and weigh what its invoice needs of it."""
    account, told = decision.account, happened.payload
    payment_id: PaymentId | None = getattr(told, "payment_id", None)
    match told:
        case PaymentSucceeded():
            payment_id = _money_came(book, before, happened, decision)
        case InvoicePaidOutside():
            coming = Coming(amount=told.amount or 0, at=happened.occurred_at)
            book.of(account, told.payment_id).hear(None, coming, key=happened.id)
        case RefundCreated():
            assert 0 < (told.amount or 0) <= book.refundable(before, told.payment_id)
            book.of(account, told.payment_id).back[told.refund_id] = told.amount or 0
        case PaymentRefunded() if payment_id is not None and told.refund_id is not None:
            is_review = decision.outcome is Outcome.NEEDS_REVIEW
            _money_went(book, before, told, payment_id, is_review=is_review)
            payment_id = None if is_review else payment_id
        case RefundFailed():
            book.of(account, told.payment_id).back.pop(told.refund_id, None)
        case PaymentDisputed() | DisputeClosed():
            contest = book.of(account, told.payment_id).disputes.setdefault(told.dispute_id, Contest())
            contest.amounts += [told.amount] if told.amount is not None else []
            contest.ends += [(happened.occurred_at, not told.won)] if isinstance(told, DisputeClosed) else []
        case _:
            payment_id = None
    free = before.free_credit
    if payment_id is not None:
        book.weigh(account, account.payments[payment_id].invoice_id, balance_before=free)
    for invoice in account.invoices.values():
        known = before.invoices.get(invoice.id)
        if invoice.voided_at is not None and (known is None or known.voided_at is None):
            book.weigh(account, invoice.id, balance_before=free)


def _money_came(book: CashBook, before: Account, happened: Event, decision: Decision) -> PaymentId | None:
    """Write down money; by rule 21 it says whose it is, or it is for the invoice that waits for it."""
    told, account = happened.payload, decision.account
    assert isinstance(told, PaymentSucceeded)
    if told.currency != account.subscription.terms.currency:
        assert decision.outcome is Outcome.NEEDS_REVIEW
        return None
    payment_id = told.payment_id
    if payment_id is None:
        changed = [
            one.id
            for id_, one in account.payments.items()
            if one.receipts != (before.payments[id_].receipts if id_ in before.payments else ())
        ]
        if not changed:
            # Without a reference the same amount of the same instant is the same money.
            again = Receipt(amount=told.amount, at=happened.occurred_at)
            assert any(again in one.receipts for one in before.payments.values())
            return None
        [payment_id] = changed
        assert account.payments[payment_id].invoice_id == _invoice_of(book, before, told)
    coming = Coming(amount=told.amount, at=happened.occurred_at)
    book.of(account, payment_id).hear(told.provider_reference, coming, key=happened.id)
    return payment_id


def _invoice_of(book: CashBook, before: Account, told: PaymentSucceeded) -> InvoiceId:
    """Return the oldest invoice that waits for that amount, else the oldest open one, else the newest."""
    invoices = by_age(before.invoices.values())
    alike = [one for one in invoices if one.total == told.amount and one.voided_at is None]
    waiting = [one for one in alike if not book.came_for(one.id)]
    found = waiting or [one for one in invoices if one.is_open] or [invoices[-1]]
    return found[0].id


def _money_went(
    book: CashBook, before: Account, told: PaymentRefunded, payment_id: PaymentId, *, is_review: bool
) -> None:
    """Write down a refund that was sent; one that is more than there is is for a person."""
    kept = book.of(before, payment_id)
    assert told.refund_id is not None
    if told.refund_id in kept.back:
        assert not is_review
        return
    invoice = before.invoices[kept.invoice_id]
    there = book.sendable(before, payment_id)
    assert is_review == (told.amount > there), (told.amount, there, invoice.status)
    if not is_review:
        kept.back[told.refund_id] = told.amount
