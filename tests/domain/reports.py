"""What providers report of a payment, and a subscription whose first payment they can report of."""

from datetime import date

from ciclo.domain.events.facts import PaymentFailed, PaymentRefunded, PaymentSucceeded
from ciclo.domain.ids import RefundId
from ciclo.domain.payment import Payment
from tests.builders import Story, terms

JAN_1, JAN_2, JAN_3, JAN_4 = (date(2026, 1, day) for day in (1, 2, 3, 4))
FEB_1, MAR_1 = date(2026, 2, 1), date(2026, 3, 1)


def billed() -> Story:
    """Return a subscription whose first invoice of 2990 is being charged to a card."""
    return Story(JAN_1, of=terms(2990)).start()


def success(payment: Payment) -> PaymentSucceeded:
    return PaymentSucceeded(amount=payment.amount, currency=payment.currency, payment_id=payment.id)


def failure(payment: Payment, *, attempt: int | None = 1) -> PaymentFailed:
    return PaymentFailed(
        amount=payment.amount, currency=payment.currency, payment_id=payment.id, attempt=attempt
    )


def refund(payment: Payment, amount: int, *, name: str = "ref_1") -> PaymentRefunded:
    return PaymentRefunded(
        amount=amount, currency=payment.currency, payment_id=payment.id, refund_id=RefundId(name)
    )
