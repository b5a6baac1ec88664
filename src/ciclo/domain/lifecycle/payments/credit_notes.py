"""Credit notes that an operator makes: whole, by line or by amount; onto the balance, or back to the payer.

Source: billing rules 9, 22, 23.
"""

from ciclo.copies import replace
from ciclo.domain.account import Account
from ciclo.domain.errors.general import AmountOutOfRange, InvalidValue
from ciclo.domain.errors.payments import (
    CreditExceedsInvoice,
    InvoiceNotFound,
    InvoiceUnpaid,
    RefundExceedsPayment,
)
from ciclo.domain.events.commands import CreditNoteCreated
from ciclo.domain.ids import PaymentId, RefundId, derived_id
from ciclo.domain.invoice import (
    CHARGES,
    CreditDestination,
    CreditNote,
    Invoice,
    InvoiceStatus,
    Line,
    charges_of,
    credit_invoice,
)
from ciclo.domain.lifecycle.decision import Decision, EventContext, Outcome
from ciclo.domain.lifecycle.payments.allocation import creditable_amount, split_payout
from ciclo.domain.lifecycle.payments.refunds import keep_payment, send_refund
from ciclo.domain.lifecycle.payments.tax import tax_in_credit
from ciclo.domain.payment import Payment, PaymentStatus, Refund, RefundStatus, record_refund
from ciclo.domain.proration import correct_lines


def on_credit_note_created(decision: Decision, order: CreditNoteCreated, ctx: EventContext) -> Decision:
    """Issue a credit note about what is left of a paid invoice.

    To send it back, it is paid out of the balance by the invoice's payments: what can't be sent after all
    is on the balance again.

    Raises:
        InvoiceNotFound, InvoiceUnpaid: it is not there, or is not paid.
        InvalidValue: a line is not one of its charges, or is named twice.
        AmountOutOfRange: it is nothing.
        CreditExceedsInvoice: it is more than what is left.
        RefundExceedsPayment: the payments can't send as much back.
    """
    account = decision.account
    invoice = account.invoices.get(order.invoice_id)
    if invoice is None:
        raise InvoiceNotFound
    if invoice.status is not InvoiceStatus.PAID:
        raise InvoiceUnpaid("the invoice").at("invoice_id")
    left = creditable_amount(account, invoice)
    lines = _lines(account, invoice, order, left=left)
    note = CreditNote(
        id=order.note_id,
        invoice_id=invoice.id,
        subscription_id=invoice.subscription_id,
        customer_id=invoice.customer_id,
        currency=invoice.currency,
        lines=lines,
        amount=-sum(line.total for line in lines),
        reason=order.reason,
        issued_at=ctx.at,
        to=order.to,
    )
    issued = _issue(account, invoice, note)
    decision = replace(decision, account=issued)
    if order.to is CreditDestination.REFUND:
        decision = _send_back(decision, order, note, ctx)
    return decision.with_outcome(Outcome.CREDIT_NOTE_ISSUED)


def _lines(account: Account, invoice: Invoice, order: CreditNoteCreated, *, left: int) -> tuple[Line, ...]:
    """Return the note's lines: the amount is shared over the lines that it is of, and so is its tax."""
    charges = _charges(invoice, order)
    if order.amount is not None:
        amount = order.amount
    elif order.lines:
        amount = sum(line.total for line in charges)
    else:
        amount = left
    if amount <= 0 and (order.amount is not None or order.lines):
        raise AmountOutOfRange
    if amount > left or left <= 0:
        raise CreditExceedsInvoice
    payments = account.payments_of(invoice.id)
    tax = tax_in_credit(invoice, payments, charges=charges, amount=amount, left=left)
    return correct_lines(charges, amount=amount, tax=tax)


def _charges(invoice: Invoice, order: CreditNoteCreated) -> tuple[Line, ...]:
    """Return the lines that are corrected, all charges by default."""
    if not order.lines:
        return charges_of(invoice)
    chargeable = {place: line for place, line in enumerate(invoice.lines, start=1) if line.kind in CHARGES}
    if len(set(order.lines)) != len(order.lines) or not chargeable.keys() >= set(order.lines):
        raise InvalidValue("name lines that charge something, each once", field=("lines",))
    return tuple(chargeable[place] for place in order.lines)


def _issue(account: Account, invoice: Invoice, note: CreditNote) -> Account:
    credited = credit_invoice(invoice, note.amount, tax=note.tax)
    return replace(
        account.with_invoice(credited),
        credit=account.credit + note.amount,
        credit_notes=(*account.credit_notes, note),
    )


def _send_back(decision: Decision, order: CreditNoteCreated, note: CreditNote, ctx: EventContext) -> Decision:
    shares = [
        (payment, share)
        for payment, share in split_payout(_senders(decision.account, order), note.amount)
        if share == payment.received_amount or payment.id not in order.whole_only
    ]
    if sum(share for _, share in shares) < note.amount:
        raise RefundExceedsPayment
    for payment, share in shares:
        refund = Refund(
            id=RefundId(derived_id("ref", at=ctx.at, facts=f"{note.id}|{payment.id}")),
            amount=share,
            status=RefundStatus.PENDING,
            reason=note.reason,
            created_at=ctx.at,
            from_balance=True,
        )
        decision = keep_payment(decision, record_refund(payment, refund), ctx)
        decision = send_refund(decision, payment.id, refund, ctx)
    return decision


def _senders(account: Account, order: CreditNoteCreated) -> list[Payment]:
    """Return the payments of the invoice that can send money back now, in the order that was asked for."""

    def can_send(payment_id: PaymentId) -> bool:
        payment = account.payments.get(payment_id)
        return (
            payment is not None
            and payment.invoice_id == order.invoice_id
            and payment.status is PaymentStatus.COMPLETED
            and not payment.awaits_reference
        )

    return [account.payments[id_] for id_ in order.payments if can_send(id_)]
