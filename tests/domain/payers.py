"""Who pays, how, and by which policy; what a provider reports of charges and codes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ciclo.domain.account import Account
from ciclo.domain.collection import Collection, CollectionMode
from ciclo.domain.events.facts import PaymentAuthorized, PaymentFailed, PaymentRefunded, PaymentSucceeded
from ciclo.domain.events.orders import ChargeRequested
from ciclo.domain.payment import Payment, PaymentMethod, PaymentStatus, RefundStatus, is_card
from ciclo.domain.period import start_of_day
from ciclo.domain.policy import Policy
from tests.builders import BOLETO, CARD, PIX, POLICY
from tests.domain.calendars import CALENDAR


@dataclass(frozen=True, kw_only=True)
class Payer:
    """How a subscription is paid, and by which policy."""

    method: PaymentMethod | None
    policy: Policy = CALENDAR
    collection: Collection = field(default_factory=Collection)


ON_THE_BOUNDARY = Payer(method=CARD, policy=POLICY)
"""By a policy without a calendar, of before it."""
PAYERS = [
    ON_THE_BOUNDARY,
    Payer(method=CARD),
    Payer(method=CARD, collection=Collection(lead_days=3)),
    Payer(method=PIX),
    Payer(method=BOLETO),
    Payer(method=None, collection=Collection(mode=CollectionMode.INVOICE, lead_days=10)),
    Payer(method=None),
]


def code_for(charge: ChargeRequested, policy: Policy) -> PaymentAuthorized | None:
    """Return the code that the payer is handed, good until the end of its last day; none for a card."""
    if charge.due_on is None:
        return None
    return PaymentAuthorized(
        payment_id=charge.payment_id,
        provider="sandbox",
        provider_reference=f"ch_{charge.payment_id}_{charge.attempt}",
        expires_at=start_of_day(charge.due_on + timedelta(days=1), policy.timezone),
    )


def answers(
    account: Account, *, pays: bool, now: datetime
) -> Iterator[PaymentSucceeded | PaymentFailed | PaymentRefunded]:
    """Yield what is reported of each try under way, and of what somebody else collects.

    A card that does not pay is declined. A code is paid or lapses, which is reported of one that was
    withdrawn, too.
    """
    for payment in account.payments.values():
        is_code, is_withdrawn = not is_card(payment), payment.status is PaymentStatus.FAILED
        lapsed = payment.expires_at is not None and payment.expires_at <= now
        if payment.in_flight and pays and not (is_code and is_withdrawn):
            yield PaymentSucceeded(
                amount=payment.amount,
                currency=payment.currency,
                payment_id=payment.id,
                provider="sandbox",
                provider_reference=f"ch_{payment.id}",
            )
        elif payment.in_flight and (not is_code or (is_withdrawn and lapsed)):
            yield PaymentFailed(
                amount=payment.amount,
                currency=payment.currency,
                payment_id=payment.id,
                attempt=payment.attempts,
                failure_code="expired" if is_code else "insufficient_funds",
            )
        yield from _sent_back(payment)
    if account.subscription.method is None and pays:
        for invoice in account.open_invoices():
            yield PaymentSucceeded(amount=invoice.amount_due, currency=invoice.currency)


def _sent_back(payment: Payment) -> Iterator[PaymentRefunded]:
    for refund in payment.refunds:
        if refund.status is RefundStatus.PENDING:
            yield PaymentRefunded(
                amount=refund.amount, currency=payment.currency, payment_id=payment.id, refund_id=refund.id
            )
