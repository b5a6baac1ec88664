"""Rules 17 and 18: before the first payment there is no access, and service begins with it."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest

from ciclo.domain.batch import AppliedEvent
from ciclo.domain.collection import Collection, CollectionMode
from ciclo.domain.events.commands import CancellationRequested, InvoicePaymentRequested
from ciclo.domain.events.facts import (
    DisputeClosed,
    PaymentAuthorized,
    PaymentRefunded,
    PaymentSucceeded,
    TrialEnded,
)
from ciclo.domain.ids import RefundId
from ciclo.domain.invoice import InvoiceStatus, VoidReason
from ciclo.domain.lifecycle import Review, next_due_event
from ciclo.domain.metrics import mrr_of
from ciclo.domain.payment import PaymentMethod
from ciclo.domain.period import Period, start_of_day
from ciclo.domain.policy import LostDispute
from ciclo.domain.subscription import EndReason, Status
from tests.builders import BOLETO, CARD, PIX, POLICY, Story, event, noon
from tests.domain.calendars import begun, day, tell_days
from tests.domain.failing import FEB_1, JAN_1, january, retried_on
from tests.domain.generators import lost, report, returned, success
from tests.domain.plans import BASIC, YEARLY


def declined(trial_days: int = 0) -> Story:
    """Return one whose first charge was declined on Jan 1."""
    story = Story(JAN_1 - timedelta(days=trial_days), of=BASIC, trial_days=trial_days).start().until(JAN_1)
    return story.decline(at=noon(JAN_1) if not trial_days else start_of_day(JAN_1, POLICY.timezone))


@pytest.mark.parametrize("trial_days", [0, 7])
def test_what_was_never_paid_waits_without_access_while_its_charge_is_retried(trial_days: int) -> None:
    story = declined(trial_days)

    # 1 + 2 = 3, 3 + 5 = 8, 8 + 7 = 15: grace would have ended on the 8th, and there is none
    assert retried_on(story, january(15)) == [january(3), january(8), january(15)]
    assert {one.account.subscription.status for one in story.decisions} <= {Status.PENDING, Status.TRIALING}
    assert [one.movement for one in story.decisions if one.movement] == []
    assert (mrr_of(story.subscription), story.subscription.first_paid_at) == (0, None)


@pytest.mark.parametrize("trial_days", [0, 7])
def test_the_last_retry_of_a_first_invoice_ends_it_without_a_debt(trial_days: int) -> None:
    story = declined(trial_days)
    retried_on(story, january(31))

    # 15 + 7 = 22
    sub = story.subscription
    assert (sub.status, sub.end_reason, sub.ended_at) == (
        Status.CANCELLED,
        EndReason.NEVER_PAID,
        start_of_day(january(22), POLICY.timezone),
    )
    assert (story.invoice.status, story.invoice.void_reason) == (
        InvoiceStatus.CANCELLED,
        VoidReason.NEVER_PAID,
    )


@pytest.mark.parametrize("method", [PIX, BOLETO, None])
def test_a_trial_that_nobody_pays_for_ends_as_never_paid(method: PaymentMethod | None) -> None:
    story = Story(JAN_1, of=BASIC, method=method, trial_days=7).start().until(january(8))
    if method is not None:
        taken = PaymentAuthorized(
            payment_id=story.payment().id,
            provider="sandbox",
            provider_reference="ch_1",
            expires_at=noon(january(9)),
        )
        story.tell(taken, at=january(8))
    assert story.until(january(20)).subscription.status is Status.PENDING

    assert story.until(FEB_1).subscription.end_reason is EndReason.NEVER_PAID


def test_a_code_that_can_still_be_paid_is_waited_for() -> None:
    story = Story(JAN_1, of=BASIC, method=PIX).start()
    taken = PaymentAuthorized(
        payment_id=story.payment().id,
        provider="sandbox",
        provider_reference="ch_1",
        expires_at=noon(date(2026, 2, 3)),
    )
    story.tell(taken, at=JAN_1)
    assert story.until(date(2026, 2, 2)).subscription.status is Status.PENDING

    # Thirty days were over on Jan 31
    assert story.until(date(2026, 2, 3)).subscription.ended_at == noon(date(2026, 2, 3))


@pytest.mark.parametrize("method", [CARD, PIX])
def test_a_first_payment_that_comes_late_begins_service_on_its_day(method: PaymentMethod) -> None:
    story = Story(JAN_1, of=BASIC, method=method).start().pay(at=january(27))

    bought = Period(january(27), date(2026, 2, 27))
    sub, (line,) = story.subscription, story.invoice.lines
    assert (sub.status, sub.anchor, sub.period) == (Status.ACTIVE, january(27), bought)
    # The invoice keeps its lines, and says what its money bought
    assert (story.invoice.period, line.service, story.invoice.moved_to) == (
        Period(JAN_1, FEB_1),
        Period(JAN_1, FEB_1),
        bought,
    )
    assert story.until(date(2026, 2, 27)).invoice.period == Period(date(2026, 2, 27), date(2026, 3, 27))


def test_after_a_trial_too_and_for_a_year() -> None:
    story = Story(JAN_1, of=YEARLY, trial_days=7).start().until(january(8)).pay(at=january(10))

    assert (story.subscription.anchor, story.subscription.period) == (
        january(10),
        Period(january(10), date(2027, 1, 10)),
    )


def test_paid_by_its_due_date_it_began_on_its_first_day() -> None:
    story = Story(JAN_1, of=BASIC).start().pay(at=JAN_1)

    assert (story.subscription.period, story.invoice.moved_to) == (Period(JAN_1, FEB_1), None)


def test_of_two_reports_of_a_first_payment_the_earlier_one_counts_in_any_order() -> None:
    begun = Story(JAN_1, of=BASIC).start()
    payment = begun.payment()
    reports = [
        event(PaymentSucceeded(amount=2990, currency="BRL", payment_id=payment.id), at=january(day))
        for day in (5, 3, 9)
    ]

    for order in permutations(reports):
        story = Story(JAN_1, of=BASIC).start()
        for arrived in order:
            story.tell(arrived)
        assert story.subscription.period == Period(january(3), date(2026, 2, 3))
        assert story.subscription.first_paid_at == noon(january(3))


def test_a_refund_that_failed_proves_by_when_a_first_payment_came_in_any_order() -> None:
    begun = Story(JAN_1, of=BASIC).start()
    payment, refund = begun.payment(), RefundId("ref_1")
    # Nothing is told of the success itself: the refund's earliest news is what proves it
    reports = [
        report(payment, 4, returned(payment, 2990, refund_id=refund), key="returned"),
        report(payment, 2, lost(payment, 2990, refund_id=refund), key="lost"),
    ]

    for order in permutations(reports):
        story = Story(JAN_1, of=BASIC).start()
        for arrived in order:
            story.tell(arrived)
        assert (story.invoice.paid_at, story.subscription.period) == (
            reports[1].occurred_at,
            Period(january(3), date(2026, 2, 3)),
        )


def test_a_refund_that_failed_of_another_try_moves_a_first_period_in_any_order() -> None:
    def tried_twice() -> Story:
        story = Story(JAN_1, of=BASIC, method=PIX).start()
        by_card = InvoicePaymentRequested(invoice_id=story.invoice.id, method=CARD)
        return story.tell(by_card, at=JAN_1)

    by_pix, by_card = tried_twice().account.payments.values()
    reports = [
        report(by_pix, 4, success(by_pix), key="paid"),
        report(by_card, 2, lost(by_card, 2990, refund_id=RefundId("ref_1")), key="lost"),
    ]

    for order in permutations(reports):
        story = tried_twice()
        for arrived in order:
            story.tell(arrived)
        assert story.subscription.period == Period(january(3), date(2026, 2, 3))
        assert story.subscription.first_paid_at == reports[1].occurred_at


def test_what_was_paid_late_and_lost_in_a_dispute_was_paid_in_any_order() -> None:
    policy = replace(POLICY, on_dispute_lost=LostDispute.REOPEN)
    for order in permutations(("paid", "lost")):
        story = Story(JAN_1, of=BASIC, method=PIX, policy=policy).start()
        payment = story.payment()
        news = {
            "paid": report(payment, 2, success(payment), key="paid"),
            "lost": report(payment, 5, DisputeClosed(payment_id=payment.id, won=False), key="lost"),
        }
        for name in order:
            story.tell(news[name])
        # It was served from the day on which it was paid, and is owed again.
        assert (story.subscription.status, story.subscription.period.start) == (Status.ACTIVE, january(3))
        assert story.subscription.first_paid_at == news["paid"].occurred_at
        assert (story.invoice.status, story.invoice.amount_due) == (InvoiceStatus.PENDING, 2990)


def test_a_payment_that_names_only_its_amount_moves_nothing() -> None:
    story = Story(JAN_1, of=BASIC, method=None).start()
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=january(20))

    assert (story.subscription.status, story.subscription.period) == (Status.ACTIVE, Period(JAN_1, FEB_1))


def test_what_older_rules_had_put_into_service_stays_there() -> None:
    # At a trial's end they said that it counted as paid, while its first charge was still under way
    story = Story(JAN_1, of=BASIC, trial_days=7).start().until(january(8))
    before = replace(story.subscription, activated_at=start_of_day(january(8), POLICY.timezone))
    story.account = story.account.with_subscription(before)
    story.tell(TrialEnded(on=january(8)), at=january(8))
    assert (story.subscription.status, mrr_of(story.subscription)) == (Status.ACTIVE, 2990)

    story.decline(at=january(8))
    assert story.subscription.status is Status.PAST_DUE
    story.pay(at=january(10))
    assert (story.subscription.status, story.subscription.period) == (
        Status.ACTIVE,
        Period(january(8), date(2026, 2, 8)),
    )


def test_service_that_began_on_trust_stays_where_it_was_however_late_it_is_paid() -> None:
    on_trust = Collection(mode=CollectionMode.INVOICE)
    story = begun(None, on=day("01-28"), collection=on_trust)
    asked = InvoicePaymentRequested(invoice_id=story.invoice.id, method=CARD)
    # Due on 02-12, fifteen days later
    story.tell(asked, at=day("02-20")).pay(at=day("02-20"))

    assert (story.invoice.moved_to, story.subscription.period) == (None, Period(day("01-28"), day("02-28")))


def test_a_refund_moves_no_service_whose_payment_was_told_without_its_name() -> None:
    story = begun(None, on=day("01-28"))
    # Due on 01-31, three days later; the notice may be about any period, and moves nothing
    story.tell(PaymentSucceeded(amount=7990, currency="BRL"), at=day("02-05"))
    before = story.subscription.period
    back = PaymentRefunded(amount=1000, currency="BRL", payment_id=story.payment().id)
    story.tell(back, at=day("02-20"))

    assert (story.subscription.period, story.payment().refunded_amount) == (before, 1000)


def test_a_refund_of_what_was_paid_ahead_begins_no_service_in_a_trial() -> None:
    story = tell_days(begun(PIX, on=day("02-01"), trial_days=13), until=day("02-09"))
    story.pay(at=day("02-10")).tell(CancellationRequested(), at=day("02-10"))
    back = PaymentRefunded(amount=1000, currency="BRL", payment_id=story.payment().id)
    story.tell(back, at=day("02-11"))

    assert (story.subscription.status, story.subscription.activated_at) == (Status.TRIALING, None)


def test_money_that_is_for_a_person_to_look_at_moves_no_service() -> None:
    story = begun(None, on=day("01-28"))
    # Due on 01-31; told without a name, so that it moves nothing
    story.tell(PaymentSucceeded(amount=7990, currency="BRL"), at=day("02-05"))
    dollars = PaymentSucceeded(amount=7990, currency="USD", payment_id=story.payment().id)
    story.tell(dollars, at=day("02-06"))

    assert story.last.review is Review.CURRENCY_MISMATCH
    assert story.subscription.period == Period(day("01-28"), day("02-28"))


def test_it_never_came_about_by_the_event_that_ends_it_unpaid_and_by_no_other() -> None:
    story = Story(JAN_1, of=BASIC, method=PIX).start()
    accounts = [story.account]
    while story.subscription.is_live:
        due = next_due_event(story.account, story.policy)
        assert due is not None
        accounts.append(story.tell(due.event(story.account)).account)
    by_clock = story.decisions[1:]

    told = [
        AppliedEvent(event=story.created, before=before, decision=decision, credit_before=0)
        for before, decision in zip(accounts, by_clock, strict=False)
    ]

    assert [one.never_came_about for one in told] == [*(False for _ in told[1:]), True]
