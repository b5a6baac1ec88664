"""The status of an invoice, which depends on the day on which one looks at it."""

from datetime import date
from enum import Enum

import strawberry

from ciclo.domain.invoice import Invoice, is_overdue


@strawberry.enum(description="PENDING until paid or cancelled; OVERDUE is PENDING past its due date.")
class InvoiceStatus(Enum):
    """What an invoice is, as people see it."""

    PENDING = "PENDING"
    PAID = "PAID"
    OVERDUE = "OVERDUE"
    CANCELED = "CANCELED"


def status_on(invoice: Invoice, today: date) -> InvoiceStatus:
    """Return the status of *invoice* as it looks on *today*."""
    if is_overdue(invoice, today=today):
        return InvoiceStatus.OVERDUE
    return InvoiceStatus(invoice.status.value)
