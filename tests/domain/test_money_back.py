"""Rule 15: a cancellation that sends unused days back to the payments that paid them."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.events.commands import (
    CancellationRefund,
    CancellationRequested,
    InvoicePaymentRequested,
    PlanChanged,
    RefundCreated,
)
from ciclo.domain.events.facts import PaymentAuthorized, PaymentSucceeded
from ciclo.domain.events.orders import RefundRequested
from ciclo.domain.ids import RefundId
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle import Outcome, Review
from ciclo.domain.payments.refund_limits import RefundLimits
from ciclo.domain.subscription import Status
from tests.builders import CARD, PIX, Story, terms, unused
from tests.domain.calendars import day, running, tell_days

JAN_1, JAN_16, JAN_20, FEB_1 = date(2026, 1, 1), date(2026, 1, 16), date(2026, 1, 20), date(2026, 2, 1)
BASIC, PLUS = terms(2990, plan="basic"), terms(5990, plan="plus")
LEAVE = CancellationRequested(immediately=True, refund=CancellationRefund.REFUND)


def taken(story: Story, *, at: date, name: str) -> Story:
    """Let a provider of ours take the newest payment, and report it paid."""
    payment_id = story.payment().id
    story.tell(PaymentAuthorized(payment_id=payment_id, provider="sandbox", provider_reference=name), at=at)
    return story.pay(at=at)


def paid(*, credit: int = 0) -> Story:
    return taken(Story(JAN_1, of=BASIC, credit=credit).start(), at=JAN_1, name="ch_1")


def upgraded() -> Story:
    # 16 of 31 days: 2990 x 16/31 = 1543 back, 5990 x 16/31 = 3092 to charge, 1549 to pay
    return taken(paid().tell(PlanChanged(terms=PLUS), at=JAN_16), at=JAN_16, name="ch_2")


def refunds(story: Story) -> list[tuple[str | None, int]]:
    """Return what the last event asked providers to send back."""
    orders = [one.payload for one in story.last.follow_ups if isinstance(one.payload, RefundRequested)]
    return [(one.provider_reference, one.amount) for one in orders]


def test_unused_days_go_back_to_the_payment_that_paid_them() -> None:
    story = paid().tell(LEAVE, at=JAN_16)

    # Feb 1 - Jan 16 = 16 days: 2990 x 16/31 = 1543.23
    assert refunds(story) == [("ch_1", 1543)]
    [refund] = story.payment().refunds
    assert (refund.amount, refund.reason) == (1543, "cancellation")
    assert (story.account.credit, story.account.credit_notes, story.invoice.credited) == (0, (), 0)
    assert (story.subscription.status, story.last.outcome) == (Status.CANCELLED, Outcome.CANCELLED)
    assert story.last.unused_lines == (unused(BASIC, JAN_16, FEB_1, total_days=31, amount=-1543),)


def test_what_the_balance_paid_goes_back_onto_the_balance() -> None:
    story = paid(credit=2000).tell(LEAVE, at=JAN_16)

    # 990 of money came: all of it goes back, and the other 553 onto the balance
    assert (refunds(story), story.account.credit) == ([("ch_1", 990)], 553)
    [note] = story.account.credit_notes
    capped = replace(unused(BASIC, JAN_16, FEB_1, total_days=31, amount=-553), capped=True)
    assert (note.lines, note.reason) == ((capped,), "cancellation")


def test_days_that_an_upgrade_billed_go_back_to_both_payments_the_newest_first() -> None:
    story = upgraded().tell(LEAVE, at=JAN_20)

    # 12 days: 5990 x 12/31 = 2318.71, of which the upgrade's own payment was 1549
    assert (refunds(story), story.account.credit) == ([("ch_2", 1549), ("ch_1", 770)], 0)
    first, second = story.invoices
    # Of 1543 that the first invoice gave to the second one it has 770 back
    assert (first.credited, second.credited) == (773, 770)


def test_what_was_refunded_already_of_the_older_payment_goes_onto_the_balance() -> None:
    story = upgraded()
    older = story.account.payments_of(story.invoices[0].id)[0]
    story.tell(RefundCreated(refund_id=RefundId("ref_1"), payment_id=older.id, amount=1447), at=JAN_16)
    story.tell(replace(LEAVE, limits=RefundLimits(not_in_part=(story.payment().id, older.id))), at=JAN_20)

    # The newer one goes back as a whole, and of the older one no part can
    assert (refunds(story), story.account.credit) == ([("ch_2", 1549)], 770)
    assert [note.invoice_id for note in story.account.credit_notes] == [story.invoices[0].id]


def test_what_a_provider_can_not_send_back_goes_onto_the_balance() -> None:
    story = paid()
    story.tell(replace(LEAVE, limits=RefundLimits(not_at_all=(story.payment().id,))), at=JAN_16)

    assert (refunds(story), story.account.credit) == ([], 1543)


def test_a_whole_period_can_go_back_where_no_part_can() -> None:
    story = paid()
    story.tell(replace(LEAVE, limits=RefundLimits(not_in_part=(story.payment().id,))), at=JAN_1)

    assert (refunds(story), story.account.credit) == ([("ch_1", 2990)], 0)


def test_the_newest_of_two_payments_goes_back_first() -> None:
    story = Story(JAN_1, of=BASIC, method=PIX).start()
    code = story.payment()
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=CARD), at=JAN_1)
    for name, payment in (("ch_1", code), ("ch_2", story.payment())):
        told = {"payment_id": payment.id, "provider": "sandbox", "provider_reference": name}
        story.tell(PaymentSucceeded(amount=2990, currency="BRL", **told), at=JAN_1)
    story.tell(LEAVE, at=JAN_16)

    assert [reference for reference, _ in refunds(story)] == ["ch_2"]


def test_a_renewal_that_was_paid_ahead_goes_back_too() -> None:
    story = running(PIX, on=day("01-28"), until=day("02-23"))
    taken(story, at=day("02-23"), name="ch_2").tell(LEAVE, at=day("02-24"))

    # All of the next period, and 4 of 31 days of this one: 7990 x 4/31 = 1030.97
    back = [one.refunds[0].amount for one in story.account.payments.values() if one.refunds]
    assert (sorted(back), story.account.credit) == ([1031, 7990], 0)
    assert tell_days(story, until=day("03-28")).account.credit == 0


def test_a_refund_waits_for_the_payment_s_reference_and_is_shown_to_a_person() -> None:
    story = Story(JAN_1, of=BASIC).start().pay(at=JAN_1).tell(LEAVE, at=JAN_16)

    assert (story.subscription.status, refunds(story)) == (Status.CANCELLED, [])
    assert (story.last.review, story.payment().refunds[0].waits) == (Review.REFUND_WAITS, True)


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(Story(JAN_1, of=BASIC).start(), id="never paid"),
        pytest.param(paid().until(FEB_1).decline(at=FEB_1), id="past due"),
    ],
)
def test_days_that_were_not_paid_do_not_go_back(story: Story) -> None:
    story.tell(LEAVE, at=date(2026, 2, 2))

    assert (story.subscription.status, refunds(story), story.account.credit) == (Status.CANCELLED, [], 0)


def test_at_the_end_of_the_period_nothing_is_left_to_go_back() -> None:
    story = paid().tell(replace(LEAVE, immediately=False), at=JAN_16).until(FEB_1)

    assert (story.subscription.status, story.payment().refunds) == (Status.CANCELLED, ())


def test_a_free_plan_gives_nothing_back() -> None:
    story = Story(JAN_1, of=terms(0)).start().tell(LEAVE, at=JAN_16)

    assert (story.invoice.status, story.account.credit_notes) == (InvoiceStatus.PAID, ())
