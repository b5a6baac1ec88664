"""Rules 8 and 15: leaving now, leaving with the period, and staying after all."""

from datetime import date

import pytest

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError
from ciclo.domain.errors.subscriptions import AlreadyCancelled, NotCancelling
from ciclo.domain.events.commands import (
    CancellationRefund,
    CancellationRequested,
    CancellationRevoked,
    PaymentMethodUpdated,
    PlanChanged,
    RefundCreated,
    SubscriptionPaused,
    SubscriptionResumed,
)
from ciclo.domain.events.event import Payload
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.ids import RefundId
from ciclo.domain.invoice import CreditNote, InvoiceStatus, VoidReason
from ciclo.domain.lifecycle import Outcome, next_due_event
from ciclo.domain.metrics import mrr_of
from ciclo.domain.payment import PaymentStatus
from ciclo.domain.period import start_of_day
from ciclo.domain.subscription import EndReason, Status
from tests.builders import CARD, CUSTOMER, PIX, POLICY, SUBSCRIPTION, Story, noon, terms, unused

JAN_1, JAN_16, JAN_20, FEB_1 = date(2026, 1, 1), date(2026, 1, 16), date(2026, 1, 20), date(2026, 2, 1)
BASIC, PLUS = terms(2990, plan="basic"), terms(5990, plan="plus")
LEAVE = CancellationRequested(reason="moving")
LEAVE_NOW = CancellationRequested(immediately=True, reason="moving")
LEAVE_FOR_CREDIT = CancellationRequested(immediately=True, refund=CancellationRefund.CREDIT)


def paid() -> Story:
    return Story(JAN_1, of=BASIC).start().pay(at=JAN_1)


# At the end of the period


def test_access_and_mrr_last_until_the_period_ends() -> None:
    story = paid().tell(LEAVE, at=JAN_16)

    sub = story.subscription
    assert (sub.status, sub.cancel_at_period_end, sub.cancel_reason) == (Status.ACTIVE, True, "moving")
    assert (sub.next_billing_date, mrr_of(sub)) == (None, 2990)
    assert (story.last.outcome, len(story.invoices)) == (Outcome.CANCELLATION_SCHEDULED, 1)


def test_then_it_ends_without_another_invoice() -> None:
    story = paid().tell(LEAVE, at=JAN_16).until(date(2026, 6, 1))

    sub = story.subscription
    assert (sub.status, sub.end_reason, sub.cancel_reason) == (
        Status.CANCELLED,
        EndReason.REQUESTED,
        "moving",
    )
    assert sub.ended_at == start_of_day(FEB_1, POLICY.timezone)
    assert (len(story.invoices), story.account.credit) == (1, 0)
    assert next_due_event(story.account, POLICY) is None


def test_it_can_be_kept_until_the_last_day() -> None:
    story = paid().tell(LEAVE, at=JAN_16).tell(CancellationRevoked(), at=date(2026, 1, 31))

    sub = story.subscription
    assert (sub.cancel_at_period_end, sub.cancel_reason, sub.next_billing_date) == (False, None, FEB_1)
    assert story.last.outcome is Outcome.CANCELLATION_REVOKED
    assert len(story.until(FEB_1).invoices) == 2


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(paid(), id="it is not set to end"),
        pytest.param(paid().tell(LEAVE_NOW, at=JAN_16), id="it has ended"),
        pytest.param(paid().tell(LEAVE, at=JAN_16).until(FEB_1), id="its period has ended"),
        pytest.param(paid().tell(LEAVE, at=JAN_16), id="its day has come before the clock"),
    ],
)
def test_what_is_over_or_was_not_planned_can_not_be_taken_back(story: Story) -> None:
    with pytest.raises(NotCancelling) as refused:
        story.tell(CancellationRevoked(), at=FEB_1)

    assert refused.value.code is ErrorCode.NOT_CANCELLING


def test_asking_twice_keeps_the_latest_reason() -> None:
    story = paid().tell(LEAVE, at=JAN_16).tell(CancellationRequested(reason="too dear"), at=JAN_20)

    assert story.subscription.cancel_reason == "too dear"


def test_past_due_it_ends_at_once_and_is_not_charged_any_more() -> None:
    feb_2 = date(2026, 2, 2)
    story = paid().until(FEB_1).decline(at=FEB_1).tell(LEAVE, at=feb_2)

    sub = story.subscription
    assert (sub.status, sub.ended_at, sub.end_reason) == (Status.CANCELLED, noon(feb_2), EndReason.REQUESTED)
    assert sub.cancel_at_period_end is False
    # What was owed can be paid on request, and the clock has nothing left to do
    assert (story.invoice.status, next_due_event(story.account, POLICY)) == (InvoiceStatus.PENDING, None)
    assert story.pay(at=date(2026, 2, 5)).invoice.status is InvoiceStatus.PAID


