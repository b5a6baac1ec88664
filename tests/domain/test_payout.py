"""Rule 23: paying a customer's balance out, by refunds of what they paid."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.errors.payments import RefundExceedsPayment
from ciclo.domain.events.commands import CancellationRefund, CancellationRequested, RefundCreated
from ciclo.domain.events.facts import PaymentAuthorized, PaymentSucceeded, RefundFailed
from ciclo.domain.ids import RefundId
from ciclo.domain.lifecycle.payments.allocation import refundable_amount, split_payout
from ciclo.domain.payment import Payment, Refund, RefundStatus
from tests.builders import Story, noon
from tests.domain.plans import BASIC, YEARLY

JAN_1, JAN_2, JAN_3 = date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)


def payout(payment: Payment, amount: int) -> RefundCreated:
    return RefundCreated(refund_id=RefundId("ref_1"), payment_id=payment.id, amount=amount, from_balance=True)


def test_what_was_credited_is_paid_out_by_the_payment_that_brought_it() -> None:
    # A year of 29900 paid, cancelled with 214 of its 365 days left: 29900 x 214 / 365 = 17530.41
    story = Story(JAN_1, of=YEARLY).start().pay(at=JAN_1)
    now = CancellationRequested(immediately=True, refund=CancellationRefund.CREDIT)
    story.tell(now, at=date(2026, 6, 1))
    assert story.account.credit == 17530

    story.tell(payout(story.payment(), 17530), at=date(2026, 6, 2))

    assert (story.account.credit, story.payment().reserved_amount) == (0, 17530)
    # What the days in service cost can still be refunded: 29900 - 17530
    assert refundable_amount(story.account, story.payment().id) == 12370


def test_more_than_is_on_the_balance_is_not_paid_out() -> None:
    story = Story(JAN_1, of=BASIC).start().pay(at=JAN_1)

    with pytest.raises(RefundExceedsPayment):
        story.tell(payout(story.payment(), 1), at=JAN_2)


def test_a_payout_that_fails_is_on_the_balance_again() -> None:
    story = Story(JAN_1, of=BASIC).start()
    taken = PaymentAuthorized(payment_id=story.payment().id, provider="sandbox", provider_reference="ch_1")
    # 3990 - 2990 = 1000 beyond what was due
    more = PaymentSucceeded(amount=3990, currency="BRL", payment_id=story.payment().id)
    story.tell(taken, at=JAN_1).tell(more, at=JAN_1).tell(payout(story.payment(), 1000), at=JAN_2)
    assert story.account.credit == 0

    story.tell(RefundFailed(payment_id=story.payment().id, refund_id=RefundId("ref_1")), at=JAN_3)
    assert (story.account.credit, story.payment().reserved_amount) == (1000, 0)


def test_a_payout_is_spread_over_what_payments_still_have_in_their_order() -> None:
    first = Story(JAN_1, of=BASIC).start().pay(at=JAN_1).payment()
    sent = Refund(id=RefundId("ref_9"), amount=1000, status=RefundStatus.SUCCEEDED, created_at=noon(JAN_2))
    second = replace(first, refunds=(sent,))

    # 2990 - 1000 = 1990, and 1010 of the other one
    assert split_payout([second, first], 3000) == [(second, 1990), (first, 1010)]
    assert split_payout([first], 9000) == [(first, 2990)]
