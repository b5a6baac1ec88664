"""Rule 10: trials."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError
from ciclo.domain.errors.payments import NoPaymentMethod
from ciclo.domain.events.commands import (
    CancellationRequested,
    CancellationRevoked,
    ChangeTiming,
    PaymentMethodUpdated,
    PlanChanged,
    SubscriptionPaused,
    SubscriptionResumed,
    TrialEndRequested,
    TrialExtended,
)
from ciclo.domain.events.event import Payload
from ciclo.domain.events.facts import PaymentSucceeded, TrialEnded
from ciclo.domain.invoice import InvoiceKind, InvoiceStatus
from ciclo.domain.lifecycle import Outcome, Review, next_due_event
from ciclo.domain.period import BillingCycle, Period, start_of_day
from ciclo.domain.plan import Terms
from ciclo.domain.subscription import EndReason, Status
from tests.builders import CARD, POLICY, Story, noon, service, terms

JAN_1, JAN_3, JAN_5, JAN_8, JAN_20, FEB_8, MAR_8 = (
    date(2026, 1, 1),
    date(2026, 1, 3),
    date(2026, 1, 5),
    date(2026, 1, 8),
    date(2026, 1, 20),
    date(2026, 2, 8),
    date(2026, 3, 8),
)
BASIC, PLUS = terms(2990, plan="basic"), terms(5990, plan="plus", trial_days=14)


def trial(*, method: object = CARD, days: int = 7) -> Story:
    return Story(JAN_1, of=BASIC, trial_days=days, method=method).start()


def test_nothing_is_billed_during_the_trial() -> None:
    story = trial().until(date(2026, 1, 7))

    sub = story.subscription
    assert (sub.status, story.invoices) == (Status.TRIALING, ())
    assert (sub.trial, sub.period) == (Period(JAN_1, JAN_8), Period(JAN_1, JAN_8))
    assert (sub.next_billing_date, sub.due_at) == (JAN_8, start_of_day(JAN_8, POLICY.timezone))
    assert story.decisions[0].outcome is Outcome.TRIAL_STARTED
    assert [order.type for order in story.decisions[0].follow_ups] == ["registration_requested"]


def test_the_day_after_the_trial_is_billed_for_a_full_period_and_becomes_the_anchor() -> None:
    story = trial().until(JAN_8)

    assert story.invoice.lines == (service(BASIC, JAN_8, FEB_8, total_days=31, amount=2990),)
    assert (story.invoice.kind, story.invoice.issued_at) == (
        InvoiceKind.PERIOD,
        start_of_day(JAN_8, POLICY.timezone),
    )
    sub = story.subscription
    assert (sub.anchor, sub.period, sub.status) == (JAN_8, Period(JAN_8, FEB_8), Status.PENDING)
    assert [order.type for order in story.last.follow_ups] == ["charge_requested"]

    story.pay(at=JAN_8).until(FEB_8)
    assert story.invoice.period == Period(FEB_8, MAR_8)


@pytest.mark.parametrize(
    ("on", "days", "periods"),
    [
        # 24 + 7 = 31: the trial's end sets the anchor, not the start
        (
            date(2026, 1, 24),
            7,
            [
                Period(date(2026, 1, 31), date(2026, 2, 28)),
                Period(date(2026, 2, 28), date(2026, 3, 31)),
            ],
        ),
        # Through Feb 29
        (
            date(2028, 2, 22),
            7,
            [
                Period(date(2028, 2, 29), date(2028, 3, 29)),
                Period(date(2028, 3, 29), date(2028, 4, 29)),
            ],
        ),
        (date(2026, 1, 1), 30, [Period(date(2026, 1, 31), date(2026, 2, 28))]),
    ],
)
def test_the_anchor_is_the_day_on_which_the_trial_ends(on: date, days: int, periods: list[Period]) -> None:
    story = Story(on, of=BASIC, trial_days=days).start()
    for period in periods:
        story.until(period.start).pay(at=period.start)

    assert [one.period for one in story.invoices] == periods


def test_without_a_method_the_invoice_is_issued_and_dunning_starts() -> None:
    story = trial(method=None).until(JAN_8)

    assert story.subscription.status is Status.PENDING
    assert story.invoice.status is InvoiceStatus.PENDING
    assert story.invoice.dunning is not None
    assert (story.invoice.dunning.started_on, story.invoice.dunning.retry_on) == (
        JAN_8,
        date(2026, 1, 10),
    )


def test_a_method_that_comes_in_the_trial_is_charged_at_its_end() -> None:
    story = trial(method=None).tell(PaymentMethodUpdated(method=CARD), at=JAN_3)
    assert story.last.follow_ups == ()

    story.until(JAN_8)
    assert story.subscription.status is Status.PENDING
    assert story.payment().method == CARD
    assert story.pay(at=JAN_8).subscription.status is Status.ACTIVE


# Leaving during the trial


def test_cancelled_in_the_trial_nothing_is_ever_billed() -> None:
    story = trial().tell(CancellationRequested(reason="no time"), at=JAN_3)
    assert (story.subscription.status, story.subscription.next_billing_date) == (Status.TRIALING, None)

    story.until(FEB_8)

    sub = story.subscription
    assert (sub.status, sub.end_reason, story.invoices) == (Status.CANCELLED, EndReason.REQUESTED, ())
    assert sub.ended_at == start_of_day(JAN_8, POLICY.timezone)


def test_it_can_be_kept_after_all_until_the_trial_ends() -> None:
    story = trial().tell(CancellationRequested(), at=JAN_3).tell(CancellationRevoked(), at=date(2026, 1, 7))

    assert story.until(JAN_8).pay(at=JAN_8).subscription.status is Status.ACTIVE


def test_cancelled_now_it_ends_now() -> None:
    story = trial().tell(CancellationRequested(immediately=True), at=JAN_3).until(FEB_8)

    assert (story.subscription.ended_at, story.invoices) == (noon(JAN_3), ())


# Changes during the trial


@pytest.mark.parametrize("timing", [None, ChangeTiming.IMMEDIATE])
def test_a_change_in_the_trial_is_free_and_counts_its_end_from_the_original_start(
    timing: ChangeTiming | None,
) -> None:
    story = trial().tell(PlanChanged(terms=PLUS, timing=timing), at=JAN_5)

    jan_15 = date(2026, 1, 15)
    sub = story.subscription
    assert (sub.terms, sub.trial, sub.anchor) == (PLUS, Period(JAN_1, jan_15), jan_15)
    assert (sub.period, sub.next_billing_date, story.invoices) == (Period(JAN_1, jan_15), jan_15, ())
    assert story.last.outcome is Outcome.PLAN_CHANGED

    story.until(jan_15)
    assert story.invoice.lines == (service(PLUS, jan_15, date(2026, 2, 15), total_days=31, amount=5990),)


@pytest.mark.parametrize("of", [BASIC, PLUS])
def test_a_change_for_the_end_of_the_trial_waits_for_it(of: Terms) -> None:
    later = replace(of, plan_version=2, trial_days=0)
    story = trial().tell(PlanChanged(terms=later, timing=ChangeTiming.PERIOD_END), at=JAN_5)

    sub = story.subscription
    assert (sub.terms, sub.pending_change, sub.period) == (BASIC, later, Period(JAN_1, JAN_8))
    assert story.last.outcome is Outcome.CHANGE_SCHEDULED

    story.until(JAN_8)
    assert story.invoice.lines == (service(later, JAN_8, FEB_8, total_days=31, amount=later.unit_price),)


def test_more_seats_in_the_trial_change_nothing_of_its_end() -> None:
    more = replace(BASIC, quantity=3)
    story = trial().tell(CancellationRequested(), at=JAN_3).tell(PlanChanged(terms=more), at=JAN_5)

    sub = story.subscription
    assert (sub.terms, sub.period, sub.cancel_at_period_end) == (more, Period(JAN_1, JAN_8), True)


def test_a_trial_does_not_end_at_once_with_nothing_to_charge() -> None:
    story = trial(method=None)

    with pytest.raises(NoPaymentMethod):
        story.tell(PlanChanged(terms=replace(PLUS, trial_days=0)), at=JAN_5)


@pytest.mark.parametrize("trial_days", [0, 3])
def test_a_shorter_trial_that_is_over_ends_in_that_moment(trial_days: int) -> None:
    short = replace(PLUS, trial_days=trial_days)
    story = trial().tell(PlanChanged(terms=short), at=JAN_5)

    assert story.invoice.issued_at == noon(JAN_5)
    assert story.invoice.lines == (service(short, JAN_5, date(2026, 2, 5), total_days=31, amount=5990),)
    assert (story.subscription.status, story.subscription.anchor) == (Status.PENDING, JAN_5)


def test_a_trial_that_a_change_ends_is_billed_when_it_was_changed_and_not_before() -> None:
    # In the afternoon of the day of sign-up: that day's start was before the subscription.
    story = trial().tell(PlanChanged(terms=replace(PLUS, trial_days=0)), at=noon(JAN_1))
    story.until(JAN_1)

    assert (story.invoice.issued_at, story.payment().created_at) == (noon(JAN_1), noon(JAN_1))
    assert story.invoice.period == Period(JAN_1, date(2026, 2, 1))


def test_another_interval_in_the_trial_is_billed_in_full_at_its_end() -> None:
    yearly = terms(29_900, plan="yearly", cycle=BillingCycle.ANNUAL)
    story = trial().tell(PlanChanged(terms=yearly), at=JAN_5).until(JAN_8)

    assert story.invoice.lines == (service(yearly, JAN_8, date(2027, 1, 8), total_days=365, amount=29_900),)


def test_a_change_in_the_trial_takes_a_cancellation_back() -> None:
    story = (
        trial().tell(CancellationRequested(reason="dear"), at=JAN_3).tell(PlanChanged(terms=PLUS), at=JAN_5)
    )

    sub = story.subscription
    assert (sub.cancel_at_period_end, sub.cancel_reason) == (False, None)


# Another end


def test_an_extended_trial_is_free_for_longer_and_its_end_is_the_anchor() -> None:
    story = trial().tell(TrialExtended(until=JAN_20), at=JAN_5).until(date(2026, 1, 19))

    assert story.invoices == ()
    assert [one.outcome for one in story.decisions[1:]] == [Outcome.TRIAL_EXTENDED]
    story.until(JAN_20)
    feb_20 = date(2026, 2, 20)
    assert story.invoice.lines == (service(BASIC, JAN_20, feb_20, total_days=31, amount=2990),)
    assert story.subscription.anchor == JAN_20


def test_a_change_of_plan_does_not_shorten_an_extended_trial() -> None:
    # 14 days of the new plan would end on Jan 15
    story = trial().tell(TrialExtended(until=JAN_20), at=JAN_5).tell(PlanChanged(terms=PLUS), at=JAN_5)

    assert story.subscription.period == Period(JAN_1, JAN_20)


def test_a_trial_that_an_operator_ends_is_billed_in_that_moment() -> None:
    story = trial().tell(TrialEndRequested(), at=JAN_5)

    assert story.invoice.lines == (service(BASIC, JAN_5, date(2026, 2, 5), total_days=31, amount=2990),)
    assert story.invoice.issued_at == noon(JAN_5)
    assert (story.subscription.anchor, story.subscription.trial) == (JAN_5, Period(JAN_1, JAN_5))
    assert [order.type for order in story.last.follow_ups] == ["charge_requested"]


def test_a_trial_that_was_to_end_without_service_does_so_when_an_operator_ends_it() -> None:
    story = trial(method=None).tell(CancellationRequested(), at=JAN_3).tell(TrialEndRequested(), at=JAN_5)

    assert (story.subscription.ended_at, story.invoices) == (noon(JAN_5), ())


@pytest.mark.parametrize(
    ("story", "command", "code", "field"),
    [
        (trial(), TrialExtended(until=JAN_8), ErrorCode.TRIAL_END_TOO_EARLY, ("until",)),
        (trial(), TrialExtended(until=JAN_3), ErrorCode.TRIAL_END_TOO_EARLY, ("until",)),
        (trial(), TrialExtended(until=date(2036, 1, 1)), ErrorCode.INVALID_VALUE, ("until",)),
        (
            Story(JAN_1, of=BASIC).start().pay(at=JAN_1),
            TrialExtended(until=FEB_8),
            ErrorCode.NOT_IN_TRIAL,
            ("subscription_id",),
        ),
        (
            Story(JAN_1, of=BASIC).start().pay(at=JAN_1),
            TrialEndRequested(),
            ErrorCode.NOT_IN_TRIAL,
            ("subscription_id",),
        ),
        (trial(method=None), TrialEndRequested(), ErrorCode.NO_PAYMENT_METHOD, ("payment_method",)),
    ],
)
def test_another_end_is_refused(
    *, story: Story, command: Payload, code: ErrorCode, field: tuple[str, ...]
) -> None:
    before = story.account

    with pytest.raises(BillingError) as refused:
        story.tell(command, at=JAN_5)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert story.account is before


# Paying in advance


def test_a_payment_in_the_trial_pays_the_first_period_in_advance() -> None:
    story = trial().tell(PaymentSucceeded(amount=2990, currency="BRL"), at=JAN_3)

    sub = story.subscription
    assert (sub.status, sub.activated_at) == (Status.ACTIVE, noon(JAN_3))
    assert (sub.period, sub.anchor, sub.next_billing_date) == (Period(JAN_8, FEB_8), JAN_8, FEB_8)
    assert (story.invoice.status, story.invoice.period) == (InvoiceStatus.PAID, Period(JAN_8, FEB_8))
    assert story.last.follow_ups == ()

    # The trial's end bills nothing more
    assert len(story.until(date(2026, 2, 7)).invoices) == 1
    assert len(story.until(FEB_8).invoices) == 2


def test_a_payment_of_another_amount_pays_nothing_in_advance() -> None:
    story = trial().tell(PaymentSucceeded(amount=2989, currency="BRL"), at=JAN_3)

    assert (story.last.outcome, story.last.review) == (Outcome.NEEDS_REVIEW, Review.NO_OPEN_INVOICE)
    assert (story.subscription.status, story.invoices) == (Status.TRIALING, ())


def test_no_payment_in_advance_is_taken_for_a_trial_that_will_end() -> None:
    story = trial().tell(CancellationRequested(), at=JAN_3)
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=JAN_5)

    assert (story.last.review, story.invoices) == (Review.NO_OPEN_INVOICE, ())


def test_a_trial_that_was_paid_in_advance_keeps_its_free_days_through_a_pause() -> None:
    story = trial().tell(PaymentSucceeded(amount=2990, currency="BRL"), at=JAN_3)
    story.tell(SubscriptionPaused(), at=JAN_3)
    assert story.account.credit == 2990
    story.tell(SubscriptionResumed(), at=JAN_5)

    # Billed from the trial's end, though it runs again since Jan 5
    assert story.invoice.lines == (service(BASIC, JAN_8, FEB_8, total_days=31, amount=2990),)
    assert (story.invoice.credit_applied, story.invoice.total, story.account.credit) == (2990, 0, 0)
    assert story.until(FEB_8).invoice.period == Period(FEB_8, MAR_8)


@pytest.mark.parametrize(
    "on",
    [
        pytest.param(JAN_5, id="a day that was never its end"),
        pytest.param(JAN_8, id="a second time"),
    ],
)
def test_an_end_that_is_none_is_ignored(on: date) -> None:
    story = trial().until(JAN_8) if on == JAN_8 else trial()
    story.tell(TrialEnded(on=on), at=on)

    assert story.last.outcome is Outcome.IGNORED
    assert next_due_event(story.account, POLICY) is not None
