"""Payments as rows: one try to collect one invoice a row, with what went back of it."""

from typing import Final

from ciclo.domain.payment import Payment
from ciclo.exports.cells import decimal
from ciclo.exports.formats import Row

COLUMNS: Final = (
    "payment_id",
    "created_at",
    "status",
    "amount",
    "refunded_amount",
    "currency",
    "method",
    "card_brand",
    "card_last_four",
    "attempts",
    "failure_code",
    "failed_at",
    "completed_at",
    "disputed",
    "provider",
    "provider_reference",
    "invoice_id",
    "subscription_id",
    "customer_id",
    "customer_email",
)

OUTSIDE: Final = "OUTSIDE"
"""The method of money that came past Ciclo; its reference is what the operator said."""


def payment_row(payment: Payment, email: str | None) -> Row:
    """Return *payment*, made by the customer with this *email*, as the cells of COLUMNS."""
    method = payment.method
    return (
        payment.id,
        payment.created_at,
        payment.status.value,
        decimal(payment.received_amount if payment.is_paid else payment.amount, payment.currency),
        decimal(payment.refunded_amount, payment.currency),
        payment.currency,
        method.kind.value if method else OUTSIDE if payment.paid_outside else None,
        method.brand if method else None,
        method.last_four if method else None,
        payment.attempts,
        payment.failure_code,
        payment.failed_at,
        payment.completed_at,
        payment.disputed,
        payment.provider,
        payment.paid_outside or payment.provider_reference,
        payment.invoice_id,
        payment.subscription_id,
        payment.customer_id,
        email,
    )
