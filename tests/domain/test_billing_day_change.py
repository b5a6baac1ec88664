"""Rule 33: another billing day, and what holds of any number of them."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.domain.errors.general import BillingError, InvalidValue
from ciclo.domain.errors.payments import PaymentInProgress
from ciclo.domain.errors.subscriptions import (
    AlreadyCancelled,
    CancellationScheduled,
    SameBillingDay,
    SubscriptionNotActive,
)
from ciclo.domain.events.commands import (
    BillingDayChanged,
    CancellationRequested,
    ChangeTiming,
    PlanChanged,
    SubscriptionPaused,
)
from ciclo.domain.invoice import VoidReason
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.lifecycle.calendar import next_invoice_on
from ciclo.domain.period import (
    ChosenAnchor,
    FirstPeriod,
    Period,
)
from ciclo.domain.plan import Terms
from tests.builders import CARD, PIX, Story, service, terms
from tests.domain.calendars import CALENDAR, PLAN, day, hand_out, tell_days
from tests.domain.invariants import days_billed
from tests.domain.plans import BASIC, FEB_1, JAN_1, JAN_16, PLUS, YEARLY, lines, paid
from tests.domain.test_billing_day import CYCLES, DAYS, FEB_15, JAN_20, JAN_28, STARTS, in_stub, on_the_5th


def test_another_billing_day_lets_the_paid_period_run_and_prorates_the_days_to_it() -> None:
    story = paid().tell(BillingDayChanged(day=15), at=JAN_16)
    assert (story.last.outcome, story.last.follow_ups) == (Outcome.BILLING_DAY_CHANGED, ())
    assert (story.subscription.period, len(story.invoices)) == (Period(JAN_1, FEB_1), 1)

    # 29.90 x 14/31 = 13.503...: [02-01, 02-15) of [01-15, 02-15)
    story.until(FEB_1)
    assert lines(story) == (service(BASIC, FEB_1, FEB_15, total_days=31, amount=1350),)
    story.pay(at=FEB_1).until(FEB_15)
    assert (story.invoice.period, story.invoice.total) == (Period(FEB_15, date(2026, 3, 15)), 2990)
    assert story.subscription.pending_billing_day is None


def test_a_yearly_plan_has_its_stub_at_the_end_of_the_year() -> None:
    story = paid(YEARLY).tell(BillingDayChanged(day=15), at=JAN_16).until(date(2027, 1, 1))

    # 299.00 x 14/365 = 11.468...
    assert (story.invoice.period, story.invoice.total) == (Period(date(2027, 1, 1), date(2027, 1, 15)), 1147)


def test_the_day_of_today_takes_a_change_back() -> None:
    story = paid().tell(BillingDayChanged(day=15), at=JAN_16).tell(BillingDayChanged(day=1), at=JAN_16)

    assert story.subscription.pending_billing_day is None
    assert story.until(FEB_1).invoice.period == Period(FEB_1, date(2026, 3, 1))


def test_in_a_trial_the_first_boundary_is_another() -> None:
    story = on_the_5th(FirstPeriod.FULL, trial_days=7).tell(BillingDayChanged(day=1), at=JAN_20)
    story.until(date(2026, 1, 27))

    assert lines(story) == (service(BASIC, date(2026, 1, 27), FEB_1, total_days=5, amount=2990),)

    story = Story(JAN_20, of=BASIC, trial_days=7).start().tell(BillingDayChanged(day=1), at=JAN_20)
    # 29.90 x 5/31 = 4.822...
    assert story.until(date(2026, 1, 27)).invoice.total == 482


def test_a_day_that_is_chosen_before_another_interval_begins_is_that_intervals() -> None:
    story = paid().tell(BillingDayChanged(day=15), at=JAN_16)
    story.tell(PlanChanged(terms=YEARLY, timing=ChangeTiming.PERIOD_END), at=JAN_16).until(FEB_1)

    # 299.00 x 14/365 = 11.468...
    assert (story.invoice.period, story.invoice.total) == (Period(FEB_1, FEB_15), 1147)
    story.pay(at=FEB_1).until(FEB_15)
    assert story.invoice.period == Period(FEB_15, date(2027, 2, 15))


def test_another_interval_at_once_has_its_own_day_for_anchor() -> None:
    story = in_stub(FirstPeriod.FREE).tell(BillingDayChanged(day=15), at=JAN_28)
    story.tell(PlanChanged(terms=YEARLY), at=JAN_28).pay(at=JAN_28)

    sub = story.subscription
    assert (sub.anchor, sub.period) == (JAN_28, Period(JAN_28, date(2027, 1, 28)))
    assert (sub.stub, sub.pending_billing_day, story.invoice.total) == (None, None, 29_900)


def test_what_was_billed_ahead_is_issued_anew_as_the_stub() -> None:
    story = hand_out(Story(day("01-28"), of=PLAN, method=PIX, policy=CALENDAR).start())
    tell_days(story.pay(at=day("01-28")), until=day("02-23"))
    assert (story.invoice.period, story.invoice.total) == (Period(day("02-28"), day("03-28")), 7990)

    early = story.invoice
    story.tell(BillingDayChanged(day=10), at=day("02-24"))
    assert story.account.invoices[early.id].void_reason is VoidReason.VOIDED
    tell_days(story, until=day("02-28"))
    # 79.90 x 10/28 = 28.535...: [02-28, 03-10) of [02-10, 03-10)
    assert (story.invoice.period, story.invoice.total) == (Period(day("02-28"), day("03-10")), 2854)
    assert next_invoice_on(story.subscription, CALENDAR) == day("03-05")


def test_what_was_paid_ahead_pays_for_the_stub_and_the_rest_stays() -> None:
    story = hand_out(Story(day("01-28"), of=PLAN, method=PIX, policy=CALENDAR).start())
    tell_days(story.pay(at=day("01-28")), until=day("02-23"))
    story.pay(at=day("02-23")).tell(BillingDayChanged(day=10), at=day("02-24"))
    assert story.account.credit == 7990

    tell_days(story, until=day("02-28"))
    # 79.90 - 28.54 = 51.36
    assert (story.invoice.subtotal, story.invoice.total, story.account.credit) == (2854, 0, 5136)


def test_a_change_of_plan_that_awaits_its_payment_is_dropped() -> None:
    story = paid().tell(PlanChanged(terms=PLUS), at=JAN_16).decline(at=JAN_16)
    story.tell(BillingDayChanged(day=15), at=JAN_16)

    assert (story.subscription.awaited_change, story.invoice.void_reason) == (None, VoidReason.CHANGE_DROPPED)
    assert story.subscription.pending_billing_day == 15


def with_upgrade() -> Story:
    return paid().tell(PlanChanged(terms=PLUS), at=JAN_16)


def cancelled(*, immediately: bool) -> Story:
    return paid().tell(CancellationRequested(immediately=immediately), at=JAN_16)


@pytest.mark.parametrize(
    ("story", "billing_day", "refusal"),
    [
        (paid(), 0, InvalidValue),
        (paid(), 32, InvalidValue),
        (paid(), 1, SameBillingDay),
        (paid().tell(BillingDayChanged(day=15), at=JAN_16), 15, SameBillingDay),
        (on_the_5th(trial_days=7), 5, SameBillingDay),
        (on_the_5th(), 15, SubscriptionNotActive),
        (paid().tell(SubscriptionPaused(), at=JAN_16), 15, SubscriptionNotActive),
        (cancelled(immediately=False), 15, CancellationScheduled),
        (cancelled(immediately=True), 15, AlreadyCancelled),
        (with_upgrade(), 15, PaymentInProgress),
    ],
)
def test_another_billing_day_is_refused_and_changes_nothing(
    story: Story, billing_day: int, refusal: type[BillingError]
) -> None:
    before = story.account
    with pytest.raises(refusal):
        story.tell(BillingDayChanged(day=billing_day), at=JAN_28)

    assert story.account is before


@given(
    on=STARTS,
    of=st.builds(terms, st.sampled_from([2990, 999]), cycle=CYCLES),
    trial_days=st.sampled_from([0, 0, 7]),
    billing_day=DAYS,
    first_period=st.sampled_from([FirstPeriod.PRORATED, FirstPeriod.FULL]),
    changes=st.lists(st.tuples(st.integers(1, 60), DAYS), max_size=4),
)
def test_periods_tile_time_and_no_day_is_billed_twice_or_for_nothing(
    on: date,
    of: Terms,
    trial_days: int,
    billing_day: int,
    first_period: FirstPeriod,
    changes: list[tuple[int, int]],
) -> None:
    anchor = ChosenAnchor(day=billing_day, first_period=first_period)
    story = Story(on, of=of, trial_days=trial_days, method=CARD, anchor=anchor).start()
    today = on
    for days, other in [*changes, (420, billing_day)]:
        for _ in range(days):
            pay_open(story.until(today), on=today)
            today += timedelta(days=1)
        pay_open(story.until(today), on=today)
        ask(story, other, on=today)
    pay_open(story.until(today), on=today)

    periods = [one.period for one in story.invoices]
    assert periods[0].start == on + timedelta(days=trial_days)
    assert all(one.end == following.start for one, following in pairwise(periods))
    assert set(days_billed(story.account).values()) == {1}
    assert all(1 <= one.total <= of.price for one in story.invoices)
    assert story.subscription.period == periods[-1]


def pay_open(story: Story, *, on: date) -> None:
    for invoice in story.account.open_invoices():
        story.pay(at=on, invoice=invoice)


def ask(story: Story, billing_day: int, *, on: date) -> None:
    """Ask for another billing day; the same one is refused."""
    try:
        story.tell(BillingDayChanged(day=billing_day), at=on)
    except SameBillingDay:
        return
