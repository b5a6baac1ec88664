"""Payment receipts: what a payer has in hand of money that came, under a number of a series of its own."""

from dataclasses import dataclass
from datetime import datetime

from ciclo.domain.ids import PaymentId


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReceipt:
    """The receipt of one payment, `id`. It says what came and went back whenever it is read.

    `number` is gapless in its series: given by the store when the receipt is first asked for.
    """

    id: PaymentId
    number: str
    issued_at: datetime
