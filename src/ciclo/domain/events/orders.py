"""Orders: what the engine asks of the collection worker. No rule applies one to a subscription."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from ciclo.domain.events.event_type import EventType
from ciclo.domain.ids import CustomerId, InvoiceId, PaymentId, RefundId
from ciclo.domain.payment import MethodKind, PaymentMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRequested:
    """Hand the subscription to the billing system."""

    type: ClassVar = EventType.REGISTRATION_REQUESTED
    customer_id: CustomerId


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRequested:
    """Collect a payment; the provider sees the same idempotency key for the same attempt."""

    type: ClassVar = EventType.CHARGE_REQUESTED
    payment_id: PaymentId
    invoice_id: InvoiceId
    customer_id: CustomerId
    attempt: int
    amount: int
    currency: str
    method: PaymentMethod
    on_request: bool = False
    """A person wants to pay now: wanted after the subscription's end too (rule 18)."""
    due_on: date | None = None
    """The last day to pay a code, rule 31; None: what the provider's settings say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequested:
    """Send money of a payment back."""

    type: ClassVar = EventType.REFUND_REQUESTED
    refund_id: RefundId
    payment_id: PaymentId
    provider: str
    provider_reference: str
    method: MethodKind
    amount: int
    currency: str
    whole: bool
    reason: str | None = None


Order = RegistrationRequested | ChargeRequested | RefundRequested
"""Work for the collection worker."""
