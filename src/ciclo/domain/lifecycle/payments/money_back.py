"""Giving back what was paid for days of service: to the payments that paid them, or onto the balance.

Days of an invoice may have been paid by an earlier one: a change of plan credits the old plan's days. What
they brought in goes back to it first, so that it can go back to its payments (rules 15, 23).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ciclo.copies import replace
from ciclo.domain.account import Account, by_age
from ciclo.domain.ids import CreditNoteId, InvoiceId, RefundId, derived_id
from ciclo.domain.invoice import (
    CREDITS,
    CreditNote,
    Invoice,
    InvoiceStatus,
    Line,
    LineKind,
    charges_of,
    credit_invoice,
)
from ciclo.domain.lifecycle.decision import Decision, EventContext, Review
from ciclo.domain.lifecycle.payments.allocation import refundable_amount, void_invoice
from ciclo.domain.lifecycle.payments.refunds import begin_refund
from ciclo.domain.money import half_up
from ciclo.domain.payment import PaymentStatus, Refund, RefundStatus
from ciclo.domain.payments.refund_limits import RefundLimits
from ciclo.domain.period import Period
from ciclo.domain.proration import correct_items, unused_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What is to go back of one invoice: *amount* minor units, for some days of what it *billed*."""

    invoice_id: InvoiceId
    billed: tuple[Line, ...]
    """Its items, and last the line of its days, if it bills any."""
    days: Period
    amount: int

    @property
    def credit_lines(self) -> tuple[Line, ...]:
        """Return the lines that say so, its days first; none if there is nothing to say."""
        items = tuple(line for line in self.billed if not line.total_days)
        days = self.billed[-1]
        unused = unused_line(days, unused=self.days, left=self.amount) if days.total_days else None
        left = self.amount if unused is None else self.amount + unused.total
        amount = min(left, sum(line.total for line in items))
        corrections = correct_items(items, amount) if amount > 0 else ()
        return corrections if unused is None else (unused, *corrections)


def give_back(
    decision: Decision, shares: Iterable[Share], ctx: EventContext, *, reason: str, limits: RefundLimits
) -> Decision:
    """Send *shares* back to the payments that paid them, newest first; what can't go back, onto the balance.

    Where a refund waits for its payment's reference, the decision has a review and not its outcome yet.
    """
    shares = tuple(shares)
    lines = tuple(line for share in shares for line in share.credit_lines)
    decision = replace(decision, unused_lines=lines)
    owed = _by_invoice(shares)
    for invoice in reversed(by_age(decision.account.invoices.values())):
        share = owed.get(invoice.id)
        if share is None:
            continue
        decision, left = _refund(decision, share, ctx, reason=reason, limits=limits)
        for line in invoice.lines:
            giver = giver_of(decision.account, invoice, line)
            moved = min(left, -line.total)
            if giver is None or not moved:
                continue
            tax = half_up(-line.tax * moved, -line.total)
            returned = _return_credit(decision.account, invoice, giver, moved, tax=tax)
            decision = replace(decision, account=returned)
            left -= moved
            if giver.status is InvoiceStatus.PAID:
                known = owed.get(giver.id) or Share(
                    invoice_id=giver.id, billed=(bill_line(giver),), days=line.service, amount=0
                )
                owed[giver.id] = replace(known, amount=known.amount + moved)
        decision = _credit(decision, replace(share, amount=left), ctx, reason=reason)
    return decision


def _by_invoice(shares: Iterable[Share]) -> dict[InvoiceId, Share]:
    """Return what goes back of every invoice: two charges of one may give some of their days back."""
    owed: dict[InvoiceId, Share] = {}
    for share in shares:
        known = owed.get(share.invoice_id)
        owed[share.invoice_id] = replace(share, amount=share.amount + known.amount) if known else share
    return owed


def giver_of(account: Account, invoice: Invoice, line: Line) -> Invoice | None:
    """Return the older invoice whose days a credit *line* of *invoice* gave back; None if *line* is none."""
    if line.kind is not LineKind.UNUSED:
        return None
    invoices = by_age(account.invoices.values())
    older = invoices[: invoices.index(account.invoices[invoice.id])]
    return next((one for one in reversed(older) if _is_credited(one, line)), None)


def undo_invoice(account: Account, invoice_id: InvoiceId, *, at: datetime) -> Account:
    """Void an open invoice, in effect or not: what its credit lines took goes back to who gave it."""
    invoice = account.invoices[invoice_id]
    for line in invoice.lines:
        giver = giver_of(account, invoice, line)
        if giver is not None:
            account = account.with_invoice(credit_invoice(giver, line.total, tax=line.tax))
    return void_invoice(account, invoice_id, at=at)


def bill_line(invoice: Invoice) -> Line:
    """Return the line by which *invoice* bills its days: those that its money bought (rule 18).

    It is the last one: what waited for an invoice comes before it.
    """
    line = [one for one in invoice.lines if one.kind is LineKind.SERVICE][-1]
    moved = invoice.moved_to
    return line if moved is None else replace(line, service=moved, total_days=moved.days)


