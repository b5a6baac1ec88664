"""What is true of every account at every moment, whatever happened to it."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from ciclo.domain.account import Account
from ciclo.domain.events.orders import ChargeRequested
from ciclo.domain.invoice import (
    CHARGES,
    Invoice,
    InvoiceKind,
    InvoiceStatus,
    Line,
    LineKind,
    charge_total,
    charges_of,
)
from ciclo.domain.lifecycle import Decision, Outcome, next_due_event
from ciclo.domain.metrics import mrr_of
from ciclo.domain.payment import MethodKind, PaymentStatus, RefundStatus
from ciclo.domain.payments.grant import sum_of
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import Status, status_of

RANK = {
    PaymentStatus.PENDING: 0,
    PaymentStatus.FAILED: 1,
    PaymentStatus.COMPLETED: 2,
    PaymentStatus.REFUNDED: 3,
}
"""Payments only move forward (rule 20)."""


def check(account: Account, policy: Policy, *, credit_granted: int) -> None:
    """Check an account with its whole history. *credit_granted*: the balance that came from elsewhere."""
    for invoice in account.invoices.values():
        _check_sums(invoice)
        _check_settled(account, invoice)
        _check_given_back(account, invoice)
    _check_payments(account)
    _check_balance(account, credit_granted)
    _check_periods(account)
    _check_subscription(account, policy)


def check_step(before: Account, decision: Decision) -> None:
    """Check that a step only moves forward, and asks for money that is owed and not being collected."""
    after = decision.account
    for id_, invoice in before.invoices.items():
        assert after.invoices[id_].lines == invoice.lines
        assert invoice.is_open or after.invoices[id_].status is invoice.status
    for payment_id, payment in before.payments.items():
        # But a refund that failed after all is back with the seller.
        statuses = (payment.status, after.payments[payment_id].status)
        assert RANK[statuses[1]] >= RANK[statuses[0]] or statuses == (
            PaymentStatus.REFUNDED,
            PaymentStatus.COMPLETED,
        )
    assert after.credit_notes[: len(before.credit_notes)] == before.credit_notes
    new = [one for id_, one in after.invoices.items() if id_ not in before.invoices]
    one_off, new = [one for one in new if not one.bills_service], [one for one in new if one.bills_service]
    assert (len(one_off), len(new)) <= (1, 1)
    status = before.subscription.status
    if status is Status.CANCELLED:
        assert (after.subscription.status, new, decision.movement) == (Status.CANCELLED, [], None)
    # Only what ends a suspension is billed of it: the days that are left (rule 18). An end bills what waits.
    ended = after.subscription.status is Status.CANCELLED
    resumes = all(one.kind is InvoiceKind.RESUMPTION for one in new)
    assert ended or status is not Status.SUSPENDED or resumes
    moved = decision.movement.after - decision.movement.before if decision.movement else 0
    assert moved == mrr_of(after.subscription) - mrr_of(before.subscription)
    assert (decision.review is None) == (decision.outcome is not Outcome.NEEDS_REVIEW)
    for order in decision.follow_ups:
        if isinstance(order.payload, ChargeRequested):
            _check_order(before, after, order.payload)


def _check_order(before: Account, after: Account, order: ChargeRequested) -> None:
    invoice = after.invoices[order.invoice_id]
    assert (invoice.is_open, invoice.amount_due, invoice.currency) == (True, order.amount, order.currency)
    payment = after.payments[order.payment_id]
    assert (payment.invoice_id, payment.attempts) == (invoice.id, order.attempt)
    # A card that is being charged for it could take the money twice.
    tries = [one for one in before.payments_of(invoice.id) if one.in_flight and one.method is not None]
    assert not [one for one in tries if one.method and one.method.kind is MethodKind.CREDIT_CARD]


def standing_lines(account: Account) -> list[Line]:
    """Return all that is billed and credited and holds, once each, and what waits for an invoice.

    That of a change which awaits its payment has what waits already; one that was billed ahead has it, too,
    unless it was changed while a card is being charged for that one.
    """
    sub, ahead = account.subscription, account.subscription.next_coverage
    carried = ahead.carried if ahead else ()
    is_carried = carried == sub.waiting_lines and not sub.awaited_change
    lines = [line for note in account.credit_notes for line in note.lines]
    for one in account.invoices.values():
        first = len(carried) if ahead and one.id == ahead.invoice_id and not is_carried else 0
        if one.voided_at is None or one.keeps_credit:
            lines += [replace(line, service=one.moved_to or line.service) for line in one.lines[first:]]
    return lines if is_carried or sub.awaited_change else [*lines, *sub.waiting_lines]


def days_billed(account: Account) -> Counter[object]:
    """Return how many times each day is billed, net of what was credited, on invoices that stand.

    Days that are free are not.
    """
    days: Counter[object] = Counter()
    for line in standing_lines(account):
        if not line.unit_price or line.kind is LineKind.CORRECTION:
            continue
        sign = 1 if line.kind is LineKind.SERVICE else -1
        for day in range(line.days):
            days[line.service.start + timedelta(days=day)] += sign
    return days


def _check_sums(invoice: Invoice) -> None:
    assert invoice.subtotal == sum(line.total for line in invoice.lines)
    assert invoice.tax == sum(line.tax for line in invoice.lines)
    assert invoice.total == invoice.subtotal - invoice.credit_applied >= 0
    for line in invoice.lines:
        assert 0 < line.days <= line.total_days or line.days == line.total_days == 0
        assert bool(line.days) == (line.kind in {LineKind.SERVICE, LineKind.UNUSED})
        assert (line.amount >= 0 and line.tax >= 0) == (line.kind in CHARGES)
        assert 0 <= abs(line.discount) <= abs(line.amount)
        assert line.discount * line.amount >= 0
    # One for items alone has nothing else, and no discount of the subscription's.
    assert invoice.bills_service == any(line.days for line in invoice.lines)
    assert invoice.bills_service or not any(line.discount for line in invoice.lines)


def _check_settled(account: Account, invoice: Invoice) -> None:
    money = [one for one in account.payments_of(invoice.id) if one.is_paid]
    came = sum(one.received_amount for one in money)
    kept = came - sum(one.lost_amount + one.reserved_amount - one.paid_out_amount for one in money)
    # One that was written off keeps what had come of it by then.
    assert invoice.overpaid >= max(0, kept - (invoice.partly_paid if invoice.voided_at else invoice.total))
    assert 0 <= invoice.partly_paid <= invoice.total
    assert invoice.keeps_credit or invoice.partly_paid == (came if invoice.is_open else 0)
    if invoice.status is InvoiceStatus.PAID:
        assert invoice.paid_at is not None
        assert money or invoice.total == 0
        assert invoice.dunning is None
        assert invoice.total == 0 or came >= invoice.total
    else:
        assert invoice.paid_at is None
        assert (invoice.status is InvoiceStatus.CANCELLED) == (invoice.voided_at is not None)
        assert not invoice.is_open or came < invoice.total
    if not invoice.is_open:
        # Nothing waits for an invoice that needs no money.
        assert not any(one.status is PaymentStatus.PENDING for one in account.payments_of(invoice.id))


def _check_given_back(account: Account, invoice: Invoice) -> None:
    """Check that refunds and credits never exceed what was received for an invoice.

    Received is money, balance that was used, and what its own credit lines brought in from earlier
    lines. Days of an invoice that is still owed may be credited: its whole sum stays due.
    """
    payments = account.payments_of(invoice.id)
    money = sum(one.received_amount for one in payments)
    brought = -sum(line.total for line in invoice.lines if line.kind is LineKind.UNUSED)
    charged = charge_total(invoice)
    reserved = sum(one.reserved_amount - one.paid_out_amount for one in payments)
    assert 0 <= invoice.credited <= charged
    if invoice.status is InvoiceStatus.PAID:
        assert invoice.credited + reserved <= money + invoice.credit_applied + brought
    else:
        assert reserved <= money
    # What was written off may have credited days before, to an invoice that bills them anew.
    if invoice.status is InvoiceStatus.CANCELLED and not invoice.keeps_credit:
        assert invoice.credited == 0


def _check_payments(account: Account) -> None:
    for payment in account.payments.values():
        assert payment.invoice_id in account.invoices
        assert 0 <= payment.refunded_amount <= payment.reserved_amount <= payment.received_amount
        assert payment.is_paid or not payment.refunds
        assert (payment.status is PaymentStatus.REFUNDED) == (
            payment.is_paid
            and payment.refunded_amount == (payment.received_amount if payment.confirmed else payment.amount)
        )
        assert payment.failed_attempts <= payment.attempts
        assert all(refund.amount > 0 for refund in payment.refunds)
        if any(refund.status is RefundStatus.SUCCEEDED for refund in payment.refunds):
            assert payment.is_paid


def _check_balance(account: Account, credit_granted: int) -> None:
    notes = sum(note.amount for note in account.credit_notes)
    standing = [one for one in account.invoices.values() if one.voided_at is None or one.keeps_credit]
    used = sum(one.credit_applied for one in standing)
    surplus = sum(one.overpaid for one in account.invoices.values())
    paid_out = sum(one.paid_out_amount for one in account.payments.values())
    assert 0 <= sum_of(account.grants) <= account.credit
    assert all(0 < grant.left <= grant.amount for grant in account.grants)
    assert account.credit == credit_granted + notes + surplus - used - paid_out >= 0
    for invoice in account.invoices.values():
        assert 0 <= invoice.credited_tax <= max(0, sum(line.tax for line in charges_of(invoice)))
    for note in account.credit_notes:
        assert note.amount == -sum(line.total for line in note.lines) > 0
    # What a voided invoice credited went back to the one that it was of, unless it waits again.
    lines = [line for line in standing_lines(account) if line.kind is LineKind.UNUSED]
    corrected = sum(
        line.total for note in account.credit_notes for line in note.lines if line.kind is LineKind.CORRECTION
    )
    credited = -sum(line.total for line in lines) - corrected
    assert sum(one.credited for one in account.invoices.values()) == credited


def _check_periods(account: Account) -> None:
    # What bills a period ahead may be withdrawn, and issued anew (rule 32).
    billed = [
        one.period
        for one in account.invoices.values()
        if one.kind is InvoiceKind.PERIOD and one.voided_at is None and one.credited < charge_total(one)
    ]
    starts = [period.start for period in billed]
    assert len(starts) == len(set(starts))
    sub = account.subscription
    assert sub.period.start <= sub.period.end


def _check_subscription(account: Account, policy: Policy) -> None:
    sub = account.subscription
    # What covers the period is either billed or waits.
    assert sub.waiting is None or (sub.coverage is None and sub.is_live)
    assert sub.status is status_of(sub, account.invoices.values())
    assert (sub.status is Status.CANCELLED) == (sub.ended_at is not None) == (sub.end_reason is not None)
    due = next_due_event(account, policy)
    assert sub.due_at == (due.at if due else None)
    quiet = sub.status is Status.CANCELLED or sub.cancel_at_period_end
    pauses = sub.paused_on is not None or sub.pauses_on is not None
    assert sub.next_billing_date == (None if quiet else sub.resume_on if pauses else sub.period.end)
    assert not (sub.resume_on and not pauses)
    assert not (sub.pauses_on and (quiet or sub.paused_on))
    assert not (sub.pause_at_period_end and sub.pause_on)
