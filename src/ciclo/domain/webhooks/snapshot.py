"""Snapshots: what receivers see of an object, as plain values under the API's names.

Money is decimal text in major units, as in the API. Of a person they hold name and e-mail address, never a
tax id; of a card its brand and last four digits.
"""

from datetime import UTC, date, datetime

from ciclo.domain.customer import Addressee
from ciclo.domain.ids import CustomerId
from ciclo.domain.invoice import CreditNote, Invoice, Line
from ciclo.domain.lines.line_taxes import taxes_of
from ciclo.domain.lines.tax_rate import LineTax
from ciclo.domain.money import Money
from ciclo.domain.payment import Payment, PaymentMethod
from ciclo.domain.period import Period
from ciclo.domain.plan import Terms
from ciclo.domain.subscription import Subscription

Subject = Subscription | Invoice | Payment | CreditNote
"""What a message shows."""

Snapshot = dict[str, object]


def snapshot(subject: Subject) -> Snapshot:
    """Return what receivers see of *subject*."""
    if isinstance(subject, Subscription):
        return _subscription(subject)
    if isinstance(subject, Invoice):
        return _invoice(subject)
    return _payment(subject) if isinstance(subject, Payment) else _credit_note(subject)


def customer_snapshot(customer_id: CustomerId, addressee: Addressee | None) -> Snapshot:
    """Return what receivers see of the customer whose object it is."""
    return {
        "id": customer_id,
        "email": addressee.email if addressee else None,
        "name": addressee.name if addressee else None,
    }


def iso_instant(at: datetime) -> str:
    """Return an instant as messages write it: UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _subscription(sub: Subscription) -> Snapshot:
    return {
        "id": sub.id,
        "customerId": sub.customer_id,
        "status": sub.status.value,
        **_terms(sub.terms),
        "currentPeriod": _period(sub.period),
        "trial": _period(sub.trial),
        "nextBillingDate": _date(sub.next_billing_date),
        "pendingChange": _terms(sub.pending_change) if sub.pending_change else None,
        "cancelAtPeriodEnd": sub.cancel_at_period_end,
        "pauseAtPeriodEnd": sub.pause_at_period_end,
        "resumesOn": _date(sub.resume_on),
        "paymentMethod": _method(sub.method),
        "createdAt": iso_instant(sub.created_at),
        "activatedAt": _instant(sub.activated_at),
        "endedAt": _instant(sub.ended_at),
        "endReason": sub.end_reason.value if sub.end_reason else None,
    }


def _invoice(invoice: Invoice) -> Snapshot:
    amounts = {
        "subtotal": invoice.subtotal,
        "tax": invoice.tax,
        "creditApplied": invoice.credit_applied,
        "total": invoice.total,
        "amountPaid": invoice.amount_paid,
        "amountDue": invoice.amount_due,
        "credited": invoice.credited,
    }
    return {
        "id": invoice.id,
        "number": invoice.number,
        "subscriptionId": invoice.subscription_id,
        "customerId": invoice.customer_id,
        "kind": invoice.kind.value,
        "status": invoice.status.value,
        "lines": [_line(line, invoice.currency) for line in invoice.lines],
        **{name: _money(amount, invoice.currency) for name, amount in amounts.items()},
        "period": _period(invoice.moved_to or invoice.period),
        "issuedAt": iso_instant(invoice.issued_at),
        "dueDate": invoice.due_on.isoformat(),
        "paidAt": _instant(invoice.paid_at),
        "voidedAt": _instant(invoice.voided_at),
        "voidReason": invoice.void_reason.value if invoice.void_reason else None,
        "inDunning": invoice.dunning is not None,
    }


def _line(line: Line, currency: str) -> Snapshot:
    return {
        "kind": line.kind.value,
        "planId": line.plan_id,
        "planName": line.plan_name,
        "itemId": line.item_id,
        "description": line.plan_name,
        "quantity": line.quantity,
        "period": _period(line.service),
        "amount": _money(line.amount, currency),
        "discount": _money(line.discount, currency),
        "discounts": [
            {"discountId": one.id, "code": one.code, "amount": _money(one.amount, currency)}
            for one in line.discounts
        ],
        "net": _money(line.net, currency),
        "tax": _money(line.tax, currency),
        "taxes": [_tax(one, currency) for one in taxes_of(line)],
        "total": _money(line.total, currency),
    }


def _tax(tax: LineTax, currency: str) -> Snapshot:
    return {
        "name": tax.rate.name or None,
        "basisPoints": tax.rate.basis_points,
        "inclusive": tax.rate.inclusive,
        "amount": _money(tax.amount, currency),
    }


def _payment(payment: Payment) -> Snapshot:
    boleto = payment.boleto
    return {
        "id": payment.id,
        "invoiceId": payment.invoice_id,
        "subscriptionId": payment.subscription_id,
        "customerId": payment.customer_id,
        "status": payment.status.value,
        "amount": _money(payment.received_amount if payment.is_paid else payment.amount, payment.currency),
        "refundedAmount": _money(payment.refunded_amount, payment.currency),
        "paymentMethod": _method(payment.method),
        "attempts": payment.attempts,
        "failureCode": payment.failure_code,
        "disputed": payment.disputed or any(dispute.is_open for dispute in payment.disputes),
        "createdAt": iso_instant(payment.created_at),
        "completedAt": _instant(payment.completed_at),
        "expiresAt": _instant(payment.expires_at),
        "pix": {"copyPaste": payment.pix.copy_paste} if payment.pix else None,
        "boleto": {"digitableLine": boleto.digitable_line, "dueDate": boleto.due_on.isoformat()}
        if boleto
        else None,
    }


def _credit_note(note: CreditNote) -> Snapshot:
    return {
        "id": note.id,
        "number": note.number,
        "invoiceId": note.invoice_id,
        "subscriptionId": note.subscription_id,
        "customerId": note.customer_id,
        "amount": _money(note.amount, note.currency),
        "tax": _money(note.tax, note.currency),
        "to": note.to.value,
        "reason": note.reason,
        "issuedAt": iso_instant(note.issued_at),
    }


def _terms(terms: Terms) -> Snapshot:
    return {
        "planId": terms.plan_id,
        "planVersion": terms.plan_version,
        "planName": terms.plan_name,
        "quantity": terms.quantity,
        "price": _money(terms.price, terms.currency),
        "billingCycle": terms.billing_cycle.value,
    }


def _method(method: PaymentMethod | None) -> Snapshot | None:
    if method is None:
        return None
    return {"kind": method.kind.value, "brand": method.brand, "lastFour": method.last_four}


def _money(amount: int, currency: str) -> Snapshot:
    return {"amount": f"{Money(amount, currency).to_decimal():f}", "currency": currency}


def _period(period: Period | None) -> Snapshot | None:
    return {"start": period.start.isoformat(), "end": period.end.isoformat()} if period else None


def _date(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _instant(at: datetime | None) -> str | None:
    return iso_instant(at) if at else None
