"""What a payment's news means for its invoice and subscription.

Facts are joined, never replayed: the result is the same in whatever order they came.
Source: billing rules 17 to 21.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import accumulate

from ciclo.copies import replace
from ciclo.domain.account import Account
from ciclo.domain.dunning import HARD_DECLINES, register_failure
from ciclo.domain.events.orders import ChargeRequested
from ciclo.domain.ids import InvoiceId, PaymentId
from ciclo.domain.invoice import (
    Invoice,
    VoidReason,
    charge_total,
    mark_paid,
    mark_voided,
    mark_written_off,
    reopen,
)
from ciclo.domain.lifecycle.billing import begin_paid_service
from ciclo.domain.lifecycle.calendar import CODES
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.payment import Payment
from ciclo.domain.payments.attempt import supersede
from ciclo.domain.payments.grant import put_back, sum_of
from ciclo.domain.policy import LostDispute, Policy

EXPIRED = "expired"
"""The failure code of a PIX code or boleto that was not paid in time."""


def allocate_payment(decision: Decision, payment: Payment, ctx: EventContext) -> Decision:
    """Keep what is known of a payment's money, and settle its invoice with all that came for it.

    Less than is due leaves the rest due. What is more goes onto the customer's balance, and so does all
    that came for a voided invoice (rule 20).
    """
    account = book_payment(decision.account, payment, policy=ctx.policy)
    return replace(
        decision,
        account=account,
        # A first invoice that the same notice brought about is not charged: what a part leaves is dunned.
        follow_ups=tuple(
            event for event in decision.follow_ups if not isinstance(event.payload, ChargeRequested)
        ),
        outcome=Outcome.PAYMENT_RECORDED,
    )


def book_payment(account: Account, payment: Payment, *, policy: Policy) -> Account:
    """Return *account* with *payment* as it is now, and with what follows for its invoice and the balance."""
    earlier = account.payments.get(payment.id)
    account = account.with_payment(payment)
    invoice = account.invoices[payment.invoice_id]
    reopens = policy.on_dispute_lost is LostDispute.REOPEN
    tries = account.payments_of(invoice.id)
    lost = sum(each.lost_amount for each in tries) if reopens else 0
    received = sum(each.received_amount for each in tries)
    came = received - lost
    if invoice.voided_at is None and invoice.total:
        before = received - payment.received_amount + (earlier.received_amount if earlier else 0)
        at = whole_at(account, invoice)
        # What was lost before its coming is heard of was paid all the same.
        if at is not None and (came >= invoice.total or before < invoice.total):
            paid = account.with_invoice(mark_paid(invoice, at=at))
            account = begin_paid_service(paid, invoice, at=at, policy=policy)
            account = _close_other_attempts(account, invoice.id, at=at)
        invoice = account.invoices[invoice.id]
        if came < invoice.total and (invoice.is_open or lost):
            account = account.with_invoice(reopen(invoice, partly_paid=came))
    booked_at = max(payment.completed_at, invoice.issued_at) if payment.completed_at else None
    payment = replace(payment, booked_at=None if booked_at == payment.completed_at else booked_at)
    paid_out = payment.paid_out_amount - (earlier.paid_out_amount if earlier else 0)
    account = _move_surplus(account.with_payment(payment), invoice.id, spoken_for=max(0, paid_out))
    return replace(account, credit=sum_of(account.grants) + max(0, account.free_credit - paid_out))


def whole_at(account: Account, invoice: Invoice) -> datetime | None:
    """Return when the money that came for an invoice reached its total, whether or not it was lost since."""
    arrivals = sorted(
        (arrival for each in account.payments_of(invoice.id) for arrival in each.arrivals()),
        key=lambda one: (one.at, one.amount),
    )
    reached = accumulate(arrival.amount for arrival in arrivals)
    return next((one.at for one, sum_ in zip(arrivals, reached, strict=True) if sum_ >= invoice.total), None)


def _move_surplus(account: Account, invoice_id: InvoiceId, *, spoken_for: int = 0) -> Account:
    """Keep on the balance, which is never below 0, what came beyond an invoice's total and was kept.

    What is *spoken_for* is on the balance only until it is paid out, which is next.
    """
    invoice = account.invoices[invoice_id]
    wanted = invoice.partly_paid if invoice.voided_at is not None else invoice.total
    kept = sum(each.received_amount - each.lost_amount for each in account.payments_of(invoice_id))
    surplus = max(0, kept - _reserved(account, invoice_id) - wanted)
    overpaid = max(surplus, invoice.overpaid - max(0, account.free_credit - spoken_for))
    if overpaid == invoice.overpaid:
        return account
    moved = replace(account, credit=account.credit + overpaid - invoice.overpaid)
    return moved.with_invoice(replace(invoice, overpaid=overpaid))


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
    """Void an invoice: the balance that it used comes back to its grants, its codes are not waited for."""
    invoice = account.invoices[invoice_id]
    account = replace(
        account,
        credit=account.credit + invoice.credit_applied,
        grants=put_back(account.grants, invoice.grants_used),
    ).with_subscription(account.subscription.with_expiries(use.grant for use in invoice.grants_used))
    account = _move_surplus(account.with_invoice(mark_voided(invoice, at=at, reason=reason)), invoice_id)
    return _close_other_attempts(account, invoice_id, at=at)


def write_off_invoice(account: Account, invoice_id: InvoiceId, *, at: datetime) -> Account:
    """Give an invoice up: it keeps what paid a part of it, and its codes are no longer waited for."""
    written_off = mark_written_off(account.invoices[invoice_id], at=at)
    return _close_other_attempts(account.with_invoice(written_off), invoice_id, at=at)


def creditable_amount(account: Account, invoice: Invoice) -> int:
    """Return what of an invoice's charges went back in no way yet, in minor units (rules 9, 23).

    A lost dispute lessens it as a refund does. Both together may take more than there was: a provider
    sent back what its bank took as well, and those are facts. A surplus that stays on the balance, or was
    used from there, did not go back: a refund that is more than the rest of it is one of the charges.
    """
    lost = sum(payment.lost_amount for payment in account.payments_of(invoice.id))
    return max(0, charge_total(invoice) - sum_given_back(account, invoice, gone=lost + invoice.overpaid))


def sum_given_back(account: Account, invoice: Invoice, *, gone: int = 0) -> int:
    """Return what of an invoice's charges went back by credit or refund, and what of its money is *gone*.

    Its own credit lines don't count: what they brought in pays for the charges, like money. Nor does
    what went back of money that the invoice did not need.
    """
    surplus = max(0, _received(account, invoice) - charge_total(invoice))
    return invoice.credited + max(0, _reserved(account, invoice.id) + gone - surplus)


def refundable_amount(account: Account, payment_id: PaymentId) -> int:
    """Return what of a payment can still go back, in minor units.

    Bounded by the payment itself, and by all that was received for its invoice less what was given
    back of it in any way.
    """
    payment = account.payments[payment_id]
    return max(0, min(returnable_amount(payment), amount_kept(account, account.invoices[payment.invoice_id])))


def returnable_amount(payment: Payment) -> int:
    """Return what a provider can still send back of a payment: not what its payer's bank contests."""
    return payment.received_amount - payment.reserved_amount - payment.contested_amount


