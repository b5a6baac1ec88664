"""Invoices as rows: what was owed for which days, and what became of it."""

from datetime import date
from typing import Final

from ciclo.domain.invoice import Invoice, is_overdue
from ciclo.exports.cells import decimal
from ciclo.exports.formats import Row

OVERDUE: Final = "OVERDUE"

COLUMNS: Final = (
    "invoice_id",
    "number",
    "issued_at",
    "due_on",
    "status",
    "kind",
    "period_start",
    "period_end",
    "subtotal",
    "tax",
    "credit_applied",
    "total",
    "credited",
    "currency",
    "paid_at",
    "voided_at",
    "subscription_id",
    "customer_id",
    "customer_email",
)


def invoice_row(invoice: Invoice, email: str | None, *, today: date) -> Row:
    """Return *invoice* as the cells of COLUMNS; unpaid past its due date it is OVERDUE, as the API says."""
    currency = invoice.currency
    return (
        invoice.id,
        invoice.number,
        invoice.issued_at,
        invoice.due_on,
        OVERDUE if is_overdue(invoice, today=today) else invoice.status.value,
        invoice.kind.value,
        invoice.period.start,
        invoice.period.end,
        decimal(invoice.subtotal, currency),
        decimal(invoice.tax, currency),
        decimal(invoice.credit_applied, currency),
        decimal(invoice.total, currency),
        decimal(invoice.credited, currency),
        currency,
        invoice.paid_at,
        invoice.voided_at,
        invoice.subscription_id,
        invoice.customer_id,
        email,
    )
