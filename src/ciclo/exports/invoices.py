"""Invoices as rows: what was owed for which days, and what became of it."""

from datetime import date
from typing import Final

from ciclo.documents.figures import percent_text
from ciclo.documents.language import Language
from ciclo.domain.invoice import Invoice, is_overdue
from ciclo.domain.lines.line_taxes import sum_taxes
from ciclo.domain.lines.tax_rate import TaxRate
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
    "discount",
    "taxes",
)


def invoice_row(invoice: Invoice, email: str | None, *, today: date) -> Row:
    """Return *invoice* as the cells of COLUMNS; unpaid past its due date it is OVERDUE, as the API says.

    `taxes` has what each rate with a name comes to; the seller's one rate without a name is in `tax` alone.
    """
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
        decimal(sum(line.discount for line in invoice.lines), currency),
        {_tax_name(rate): str(decimal(tax, currency)) for rate, tax in sum_taxes(invoice.lines).items()},
    )


def _tax_name(rate: TaxRate) -> str:
    """Return a rate as the key of its amount: "VAT 20%", or "ISS 5% included" where prices have it within."""
    name = f"{rate.name} {percent_text(rate.basis_points, Language.ENGLISH)}"
    return f"{name} included" if rate.inclusive else name