def split_payout(payments: Iterable[Payment], amount: int) -> list[tuple[Payment, int]]:
    """Return how much of *amount* goes back by which of *payments*, in their order: what they still have.

    Less than *amount* in all if that is what they have.
    """
    shares = []
    for payment in payments:
        share = min(amount, max(0, returnable_amount(payment)))
        if share:
            shares.append((payment, share))
            amount -= share
    return shares


def exceeds_received(account: Account, payment: Payment) -> bool:
    """Return whether the refunds of *payment*, as it would be, are more than what was received.

    Bounded by the payment itself, and by what came for its invoice less what was given back of it. While
    the payment's own report is on its way, all of it is taken to have come.
    """
    account = account.with_payment(payment)
    came = payment.received_amount if payment.confirmed else payment.amount
    left = amount_kept(account, account.invoices[payment.invoice_id]) + came - payment.received_amount
    return payment.reserved_amount > came or left < 0


def amount_kept(account: Account, invoice: Invoice) -> int:
    """Return what was received for an invoice and given back in no way.

    A surplus on the balance comes back from there when it is refunded, as far as it was not used.
    """
    used = max(0, invoice.overpaid - account.free_credit)
    return _received(account, invoice) - invoice.credited - _reserved(account, invoice.id) - used


def _received(account: Account, invoice: Invoice) -> int:
    """Return what came for an invoice: money, balance that was used, and its lines' credit."""
    money = sum(payment.received_amount for payment in account.payments_of(invoice.id))
    return money - invoice.total + charge_total(invoice)


def _reserved(account: Account, invoice_id: InvoiceId) -> int:
    """Return what went back of an invoice's money, but for what was paid out of the balance."""
    return sum(
        payment.reserved_amount - payment.paid_out_amount for payment in account.payments_of(invoice_id)
    )


def _close_other_attempts(account: Account, invoice_id: InvoiceId, *, at: datetime) -> Account:
    """Close the unpaid tries of an invoice that needs no more money; their own late news still counts."""
    for payment in account.payments_of(invoice_id):
        if not payment.is_paid:
            account = account.with_payment(supersede(payment, at=at))
    return account