def charge_lines(invoice: Invoice) -> tuple[Line, ...]:
    """Return what *invoice* bills: its items, and last the line of its days, if it bills any."""
    items = tuple(line for line in charges_of(invoice) if line.kind is not LineKind.SERVICE)
    return (*items, bill_line(invoice)) if invoice.bills_service else items


def credit_days(
    decision: Decision,
    invoice_id: InvoiceId,
    lines: tuple[Line, ...],
    *,
    reason: str,
    facts: str,
    ctx: EventContext,
) -> Decision:
    """Put the days of *lines*, which an invoice billed, onto the balance; *facts* make the note's id."""
    account = reserve_credit(decision.account, invoice_id, lines)
    credited = replace(decision, account=account)
    return add_credit_note(credited, invoice_id, lines, reason=reason, facts=facts, ctx=ctx)


def credit_of(lines: Iterable[Line]) -> int:
    """Return what the credits among *lines* give back, with its tax."""
    return -sum(line.total for line in lines if line.kind in CREDITS)


def reserve_credit(account: Account, invoice_id: InvoiceId, lines: tuple[Line, ...]) -> Account:
    """Mark on the invoice what the credits among *lines* give back of it."""
    tax = -sum(line.tax for line in lines if line.kind in CREDITS)
    return account.with_invoice(credit_invoice(account.invoices[invoice_id], credit_of(lines), tax=tax))


def add_credit_note(
    decision: Decision,
    invoice_id: InvoiceId,
    lines: tuple[Line, ...],
    *,
    reason: str,
    facts: str,
    ctx: EventContext,
) -> Decision:
    """Put what *lines* give back onto the balance; what they credit is marked on the invoice already."""
    account = decision.account
    invoice = account.invoices[invoice_id]
    note = CreditNote(
        id=CreditNoteId(derived_id("crn", at=ctx.at, facts=facts)),
        invoice_id=invoice.id,
        subscription_id=invoice.subscription_id,
        customer_id=invoice.customer_id,
        currency=invoice.currency,
        lines=lines,
        amount=-sum(line.total for line in lines),
        reason=reason,
        issued_at=ctx.at,
    )
    noted = replace(account, credit=account.credit + note.amount, credit_notes=(*account.credit_notes, note))
    return replace(decision, account=noted, unused_lines=(*decision.unused_lines, *lines))


def _refund(
    decision: Decision, share: Share, ctx: EventContext, *, reason: str, limits: RefundLimits
) -> tuple[Decision, int]:
    """Refund what the payments of the share's invoice can give, and return what is left of it."""
    left = share.amount
    for payment in reversed(decision.account.payments_of(share.invoice_id)):
        amount = min(left, refundable_amount(decision.account, payment.id))
        if payment.status is PaymentStatus.COMPLETED and amount > 0 and limits.allow(payment, amount):
            refund = Refund(
                id=RefundId(derived_id("ref", at=ctx.at, facts=f"{ctx.event.id}|{payment.id}")),
                amount=amount,
                status=RefundStatus.PENDING,
                reason=reason,
                created_at=ctx.at,
                waits=payment.awaits_reference,
            )
            decision = begin_refund(decision, payment.id, refund, ctx)
            decision = replace(decision, review=Review.REFUND_WAITS) if refund.waits else decision
            left -= amount
    return decision, left


def _credit(decision: Decision, share: Share, ctx: EventContext, *, reason: str) -> Decision:
    """Put a share onto the balance."""
    lines = share.credit_lines
    if not lines:
        return decision
    facts = f"{ctx.event.id}|{share.invoice_id}"
    credited = credit_days(decision, share.invoice_id, lines, reason=reason, facts=facts, ctx=ctx)
    return replace(credited, unused_lines=decision.unused_lines)


def _is_credited(invoice: Invoice, credit: Line) -> bool:
    """Return whether *credit* may give back days of *invoice*: it bills them, and gave as much back."""
    if not invoice.bills_service:
        return False
    billed = (*[line for line in invoice.lines if line.kind is LineKind.SERVICE][:-1], bill_line(invoice))
    return invoice.credited >= -credit.total and any(_bills(line, credit) for line in billed)


def _bills(billed: Line, credit: Line) -> bool:
    is_same = (billed.plan_id, billed.unit_price, billed.quantity) == (
        credit.plan_id,
        credit.unit_price,
        credit.quantity,
    )
    is_part = billed.service.start <= credit.service.start and credit.service.end <= billed.service.end
    return is_same and is_part


def _return_credit(account: Account, invoice: Invoice, giver: Invoice, amount: int, *, tax: int) -> Account:
    """Take back what *giver* gave for *invoice*: the one is credited less, the other one more."""
    taker = account.invoices[invoice.id]
    account = account.with_invoice(credit_invoice(taker, amount, tax=tax))
    return account.with_invoice(credit_invoice(giver, -amount, tax=-tax))
