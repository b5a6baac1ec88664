"""Commands that book money of which no provider of ours told what it is for: a person says so."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from ciclo.domain.events.event_type import EventType
from ciclo.domain.ids import EventId, InvoiceId, PaymentId


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyAssigned:
    """An operator says what money is for that came in a notice which fits nothing (rule 20).

    It came at `came_at`, in minor units; `review_id` is the event of the notice. To the balance it goes
    as one more payment of an invoice that needs none.
    """

    type: ClassVar = EventType.MONEY_ASSIGNED
    review_id: EventId
    invoice_id: InvoiceId
    amount: int
    currency: str
    came_at: datetime
    to_balance: bool = False
    provider: str | None = None
    provider_reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePaidOutside:
    """An operator says that an open invoice was paid past Ciclo: in cash, by a transfer (rule 20).

    `amount` in minor units, None for all that is due. It came on the seller's day `paid_on`; `how` is the
    operator's word for it, such as a transfer's number.
    """

    type: ClassVar = EventType.INVOICE_PAID_OUTSIDE
    invoice_id: InvoiceId
    payment_id: PaymentId
    paid_on: date
    how: str
    amount: int | None = None
    reason: str | None = None


BookingCommand = MoneyAssigned | InvoicePaidOutside
"""What people say of money."""