def test_a_renewal_that_fails_after_the_cancellation_ends_it_without_a_retry() -> None:
    story = paid().until(FEB_1).tell(LEAVE, at=FEB_1)
    assert (story.subscription.status, story.subscription.cancel_at_period_end) == (Status.ACTIVE, True)

    story.decline(at=FEB_1).until(date(2026, 2, 28))

    sub = story.subscription
    assert (sub.status, sub.end_reason, sub.ended_at) == (
        Status.CANCELLED,
        EndReason.REQUESTED,
        noon(FEB_1),
    )
    assert (story.invoice.status, story.payment().attempts) == (InvoiceStatus.PENDING, 1)


def test_a_code_that_waits_is_withdrawn_and_money_for_it_still_counts() -> None:
    story = Story(JAN_1, method=PIX).start().pay(at=JAN_1).until(FEB_1).tell(LEAVE_NOW, at=FEB_1)

    withdrawn = story.payment()
    assert (withdrawn.status, withdrawn.in_flight) == (PaymentStatus.FAILED, False)
    story.pay(at=date(2026, 2, 2))
    assert (story.invoice.status, story.subscription.status) == (InvoiceStatus.PAID, Status.CANCELLED)


@pytest.mark.parametrize("ask", [LEAVE, LEAVE_NOW])
@pytest.mark.parametrize("trial_days", [0, 7])
def test_what_was_never_paid_leaves_no_debt(ask: CancellationRequested, trial_days: int) -> None:
    story = Story(JAN_1, of=BASIC, trial_days=trial_days, credit=1000).start().until(date(2026, 1, 8))
    story.tell(ask, at=date(2026, 1, 9))

    assert (story.subscription.status, story.subscription.end_reason) == (
        Status.CANCELLED,
        EndReason.NEVER_PAID,
    )
    assert (story.invoice.status, story.invoice.void_reason) == (
        InvoiceStatus.CANCELLED,
        VoidReason.NEVER_PAID,
    )
    assert (story.account.credit, story.last.movement) == (1000, None)


def test_a_planned_end_can_be_made_now() -> None:
    story = paid().tell(LEAVE, at=JAN_16).tell(LEAVE_NOW, at=JAN_20)

    assert story.subscription.ended_at == noon(JAN_20)


# Now


def test_cancelled_now_it_ends_on_that_instant_and_keeps_the_money() -> None:
    story = paid().tell(LEAVE_NOW, at=JAN_16)

    sub = story.subscription
    assert (sub.status, sub.ended_at, sub.end_reason) == (
        Status.CANCELLED,
        noon(JAN_16),
        EndReason.REQUESTED,
    )
    assert (story.account.credit, story.account.credit_notes) == (0, ())
    assert (sub.next_billing_date, sub.due_at) == (None, None)


def test_the_day_of_a_prorated_cancellation_is_not_billed() -> None:
    story = paid().tell(LEAVE_FOR_CREDIT, at=JAN_16)

    # Feb 1 - Jan 16 = 16 days: 2990 x 16/31 = 1543.23
    (note,) = story.account.credit_notes
    assert note == CreditNote(
        id=note.id,
        invoice_id=story.invoice.id,
        subscription_id=SUBSCRIPTION,
        customer_id=CUSTOMER,
        currency="BRL",
        lines=(unused(BASIC, JAN_16, FEB_1, total_days=31, amount=-1543),),
        amount=1543,
        reason="cancellation",
        issued_at=noon(JAN_16),
    )
    assert (story.account.credit, story.invoice.credited) == (1543, 1543)


def test_a_prorated_cancellation_after_a_change_credits_what_the_change_billed() -> None:
    story = paid().tell(PlanChanged(terms=PLUS), at=JAN_16).pay(at=JAN_16).tell(LEAVE_FOR_CREDIT, at=JAN_20)

    # 5990 x 12/31 = 2318.71
    assert story.account.credit == 2319


