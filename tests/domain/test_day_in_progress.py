"""Rule 39: a day that has begun is served and paid for, whatever a customer asks for on it."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from ciclo.domain.collection import Collection, CollectionMode
from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError
from ciclo.domain.events.commands import (
    CancellationRefund,
    CancellationRequested,
    ChangeTiming,
    PlanChanged,
    SubscriptionPaused,
    SubscriptionResumed,
    WithdrawalRequested,
)
from ciclo.domain.events.facts import DisputeClosed, PauseBegun, PaymentDisputed, PaymentSucceeded
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.metrics.movement import commitment_of, mrr_of
from ciclo.domain.period import BillingCycle, start_of_day
from ciclo.domain.policy import LostDispute
from ciclo.domain.subscription import EndReason, Status
from tests.builders import PIX, POLICY, Story, terms
from tests.domain.calendars import begun, day, running, tell_days

JAN_1, JAN_16, JAN_17, JAN_18, JAN_31 = (date(2026, 1, number) for number in (1, 16, 17, 18, 31))
FEB_1 = date(2026, 2, 1)
BASIC, PLUS, STUDIO = terms(2990, plan="basic"), terms(5990, plan="plus"), terms(30_000, plan="studio")
YEARLY = terms(1200, plan="yearly", cycle=BillingCycle.ANNUAL)
PAUSE, RESUME = SubscriptionPaused(serves_today=True), SubscriptionResumed()
DAYS = 45


def paid() -> Story:
    return Story(JAN_1, of=BASIC).start().pay(at=JAN_1)


def early(on: date) -> datetime:
    """Return half an hour after midnight, for the seller."""
    return start_of_day(on, POLICY.timezone) + timedelta(minutes=30)


def late(on: date) -> datetime:
    """Return half an hour before midnight."""
    return start_of_day(on + timedelta(days=1), POLICY.timezone) - timedelta(minutes=30)


def settle(story: Story) -> Story:
    """Let the card pay whatever it is being charged for."""
    for invoice in story.account.open_invoices():
        story.pay(at=story.payment(invoice).created_at + timedelta(minutes=1), invoice=invoice)
    return story


def money_paid(story: Story) -> int:
    return sum(invoice.amount_paid for invoice in story.invoices if invoice.voided_at is None)


# A pause begins when the day is over


def test_a_pause_is_served_until_the_day_is_over() -> None:
    story = paid().tell(PAUSE, at=JAN_16)

    sub = story.subscription
    assert (sub.status, sub.pauses_on, sub.next_billing_date) == (Status.ACTIVE, JAN_17, None)
    assert (mrr_of(sub), commitment_of(sub)) == (2990, 0)
    assert (story.account.credit, story.last.outcome) == (0, Outcome.PAUSE_SCHEDULED)


def test_then_the_days_from_the_next_one_on_are_on_the_balance() -> None:
    story = paid().tell(PAUSE, at=JAN_16).until(JAN_17)

    # 15 of 31 days: 29.90 * 15 / 31 = 14.467...
    sub = story.subscription
    assert (sub.status, sub.paused_on, sub.pauses_on) == (Status.PAUSED, JAN_17, None)
    assert (story.account.credit, story.last.outcome) == (1447, Outcome.PAUSED)
    assert story.last.movement is not None
    assert story.last.movement.on == JAN_17


def test_resumed_the_next_morning_it_nets_zero() -> None:
    story = paid().tell(PAUSE, at=JAN_16).until(JAN_17).tell(RESUME, at=early(JAN_17))

    assert (story.invoice.subtotal, story.invoice.total, story.account.credit) == (1447, 0, 0)
    assert story.subscription.status is Status.ACTIVE


def test_it_can_be_taken_back_until_the_day_is_over() -> None:
    story = paid().tell(PAUSE, at=JAN_16).tell(RESUME, at=late(JAN_16))

    assert (story.subscription.pauses_on, story.last.outcome) == (None, Outcome.PAUSE_REVOKED)
    assert story.until(JAN_17).subscription.status is Status.ACTIVE


def test_on_the_last_day_it_begins_with_the_next_period() -> None:
    story = paid().tell(PAUSE, at=JAN_31)
    assert story.subscription.pauses_on == FEB_1
    story.until(date(2026, 3, 1))

    assert (story.subscription.status, story.subscription.paused_on) == (Status.PAUSED, FEB_1)
    assert (len(story.invoices), story.account.credit) == (1, 0)


def test_a_later_wish_replaces_it() -> None:
    at_end = SubscriptionPaused(at_period_end=True)

    assert paid().tell(PAUSE, at=JAN_16).tell(at_end, at=JAN_16).subscription.pauses_on == FEB_1
    assert paid().tell(at_end, at=JAN_16).tell(PAUSE, at=JAN_16).subscription.pauses_on == JAN_17
    leaves = paid().tell(PAUSE, at=JAN_16).tell(CancellationRequested(), at=JAN_16).subscription
    assert (leaves.cancel_at_period_end, leaves.pauses_on) == (True, None)
    ended = paid().tell(PAUSE, at=JAN_16).tell(WithdrawalRequested(), at=JAN_1)
    assert (ended.subscription.pauses_on, ended.subscription.due_at) == (None, None)


def test_an_operator_s_pause_begins_at_once() -> None:
    story = paid().tell(PAUSE, at=JAN_16).tell(SubscriptionPaused(), at=JAN_16)

    # 16 of 31 days
    assert (story.subscription.paused_on, story.subscription.pauses_on) == (JAN_16, None)
    assert story.account.credit == 1543


def test_it_ends_by_itself_on_a_day_after_its_first_one() -> None:
    story = paid()
    with pytest.raises(BillingError) as refused:
        story.tell(replace(PAUSE, resume_on=JAN_17), at=JAN_16)
    assert refused.value.code is ErrorCode.DATE_IN_PAST

    story.tell(replace(PAUSE, resume_on=JAN_18), at=JAN_16).until(JAN_18)
    # Of 15 unused days 14 are billed again: 29.90 * 14 / 31 = 13.50
    assert (story.subscription.status, story.account.credit) == (Status.ACTIVE, 1447 - 1350)


def test_days_that_are_owed_are_not_credited() -> None:
    story = paid().until(FEB_1)
    with pytest.raises(BillingError) as refused:
        story.tell(PAUSE, at=FEB_1)

    assert refused.value.code is ErrorCode.INVOICE_UNPAID


def test_what_became_unpaid_by_then_keeps_it_running() -> None:
    policy = replace(POLICY, on_dispute_lost=LostDispute.REOPEN)
    story = Story(JAN_1, of=BASIC, policy=policy).start().pay(at=JAN_1).tell(PAUSE, at=JAN_16)
    payment_id = story.payment().id
    disputed = PaymentDisputed(payment_id=payment_id, amount=2990, currency="BRL", dispute_id="dp_1")
    story.tell(disputed, at=JAN_16)
    story.tell(DisputeClosed(payment_id=payment_id, won=False, dispute_id="dp_1"), at=JAN_16)
    story.until_instant(start_of_day(JAN_17, POLICY.timezone))

    assert story.last.outcome is Outcome.PAUSE_REVOKED
    assert (story.subscription.paused_on, story.subscription.pauses_on) == (None, None)
    assert story.account.credit == 0


def test_a_change_that_is_not_paid_by_then_is_dropped() -> None:
    story = paid().tell(PAUSE, at=JAN_16).tell(PlanChanged(terms=PLUS), at=JAN_16).until(JAN_17)

    assert (story.subscription.awaited_change, story.invoice.status) == (None, InvoiceStatus.CANCELLED)
    assert (story.subscription.status, story.account.credit) == (Status.PAUSED, 1447)


def test_a_change_that_is_paid_by_then_is_what_is_credited() -> None:
    story = paid().tell(PAUSE, at=JAN_16).tell(PlanChanged(terms=PLUS), at=JAN_16).pay(at=JAN_16)

    # 59.90 * 15 / 31 = 28.98
    assert story.until(JAN_17).account.credit == 2898


def test_what_bills_the_next_period_ahead_is_withdrawn() -> None:
    story = running(PIX, on=day("01-28"), until=day("02-23")).pay(at=day("02-23"))
    tell_days(story.tell(PAUSE, at=day("02-24")), until=day("03-01"))

    # February's 02-25 to 02-28 are 3 of 31 days: 79.90 * 3 / 31 = 7.73; and the next period whole
    assert (story.subscription.paused_on, story.account.credit) == (day("02-25"), 773 + 7990)


def test_a_beginning_that_is_not_planned_any_more_changes_nothing() -> None:
    story = paid().tell(PauseBegun(on=JAN_17), at=JAN_17)

    assert (story.last.outcome, story.subscription.status) == (Outcome.IGNORED, Status.ACTIVE)


def test_a_pause_that_was_asked_for_before_there_was_this_rule_stopped_service_at_once() -> None:
    assert paid().tell(SubscriptionPaused(), at=JAN_16).subscription.paused_on == JAN_16


# What gives days back is an operator's


def test_a_customer_s_downgrade_waits_for_the_end_of_the_period() -> None:
    story = Story(JAN_1, of=PLUS).start().pay(at=JAN_1)
    before = story.account
    down = PlanChanged(terms=BASIC, timing=ChangeTiming.IMMEDIATE, may_credit=False)
    with pytest.raises(BillingError) as refused:
        story.tell(down, at=JAN_16)

    assert (refused.value.code, refused.value.field, story.account) == (
        ErrorCode.FORBIDDEN,
        ("timing",),
        before,
    )
    story.tell(replace(down, timing=None), at=JAN_16)
    assert (story.subscription.pending_change, story.account.credit) == (BASIC, 0)


def test_so_does_a_longer_interval_that_costs_less_than_what_is_unused() -> None:
    story = Story(JAN_1, of=STUDIO).start().pay(at=JAN_1)
    story.tell(PlanChanged(terms=YEARLY, may_credit=False), at=JAN_16)

    assert (story.subscription.pending_change, story.last.outcome) == (YEARLY, Outcome.CHANGE_SCHEDULED)
    assert story.account.credit == 0


def test_what_costs_more_is_changed_at_once_as_before() -> None:
    story = paid().tell(PlanChanged(terms=PLUS, may_credit=False), at=JAN_16).pay(at=JAN_16)

    assert (story.subscription.terms, story.invoice.total) == (PLUS, 1549)


# ... unless the seller lets customers


@pytest.mark.parametrize("refund", [CancellationRefund.CREDIT, CancellationRefund.REFUND])
def test_a_customer_s_cancellation_leaves_the_day_in_progress_paid(refund: CancellationRefund) -> None:
    story = Story(JAN_1, of=BASIC, method=None).start()
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=JAN_1)
    asked = CancellationRequested(immediately=True, refund=refund, keeps_served=True)
    story.tell(asked, at=JAN_16)

    # 15 of 31 days are to come: 29.90 * 15 / 31 = 14.47
    back = [one.amount for one in story.payment().refunds]
    is_credit = refund is CancellationRefund.CREDIT
    assert (story.account.credit, back) == ((1447, []) if is_credit else (0, [1447]))
    assert story.subscription.status is Status.CANCELLED


def test_asked_for_on_the_last_day_nothing_is_left_to_give_back() -> None:
    asked = CancellationRequested(immediately=True, refund=CancellationRefund.CREDIT, keeps_served=True)
    story = paid().tell(asked, at=JAN_31)

    assert (story.subscription.status, story.account.credit) == (Status.CANCELLED, 0)


def test_a_customer_who_may_have_days_back_takes_back_nothing_that_began_today() -> None:
    story = settle(paid().tell(PlanChanged(terms=STUDIO, may_reverse=False), at=early(JAN_16)))
    down = PlanChanged(terms=BASIC, timing=ChangeTiming.IMMEDIATE, may_reverse=False)
    with pytest.raises(BillingError) as refused:
        story.tell(down, at=late(JAN_16))
    assert (refused.value.code, refused.value.field) == (ErrorCode.FORBIDDEN, ("timing",))
    assert story.subscription.terms == STUDIO

    # The next day 15 of 31 days go back: 300.00 * 15 / 31 = 145.16, and cost 29.90 * 15 / 31 = 14.47
    story.tell(down, at=late(JAN_17))
    assert (story.subscription.terms, story.account.credit) == (BASIC, 14516 - 1447)


# A second contract


def withdrawn_again(story: Story, on: date) -> Story:
    return story.tell(WithdrawalRequested(keeps_served=True), at=on)


def test_who_withdrew_before_gets_back_the_days_after_today() -> None:
    story = Story(JAN_1, of=BASIC, method=None).start()
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=JAN_1)
    withdrawn_again(story, date(2026, 1, 6))

    # Six days were served, 25 of 31 go back: 29.90 * 25 / 31 = 24.11
    assert [one.amount for one in story.payment().refunds] == [2411]
    assert (story.subscription.status, story.subscription.end_reason) == (
        Status.CANCELLED,
        EndReason.WITHDRAWN,
    )


def test_the_refund_of_a_card_s_payment_waits_for_its_reference() -> None:
    story = withdrawn_again(paid(), date(2026, 1, 6))

    assert story.last.outcome is Outcome.NEEDS_REVIEW
    assert story.subscription.end_reason is EndReason.WITHDRAWN


def test_what_is_open_of_it_stays_owed() -> None:
    story = begun(None, on=day("01-28"), collection=Collection(mode=CollectionMode.INVOICE))
    withdrawn_again(story, day("01-30"))

    assert (story.invoice.is_open, story.account.credit) == (True, 0)


# 45 days of each attack. Basic costs 29.90, Studio 300.00; January has 31 days, February 28.


def test_pausing_and_resuming_every_day_buys_no_day() -> None:
    story = paid()
    served = set()
    for number in range(DAYS):
        on = JAN_1 + timedelta(days=number)
        settle(story.until(on))
        if story.subscription.status is Status.PAUSED:
            settle(story.tell(RESUME, at=early(on)))
        served.add(on)
        assert story.subscription.status is Status.ACTIVE
        story.tell(PAUSE, at=late(on))
    settle(story.until(JAN_1 + timedelta(days=DAYS)))

    # January whole, and 14 of February's 28 days, which a cent of rounding a day may move: 29.90 + 14.95
    assert len(served) == DAYS
    assert abs(money_paid(story) - story.account.credit - (2990 + 1495)) <= DAYS / 2
    assert money_paid(story) == 2990 + 2990


def test_a_dearer_plan_by_day_and_a_cheaper_one_by_night_costs_the_dearer_one() -> None:
    story = paid()
    for number in range(DAYS):
        on = JAN_1 + timedelta(days=number)
        settle(story.until(on))
        if story.subscription.terms != STUDIO:
            settle(story.tell(PlanChanged(terms=STUDIO, may_credit=False), at=early(on)))
        assert story.subscription.terms == STUDIO
        down = PlanChanged(terms=BASIC, may_credit=False)
        with pytest.raises(BillingError):
            story.tell(replace(down, timing=ChangeTiming.IMMEDIATE), at=late(on))
        if story.subscription.pending_change is None:
            story.tell(down, at=late(on))

    # January: 29.90, then 300.00 - 29.90 for the upgrade. February begins with Basic, as was scheduled, and
    # is upgraded on its first day: 29.90 + 270.10. Nothing is on the balance.
    assert (money_paid(story), story.account.credit) == (60_000, 0)


def test_contracts_one_after_the_other_that_are_withdrawn_from_every_night_cost_their_days() -> None:
    total = 0
    for number in range(DAYS):
        on = JAN_1 + timedelta(days=number)
        story = Story(on, of=BASIC, method=None).start()
        story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=early(on))
        story.tell(WithdrawalRequested(keeps_served=number > 0), at=late(on))
        total += 2990 - story.payment().reserved_amount

    # The first one is free by law. Of a period of 31 days one stays: 29.90 - 28.94 = 0.96, 27 times; of those
    # from 01-29, 01-30 and 01-31 to 02-28 one of 30, 29 and 28: 1.00, 1.03 and 1.07; from 02-01 on one of 28.
    assert total == 27 * 96 + 100 + 103 + 107 + 14 * 107
