"""Rule 15: withdrawing within seven days of the first payment, and having everything back."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.collection import Collection, CollectionMode
from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.subscriptions import AlreadyCancelled, WithdrawalClosed
from ciclo.domain.events.commands import (
    CancellationRequested,
    InvoicePaymentRequested,
    PlanChanged,
    RefundCreated,
    SubscriptionPaused,
    SubscriptionResumed,
    WithdrawalRequested,
)
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.ids import RefundId
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle import Outcome, next_due_event
from ciclo.domain.lifecycle.changes.withdrawal import withdrawal_ends_on
from ciclo.domain.payment import PaymentStatus
from ciclo.domain.payments.refund_limits import RefundLimits
from ciclo.domain.subscription import EndReason, Status
from tests.builders import CARD, PIX, POLICY, Story, terms
from tests.domain.calendars import begun, day

JAN_1, JAN_3, JAN_5, JAN_8, JAN_9 = (date(2026, 1, number) for number in (1, 3, 5, 8, 9))
BASIC, PLUS = terms(2990, plan="basic"), terms(5990, plan="plus")
WITHDRAW = WithdrawalRequested()


def paid(*, credit: int = 0, on: date = JAN_1) -> Story:
    """Return a subscription whose first invoice came by a notice: refunds of it are booked at once."""
    story = Story(on, of=BASIC, method=None, credit=credit).start()
    return story.tell(PaymentSucceeded(amount=story.invoice.total, currency="BRL"), at=on)


def upgraded() -> Story:
    """Return one that changed on its third day: 29 of 31 days, 2797 back, 5604 charged, 2807 paid."""
    story = Story(JAN_1, of=BASIC, method=CARD).start().pay(at=JAN_1)
    return story.tell(PlanChanged(terms=PLUS), at=JAN_3).pay(at=JAN_3)


def sent_back(story: Story) -> list[int]:
    """Return what goes back of each payment, the oldest first."""
    payments = [one for invoice in story.invoices for one in story.account.payments_of(invoice.id)]
    return [payment.reserved_amount for payment in payments]


def test_everything_that_was_paid_goes_back() -> None:
    story = paid().tell(WITHDRAW, at=JAN_8)

    sub = story.subscription
    assert (sub.status, sub.end_reason, story.last.outcome) == (
        Status.CANCELLED,
        EndReason.WITHDRAWN,
        Outcome.CANCELLED,
    )
    assert (story.payment().status, story.payment().refunded_amount) == (PaymentStatus.REFUNDED, 2990)
    assert story.payment().refunds[0].reason == "withdrawal"
    assert (story.account.credit, next_due_event(story.account, POLICY)) == (0, None)
    [line] = story.last.unused_lines
    assert (line.total, line.days) == (-2990, 31)


def test_what_the_balance_paid_goes_back_onto_it() -> None:
    story = paid(credit=1000).tell(WITHDRAW, at=JAN_3)

    assert (sent_back(story), story.account.credit) == ([1990], 1000)


def test_every_payment_goes_back_whole_although_a_change_credited_days_of_the_first_one() -> None:
    story = upgraded().tell(WITHDRAW, at=JAN_5)

    assert (sent_back(story), story.account.credit) == ([2990, 2807], 0)
    assert [invoice.credited for invoice in story.invoices] == [0, 2797]


def test_money_that_came_twice_goes_back_twice() -> None:
    story = Story(JAN_1, of=BASIC, method=PIX).start()
    code = story.payment()
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=CARD), at=JAN_1)
    for payment in (code, story.payment()):
        story.tell(PaymentSucceeded(amount=2990, currency="BRL", payment_id=payment.id), at=JAN_1)
    story.tell(WITHDRAW, at=JAN_3)

    assert (sent_back(story), story.account.credit) == ([2990, 2990], 0)


def test_what_was_refunded_does_not_go_back_again() -> None:
    story = paid()
    refund = RefundCreated(refund_id=RefundId("ref_1"), payment_id=story.payment().id, amount=1000)
    story.tell(refund, at=JAN_3).tell(WITHDRAW, at=JAN_5)

    assert [one.amount for one in story.payment().refunds] == [1000, 1990]


def test_what_was_credited_before_stays_on_the_balance() -> None:
    story = paid().tell(SubscriptionPaused(), at=JAN_3).tell(WITHDRAW, at=JAN_5)

    # 29 of 31 days: 2797
    assert (sent_back(story), story.account.credit) == ([193], 2797)


def test_what_a_resumption_used_of_it_is_on_the_balance_again() -> None:
    story = paid().tell(SubscriptionPaused(), at=JAN_3).tell(SubscriptionResumed(), at=JAN_5)
    story.tell(WITHDRAW, at=JAN_8)

    assert (sent_back(story), story.account.credit) == ([193], 2797)


def test_what_a_provider_can_not_send_back_goes_onto_the_balance() -> None:
    story = paid()
    limits = RefundLimits(not_at_all=(story.payment().id,))

    assert story.tell(WithdrawalRequested(limits=limits), at=JAN_3).account.credit == 2990


def test_what_is_open_is_owed_no_more() -> None:
    story = begun(None, on=day("01-28"), collection=Collection(mode=CollectionMode.INVOICE))
    story.tell(PlanChanged(terms=replace(PLUS, unit_price=9990)), at=day("01-30"))
    # It is trusted: what costs more is in effect before either invoice is paid
    assert [invoice.status for invoice in story.invoices] == [InvoiceStatus.PENDING] * 2

    story.tell(WITHDRAW, at=day("02-01"))
    assert [invoice.status for invoice in story.invoices] == [InvoiceStatus.CANCELLED] * 2
    assert [invoice.credited for invoice in story.invoices] == [0, 0]
    assert (story.account.credit, story.subscription.status) == (0, Status.CANCELLED)


def test_days_that_an_unpaid_invoice_gave_are_not_given_back() -> None:
    story = begun(None, on=day("01-28"), collection=Collection(mode=CollectionMode.INVOICE))
    story.tell(PlanChanged(terms=replace(PLUS, unit_price=9990)), at=day("01-30"))
    change = story.invoice
    story.tell(PaymentSucceeded(amount=change.total, currency="BRL"), at=day("01-31"))
    story.tell(WITHDRAW, at=day("02-01"))

    assert (story.account.credit, story.account.credit_notes) == (0, ())
    assert sent_back(story) == [change.total]
    assert story.invoices[0].status is InvoiceStatus.CANCELLED


def test_after_its_days_it_is_refused_and_changes_nothing() -> None:
    story = paid()
    before = story.account

    with pytest.raises(WithdrawalClosed) as refused:
        story.tell(WITHDRAW, at=JAN_9)

    assert (refused.value.code, story.account) == (ErrorCode.WITHDRAWAL_CLOSED, before)


def test_it_is_the_seller_s_choice_how_many_days_there_are() -> None:
    story = Story(JAN_1, of=BASIC, policy=replace(POLICY, withdrawal_days=30)).start().pay(at=JAN_1)

    assert withdrawal_ends_on(story.subscription, story.policy) == date(2026, 1, 31)


def test_before_the_first_payment_it_only_ends() -> None:
    story = Story(JAN_1, of=BASIC, credit=500).start()
    assert withdrawal_ends_on(story.subscription, POLICY) is None
    story.tell(WITHDRAW, at=JAN_9)

    assert (story.invoice.status, story.account.credit) == (InvoiceStatus.CANCELLED, 500)
    assert story.subscription.end_reason is EndReason.WITHDRAWN


def test_a_trial_that_was_paid_in_advance_has_its_money_back() -> None:
    story = Story(JAN_1, of=BASIC, trial_days=7).start()
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=JAN_3).tell(WITHDRAW, at=JAN_5)

    assert (sent_back(story), story.subscription.status) == ([2990], Status.CANCELLED)


def test_what_has_ended_can_not_be_withdrawn_from() -> None:
    story = paid().tell(CancellationRequested(immediately=True), at=JAN_3)

    with pytest.raises(AlreadyCancelled):
        story.tell(WITHDRAW, at=JAN_5)


def test_the_tax_of_days_that_a_change_credited_goes_back_with_them() -> None:
    taxed = replace(POLICY, tax_basis_points=1234)
    story = Story(day("01-01"), of=terms(2990, plan="basic"), policy=taxed).start().pay(at=day("01-01"))
    story.tell(PlanChanged(terms=terms(5990, plan="plus")), at=day("01-03")).pay(at=day("01-03"))
    story.tell(WithdrawalRequested(), at=day("01-04"))

    first, change = story.invoices
    # 2990 x 29/31 = 2797.10, and 12.34 % of it 345.15: credited by the change, and paid by its invoice now
    assert (first.credited, first.credited_tax, change.credited, change.credited_tax) == (0, 0, 3142, 345)