def test_what_was_refunded_is_not_credited_too() -> None:
    story = paid()
    refund = RefundCreated(refund_id=RefundId("ref_1"), payment_id=story.payment().id, amount=2500)
    story.tell(refund, at=JAN_1).tell(LEAVE_FOR_CREDIT, at=JAN_16)

    assert story.account.credit == 490


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(Story(JAN_1).start(), id="never paid"),
        pytest.param(paid().until(FEB_1), id="being charged"),
        pytest.param(paid().until(FEB_1).decline(at=FEB_1), id="past due"),
    ],
)
def test_days_that_were_not_paid_are_not_credited(story: Story) -> None:
    story.tell(LEAVE_FOR_CREDIT, at=date(2026, 2, 2))

    assert (story.subscription.status, story.account.credit) == (Status.CANCELLED, 0)


def test_days_whose_price_another_open_invoice_owes_are_not_credited() -> None:
    story = Story(date(2025, 12, 8), of=BASIC, method=PIX).start().pay(at=date(2025, 12, 8)).until(JAN_16)
    story.tell(PlanChanged(terms=PLUS), at=JAN_16).pay(at=JAN_16)
    story.tell(LEAVE_FOR_CREDIT, at=JAN_20)

    assert (story.account.credit, story.account.credit_notes) == (0, ())


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(Story(JAN_1).start(), id="pending"),
        pytest.param(paid().tell(SubscriptionPaused(), at=JAN_16), id="paused"),
        pytest.param(Story(JAN_1, method=None).start(), id="pending without a method"),
    ],
)
def test_what_has_no_paid_period_to_finish_ends_now(story: Story) -> None:
    story.tell(LEAVE, at=JAN_20)

    assert (story.subscription.status, story.subscription.ended_at) == (Status.CANCELLED, noon(JAN_20))


def test_suspended_it_ends_now() -> None:
    story = paid().until(FEB_1).decline(at=FEB_1)
    for day in (date(2026, 2, 3), date(2026, 2, 8)):
        story.until(day).decline(at=day)
    story.until(date(2026, 2, 9))
    assert story.subscription.status is Status.SUSPENDED

    story.tell(LEAVE, at=date(2026, 2, 10))
    assert story.subscription.status is Status.CANCELLED


# Afterwards


def test_what_was_owed_stays_owed() -> None:
    story = paid().until(FEB_1).decline(at=FEB_1).tell(LEAVE_NOW, at=date(2026, 2, 2))

    assert story.invoice.status is InvoiceStatus.PENDING
    assert next_due_event(story.account, POLICY) is None


def test_a_payment_after_the_end_settles_its_invoice_and_revives_nothing() -> None:
    story = paid().until(FEB_1).tell(LEAVE_NOW, at=FEB_1).pay(at=date(2026, 2, 2))

    assert (story.invoice.status, story.payment().status) == (InvoiceStatus.PAID, PaymentStatus.COMPLETED)
    assert (story.subscription.status, story.last.outcome) == (Status.CANCELLED, Outcome.PAYMENT_RECORDED)
    assert story.last.movement is None


def test_so_does_one_that_names_only_its_amount() -> None:
    story = paid().until(FEB_1).tell(LEAVE_NOW, at=FEB_1)
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=date(2026, 2, 2))

    assert (story.invoice.status, story.subscription.status) == (InvoiceStatus.PAID, Status.CANCELLED)


def test_a_failure_after_the_end_leads_to_nothing() -> None:
    story = paid().until(FEB_1).tell(LEAVE_NOW, at=FEB_1).decline(at=date(2026, 2, 2))

    assert (story.subscription.status, story.payment().status) == (Status.CANCELLED, PaymentStatus.FAILED)
    assert next_due_event(story.account, POLICY) is None


@pytest.mark.parametrize(
    ("payload", "refusal"),
    [
        (LEAVE, AlreadyCancelled),
        (LEAVE_NOW, AlreadyCancelled),
        (PaymentMethodUpdated(method=CARD), AlreadyCancelled),
        (PlanChanged(terms=PLUS), AlreadyCancelled),
    ],
)
def test_cancelled_is_final(payload: Payload, refusal: type[BillingError]) -> None:
    story = paid().tell(LEAVE_NOW, at=JAN_16)

    with pytest.raises(refusal) as refused:
        story.tell(payload, at=JAN_20)

    assert (refused.value.code, refused.value.field) == (
        ErrorCode.ALREADY_CANCELLED,
        ("subscription_id",),
    )


@pytest.mark.parametrize("payload", [SubscriptionPaused(), SubscriptionResumed()])
def test_and_can_be_neither_paused_nor_resumed(payload: Payload) -> None:
    with pytest.raises(BillingError):
        paid().tell(LEAVE_NOW, at=JAN_16).tell(payload, at=JAN_20)
