"""What can't be sent back by the providers of some payments.

Source: billing rules 15, 23.
"""

from dataclasses import dataclass

from ciclo.domain.ids import PaymentId
from ciclo.domain.payment import Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLimits:
    """What the providers of some payments can't send back: nothing, or nothing less than the whole."""

    not_at_all: tuple[PaymentId, ...] = ()
    not_in_part: tuple[PaymentId, ...] = ()

    def allow(self, payment: Payment, amount: int) -> bool:
        """Return whether *amount* of *payment*, in minor units, can be sent back."""
        return payment.id not in self.not_at_all and (
            amount == payment.amount or payment.id not in self.not_in_part
        )
