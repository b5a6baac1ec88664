"""What a payment's news means for its invoice and subscription.

Facts are joined, never replayed: the result is the same in whatever order they came.
Source: billing rules 17 to 21.
"""

from dataclasses import replace
from datetime import datetime

from ciclo.domain.account import Account
from ciclo.domain.dunning import HARD_DECLINES, register_failure
from ciclo.domain.events.orders import ChargeRequested
from ciclo.domain.ids import InvoiceId, PaymentId
from ciclo.domain.invoice import Invoice, VoidReason, charge_total, mark_paid, mark_voided
from ciclo.domain.lifecycle.billing import activate
from ciclo.domain.lifecycle.calendar import CODES
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome, Review
from ciclo.domain.payment import Payment, supersede

EXPIRED = "expired"
"""The failure code of a PIX code or boleto that was not paid in time."""


def allocate_payment(decision: Decision, payment: Payment) -> Decision:
    """Keep a payment whose money came, and settle its invoice.

    Money for an invoice that another payment settled, or that was voided, is kept and shown to a
    person: nobody but they can tell whether it is to go back.
    """
    account = decision.account.with_payment(payment)
    known = account.invoices[payment.invoice_id]
    came_at = [
        attempt.completed_at for attempt in account.payments_of(known.id) if attempt.completed_at is not None
    ]
    review = Review.ALREADY_PAID if len(came_at) > 1 else None
    if known.voided_at is not None:
        review = Review.INVOICE_CANCELED
    else:
        account = activate(account.with_invoice(mark_paid(known, at=min(came_at))), at=min(came_at))
        account = _close_other_attempts(account, known.id, at=min(came_at))
    return replace(
        decision,
        account=account,
        # A first invoice that the same notice brought about needs no charge any more.
        follow_ups=tuple(
            event for event in decision.follow_ups if not isinstance(event.payload, ChargeRequested)
        ),
        outcome=Outcome.NEEDS_REVIEW if review else Outcome.PAYMENT_RECORDED,
        review=review,
    )


def start_dunning(
    decision: Decision, payment: Payment, ctx: EventContext, *, code: str, hard: bool
) -> Decision:
    """Keep a payment's failure; an open invoice of it falls into dunning.

    A code that expires before anything was ever paid starts no dunning: nobody has service yet, and a
    new code can be had on request (rule 19); after a trial it does, since there was service. Nor does one
    that ends before its invoice is overdue (rule 31), nor the invoice of a change that awaits its payment:
    the clock drops the change, and nothing that is paid is harmed (rule 11).
    """
    account = decision.account.with_payment(payment)
    sub, invoice = account.subscription, account.invoices[payment.invoice_id]
    waits_for_first = sub.activated_at is None and sub.trial is None and code == EXPIRED
    starts = not (waits_for_first or sub.awaits(invoice.id) or _is_in_time(payment, invoice, ctx))
    if invoice.is_open and starts:
        # A notice may bear any date: nothing has failed before the invoice was there.
        on = max(ctx.today, invoice.due_on)
        # What one card can't pay says nothing of the one that retries will use.
        hard = (hard or code in HARD_DECLINES) and payment.method in {None, sub.method}
        dunning = register_failure(invoice.dunning, on=on, hard=hard, policy=ctx.policy)
        account = account.with_invoice(replace(invoice, dunning=dunning))
    return replace(decision, account=account, outcome=Outcome.PAYMENT_FAILED)


def _is_in_time(payment: Payment, invoice: Invoice, ctx: EventContext) -> bool:
    """Return whether a code ended before its invoice was overdue: only then dunning begins, by the clock."""
    has_code = payment.method is not None and payment.method.kind in CODES
    return has_code and invoice.overdue_on is not None and ctx.today < invoice.overdue_on


def void_invoice(
    account: Account, invoice_id: InvoiceId, *, at: datetime, reason: VoidReason = VoidReason.VOIDED
) -> Account:
    """Void an invoice: the balance that it used comes back, its codes are no longer waited for."""
    invoice = account.invoices[invoice_id]
    account = replace(account, credit=account.credit + invoice.credit_applied)
    return _close_other_attempts(
        account.with_invoice(mark_voided(invoice, at=at, reason=reason)), invoice_id, at=at
    )


def creditable_amount(account: Account, invoice: Invoice) -> int:
    """Return what of an invoice's charges went back in no way yet, in minor units (rules 9, 23).

    Its own credit lines don't lessen that: what they brought in pays for the charges, like money. A
    refund does, unless it was of money that the invoice did not need.
    """
    charges = charge_total(invoice)
    surplus = max(0, _received(account, invoice) - charges)
    return charges - invoice.credited - max(0, _reserved(account, invoice.id) - surplus)


def refundable_amount(account: Account, payment_id: PaymentId) -> int:
    """Return what of a payment can still go back, in minor units.

    Bounded by the payment itself, and by all that was received for its invoice less what was given
    back of it in any way.
    """
    payment = account.payments[payment_id]
    invoice = account.invoices[payment.invoice_id]
    left = _received(account, invoice) - invoice.credited - _reserved(account, invoice.id)
    return max(0, min(payment.amount - payment.reserved_amount, left))


def exceeds_received(account: Account, payment: Payment) -> bool:
    """Return whether the refunds of *payment*, as it would be, are more than what was received.

    Bounded by the payment itself, and by what came for its invoice less what was credited of it.
    """
    invoice = account.invoices[payment.invoice_id]
    account = account.with_payment(payment)
    given_back = invoice.credited + _reserved(account, invoice.id)
    return payment.reserved_amount > payment.amount or given_back > _received(account, invoice)


def _received(account: Account, invoice: Invoice) -> int:
    """Return what came for an invoice: money, balance that was used, and its lines' credit."""
    money = sum(payment.amount for payment in account.payments_of(invoice.id) if payment.is_paid)
    return money - invoice.total + charge_total(invoice)


def _reserved(account: Account, invoice_id: InvoiceId) -> int:
    return sum(payment.reserved_amount for payment in account.payments_of(invoice_id))


def _close_other_attempts(account: Account, invoice_id: InvoiceId, *, at: datetime) -> Account:
    """Close the unpaid tries of an invoice that needs no more money; their own late news still counts."""
    for payment in account.payments_of(invoice_id):
        if not payment.is_paid:
            account = account.with_payment(supersede(payment, at=at))
    return account
