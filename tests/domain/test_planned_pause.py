"""Rule 16: a pause that begins with the end of the period, and one that ends by itself."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError, DateInPast, InvalidValue
from ciclo.domain.errors.subscriptions import NotPaused, SubscriptionNotActive
from ciclo.domain.events.commands import (
    CancellationRequested,
    ChangeTiming,
    PlanChanged,
    SubscriptionPaused,
    SubscriptionResumed,
)
from ciclo.domain.events.facts import PauseEnded, PaymentSucceeded
from ciclo.domain.forecast import forecast
from ciclo.domain.invoice import InvoiceKind, InvoiceStatus
from ciclo.domain.lifecycle import Outcome, next_due_event
from ciclo.domain.lifecycle.calendar import next_invoice_on
from ciclo.domain.lifecycle.changes.cancel_pause import PAUSE_DAYS_MAX
from ciclo.domain.metrics import mrr_of
from ciclo.domain.period import BillingCycle, Period, start_of_day
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, PIX, POLICY, Story, noon, service, terms
from tests.domain.calendars import day, running, tell_days

JAN_1, JAN_16, JAN_20, FEB_1 = date(2026, 1, 1), date(2026, 1, 16), date(2026, 1, 20), date(2026, 2, 1)
MAR_1, MAR_11, APR_1 = date(2026, 3, 1), date(2026, 3, 11), date(2026, 4, 1)
BASIC, PLUS = terms(2990, plan="basic"), terms(5990, plan="plus")
YEARLY = terms(29_900, plan="yearly", cycle=BillingCycle.ANNUAL)
LATER = SubscriptionPaused(at_period_end=True)
TO_MARCH = SubscriptionPaused(at_period_end=True, resume_on=MAR_11)
RESUME = SubscriptionResumed()


def paid() -> Story:
    return Story(JAN_1, of=BASIC).start().pay(at=JAN_1)


# At the end of the period


def test_until_then_it_is_served_and_earns() -> None:
    story = paid().tell(LATER, at=JAN_16)

    sub = story.subscription
    assert (sub.status, sub.pause_at_period_end, mrr_of(sub)) == (Status.ACTIVE, True, 2990)
    assert (sub.next_billing_date, next_invoice_on(sub, POLICY)) == (None, None)
    assert (story.account.credit, story.last.outcome) == (0, Outcome.PAUSE_SCHEDULED)


def test_then_it_stops_and_nothing_is_billed_or_given_back() -> None:
    story = paid().tell(LATER, at=JAN_16).until(date(2026, 6, 1))

    sub = story.subscription
    assert (sub.status, sub.paused_on, sub.pause_at_period_end) == (Status.PAUSED, FEB_1, False)
    assert (len(story.invoices), story.account.credit, mrr_of(sub)) == (1, 0, 0)
    assert story.last.outcome is Outcome.PAUSED
    # Its anchor is kept: 21 of 31 days
    story.tell(RESUME, at=MAR_11)
    assert story.invoice.lines == (service(BASIC, MAR_11, APR_1, total_days=31, amount=2025),)


def test_it_can_be_taken_back_until_its_day() -> None:
    story = paid().tell(TO_MARCH, at=JAN_16).tell(RESUME, at=JAN_20)

    sub = story.subscription
    assert (sub.pause_at_period_end, sub.resume_on, sub.next_billing_date) == (False, None, FEB_1)
    assert (story.last.outcome, len(story.invoices)) == (Outcome.PAUSE_REVOKED, 1)
    assert len(story.until(FEB_1).invoices) == 2


def test_asked_for_again_the_latest_day_counts() -> None:
    story = paid().tell(TO_MARCH, at=JAN_16).tell(LATER, at=JAN_20)

    assert (story.subscription.pause_at_period_end, story.subscription.resume_on) == (True, None)


def test_a_planned_pause_can_begin_now() -> None:
    story = paid().tell(TO_MARCH, at=JAN_16).tell(SubscriptionPaused(), at=JAN_20)

    sub = story.subscription
    assert (sub.paused_on, sub.pause_at_period_end, sub.resume_on) == (JAN_20, False, None)


def test_a_cancellation_clears_it() -> None:
    story = paid().tell(TO_MARCH, at=JAN_16).tell(CancellationRequested(), at=JAN_20)

    sub = story.subscription
    assert (sub.cancel_at_period_end, sub.pause_at_period_end, sub.resume_on) == (True, False, None)
    assert story.until(FEB_1).subscription.status is Status.CANCELLED


def test_what_bills_the_next_period_ahead_is_withdrawn_and_comes_back_if_it_goes_on() -> None:
    story = running(BOLETO, on=day("01-28"), until=day("02-21"))
    story.tell(LATER, at=day("02-22"))
    assert (story.invoice.status, story.subscription.next_coverage) == (InvoiceStatus.CANCELLED, None)

    tell_days(story.tell(RESUME, at=day("02-24")), until=day("02-25"))
    assert (story.invoice.status, len(story.invoices)) == (InvoiceStatus.PENDING, 3)


def test_what_was_paid_of_it_is_on_the_balance() -> None:
    story = running(PIX, on=day("01-28"), until=day("02-23")).pay(at=day("02-23"))
    tell_days(story.tell(LATER, at=day("02-24")), until=day("03-01"))

    assert (story.subscription.status, story.account.credit) == (Status.PAUSED, 7990)


def test_it_is_not_billed_ahead_while_it_is_to_stop() -> None:
    story = running(BOLETO, on=day("01-28"), until=day("02-10")).tell(LATER, at=day("02-12"))
    tell_days(story, until=day("03-10"))

    assert (story.subscription.status, len(story.invoices)) == (Status.PAUSED, 1)


def test_money_for_the_next_period_is_kept_on_the_balance() -> None:
    story = paid().tell(LATER, at=JAN_16)
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=FEB_1)

    assert (story.last.outcome, len(story.invoices)) == (Outcome.PAYMENT_RECORDED, 1)
    assert story.account.credit == 2990


def test_a_change_for_the_same_day_is_made_when_it_goes_on() -> None:
    change = PlanChanged(terms=PLUS, timing=ChangeTiming.PERIOD_END)
    story = paid().tell(change, at=JAN_16).tell(TO_MARCH, at=JAN_20).until(MAR_11)

    assert (story.subscription.terms, story.invoice.period) == (PLUS, Period(MAR_11, APR_1))


def test_what_awaits_its_payment_is_dropped_by_it() -> None:
    story = Story(JAN_1, of=BASIC, method=PIX).start().pay(at=JAN_1).tell(PlanChanged(terms=PLUS), at=JAN_16)
    story.tell(LATER, at=JAN_20)
    assert story.subscription.awaited_change is None

    story.tell(PlanChanged(terms=PLUS), at=JAN_20).until(FEB_1)
    assert (story.subscription.status, story.subscription.terms) == (Status.PAUSED, BASIC)
    assert story.subscription.awaited_change is None


def test_what_fails_goes_on_to_be_dunned() -> None:
    story = Story(JAN_1, of=BASIC, method=PIX).start().pay(at=JAN_1).until(FEB_1)
    story.tell(LATER, at=FEB_1).decline(at=date(2026, 2, 25))
    assert story.subscription.status is Status.PAST_DUE

    assert story.until(MAR_1).subscription.status is Status.PAUSED
    assert story.pay(at=date(2026, 3, 2)).subscription.status is Status.PAUSED


# Until a day


def test_it_goes_on_by_itself_billed_from_that_day_to_the_next_boundary() -> None:
    story = paid().tell(SubscriptionPaused(resume_on=MAR_11), at=JAN_16)
    sub = story.subscription
    assert (sub.paused_on, sub.resume_on, sub.next_billing_date) == (JAN_16, MAR_11, MAR_11)
    assert next_invoice_on(sub, POLICY) == MAR_11
    due = next_due_event(story.account, POLICY)
    assert due is not None
    assert (due.payload, due.at) == (PauseEnded(on=MAR_11), start_of_day(MAR_11, POLICY.timezone))

    story.until(MAR_11)
    sub = story.subscription
    assert (sub.status, sub.paused_on, sub.resume_on, sub.next_billing_date) == (
        Status.ACTIVE,
        None,
        None,
        APR_1,
    )
    # 2990 x 21/31 = 2025.48, of which 1543 are paid from the balance
    assert story.invoice.lines == (service(BASIC, MAR_11, APR_1, total_days=31, amount=2025),)
    assert (story.invoice.kind, story.invoice.total) == (InvoiceKind.RESUMPTION, 482)
    assert (story.last.outcome, mrr_of(sub)) == (Outcome.RESUMED, 2990)


def test_from_boundary_to_boundary_nothing_is_prorated() -> None:
    story = paid().tell(SubscriptionPaused(at_period_end=True, resume_on=APR_1), at=JAN_16).until(APR_1)

    assert [invoice.total for invoice in story.invoices] == [2990, 2990]
    assert story.invoice.period == Period(APR_1, date(2026, 5, 1))


def test_resumed_by_hand_the_day_does_nothing() -> None:
    story = paid().tell(SubscriptionPaused(resume_on=MAR_11), at=JAN_16).tell(RESUME, at=JAN_20)
    assert story.subscription.resume_on is None

    story.tell(PauseEnded(on=MAR_11), at=MAR_11)
    assert story.last.outcome is Outcome.IGNORED


def test_paused_again_until_another_day_the_first_one_does_nothing() -> None:
    story = paid().tell(SubscriptionPaused(resume_on=MAR_11), at=JAN_16).tell(RESUME, at=JAN_20)
    story.tell(SubscriptionPaused(resume_on=APR_1), at=JAN_20).tell(PauseEnded(on=MAR_11), at=MAR_11)

    assert (story.subscription.status, story.last.outcome) == (Status.PAUSED, Outcome.IGNORED)


def test_an_end_clears_it() -> None:
    story = paid().tell(SubscriptionPaused(resume_on=MAR_11), at=JAN_16)
    story.tell(CancellationRequested(), at=JAN_20)

    assert (story.subscription.status, story.subscription.resume_on) == (Status.CANCELLED, None)
    assert next_due_event(story.account, POLICY) is None


def test_a_period_that_becomes_longer_than_the_pause_swallows_it() -> None:
    story = paid().tell(TO_MARCH, at=JAN_16).tell(PlanChanged(terms=YEARLY), at=JAN_20).pay(at=JAN_20)
    story.until(date(2027, 1, 20))

    sub = story.subscription
    assert (sub.status, sub.pause_at_period_end, sub.resume_on) == (Status.ACTIVE, False, None)
    assert story.invoice.period.start == date(2027, 1, 20)


def test_the_forecast_knows_both_days() -> None:
    story = paid().tell(TO_MARCH, at=JAN_16)
    ahead = forecast(story.account, POLICY, now=noon(JAN_16), months=4)

    assert [(one.period.start, one.total) for one in ahead.invoices] == [
        (MAR_11, 2025),
        (APR_1, 2990),
        (date(2026, 5, 1), 2990),
    ]


@pytest.mark.parametrize(
    ("story", "payload", "refusal", "code", "field"),
    [
        (paid(), replace(LATER, resume_on=FEB_1), DateInPast, ErrorCode.DATE_IN_PAST, "resume_on"),
        (
            paid(),
            SubscriptionPaused(resume_on=JAN_20),
            DateInPast,
            ErrorCode.DATE_IN_PAST,
            "resume_on",
        ),
        (
            paid(),
            SubscriptionPaused(resume_on=JAN_20 + timedelta(days=PAUSE_DAYS_MAX + 1)),
            InvalidValue,
            ErrorCode.INVALID_VALUE,
            "resume_on",
        ),
        (
            Story(JAN_1).start(),
            LATER,
            SubscriptionNotActive,
            ErrorCode.SUBSCRIPTION_NOT_ACTIVE,
            "subscription_id",
        ),
        (paid(), RESUME, NotPaused, ErrorCode.NOT_PAUSED, "subscription_id"),
    ],
)
def test_what_can_not_be_planned_is_refused_and_changes_nothing(
    *, story: Story, payload: SubscriptionPaused, refusal: type[BillingError], code: ErrorCode, field: str
) -> None:
    before = story.account

    with pytest.raises(refusal) as refused:
        story.tell(payload, at=JAN_20)

    assert (refused.value.code, refused.value.field, story.account) == (code, (field,), before)
