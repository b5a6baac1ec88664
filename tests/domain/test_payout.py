"""Rule 23: paying a customer's balance out, by refunds of what they paid."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.errors.payments import RefundExceedsPayment
from ciclo.domain.events.commands import (
    CancellationRefund,
    CancellationRequested,
    CreditNoteCreated,
    RefundCreated,
)
from ciclo.domain.events.facts import PaymentAuthorized, PaymentSucceeded, RefundFailed
from ciclo.domain.ids import CreditNoteId, RefundId
from ciclo.domain.invoice import CreditDestination
from ciclo.domain.lifecycle.payments.allocation import creditable_amount, refundable_amount, split_payout
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


def test_a_surplus_that_paid_for_something_else_did_not_go_back_by_a_refund() -> None:
    # 5980 came for 2990; the other 2990 paid for February, so that what goes back is of January's charge
    story = Story(JAN_1, of=BASIC).start()
    taken = PaymentAuthorized(payment_id=story.payment().id, provider="sandbox", provider_reference="ch_1")
    twice = PaymentSucceeded(amount=5980, currency="BRL", payment_id=story.payment().id)
    story.tell(taken, at=JAN_1).tell(twice, at=JAN_1).until(date(2026, 2, 1))
    january, february = story.invoices
    assert (story.account.credit, february.credit_applied) == (0, 2990)
    order = RefundCreated(refund_id=RefundId("ref_1"), payment_id=story.payment(january).id, amount=1000)
    story.tell(order, at=date(2026, 2, 2))
    assert creditable_amount(story.account, story.account.invoices[january.id]) == 1990

    note = CreditNoteCreated(
        note_id=CreditNoteId("crn_1"),
        invoice_id=january.id,
        reason="no service",
        to=CreditDestination.REFUND,
        payments=(story.payment(january).id,),
    )
    story.tell(note, at=date(2026, 2, 2))

    closed = story.account.invoices[january.id]
    assert (story.account.credit, closed.overpaid, closed.credited) == (0, 2990, 1990)
    # 5980 came, 2990 went back: February is paid for, and nothing of January is left
    assert story.payment(january).reserved_amount == 2990
    assert creditable_amount(story.account, closed) == 0
    assert refundable_amount(story.account, story.payment(january).id) == 0
