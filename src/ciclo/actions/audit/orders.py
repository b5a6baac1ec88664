"""The audit of work orders: each has an answer, or a fact that says why there is none (rule 19).

The replay shows that every order that was decided is recorded. Here it is looked at what came of them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from ciclo.actions.processing.collection import DONE, DROPPED
from ciclo.domain.events.event_type import EventType
from ciclo.domain.payment import RefundStatus
from ciclo.domain.replay import Difference
from ciclo.store.ledger.histories import RecordedOrder, SubscriptionHistory

ORDER_DEADLINE: Final = timedelta(hours=1)
"""How long an order may take, pauses while its provider is away included, until somebody should look."""

REFUND_DEADLINE: Final = timedelta(days=10)
"""How long a provider may take to say what became of a refund: five business days, and some more."""


def order_differences(history: SubscriptionHistory, *, now: datetime) -> Iterator[Difference]:
    """Yield every order, and every refund, of *history* whose answer is overdue at *now* (wall time)."""
    for order in history.orders:
        if now - order.recorded_at > ORDER_DEADLINE and _lacks_answer(order):
            yield Difference(order.id, f"{order.type} has no answer since {_minute(order.recorded_at)}")
    for payment in history.payments.values():
        for refund in payment.refunds:
            asked_at = history.refunds_asked.get(refund.id)
            if refund.status is not RefundStatus.PENDING or asked_at is None:
                continue
            if now - asked_at > (ORDER_DEADLINE if refund.waits else REFUND_DEADLINE):
                waits_for = "the provider's reference" if refund.waits else "the provider's report"
                what = f"refund {refund.id} waits for {waits_for} since {_minute(asked_at)}"
                yield Difference(payment.id, what)


def _lacks_answer(order: RecordedOrder) -> bool:
    """Return whether nothing is known of what came of an order.

    What a refund came to may be told later: its payment says whether it is still awaited. What a person
    discarded, and what older versions called needless, is closed without one.
    """
    if not order.processed:
        return True
    awaited = order.outcome in {DONE, DROPPED} and order.type != EventType.REFUND_REQUESTED
    return awaited and not order.is_answered


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
