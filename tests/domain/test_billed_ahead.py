"""Rules 29 and 32: what was billed ahead of its boundary."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from ciclo.domain.collection import Collection, CollectionMode
from ciclo.domain.events.commands import (
    CancellationRequested,
    CancellationRevoked,
    ChangeTiming,
    InvoiceVoided,
    PlanChanged,
    SubscriptionPaused,
    TrialExtended,
)
from ciclo.domain.events.facts import DisputeClosed, RenewalIssued
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.payment import PaymentStatus
from ciclo.domain.period import Period, local_date, start_of_day
from ciclo.domain.policy import LostDispute
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, CARD, PIX, POLICY, Story, noon, terms
from tests.domain.calendars import CALENDAR, PLAN, day, running, tell_days
from tests.domain.plans import YEARLY

DOWN = PlanChanged(terms=terms(2990, plan="small"), timing=ChangeTiming.PERIOD_END)


def issued_on(story: Story) -> date:
    return local_date(story.invoice.issued_at, POLICY.timezone)


def test_a_trials_first_invoice_can_be_paid_before_the_trial_ends() -> None:
    story = tell_days(begun_trial(), until=day("02-05"))
    assert (issued_on(story), story.invoice.due_on) == (day("02-05"), day("02-10"))
    assert story.invoice.period == Period(day("02-10"), day("03-10"))

    story.pay(at=day("02-06"))
    assert (story.subscription.status, story.invoice.status) == (Status.TRIALING, InvoiceStatus.PAID)
    assert story.last.movement is None

    tell_days(story, until=day("02-10"))
    assert (story.subscription.status, len(story.invoices)) == (Status.ACTIVE, 1)


def test_a_payment_in_a_trial_that_is_heard_of_after_it_begins_service_with_the_period_all_the_same() -> None:
    in_time = tell_days(begun_trial(), until=day("02-05")).pay(at=day("02-06"))
    tell_days(in_time, until=day("02-10"))
    late = tell_days(begun_trial(), until=day("02-10"))
    assert late.subscription.status is Status.PENDING
    late.pay(at=day("02-06"))

    for story in (in_time, late):
        assert story.last.movement is not None
        assert story.last.movement.on == day("02-10")
        assert local_date(story.subscription.first_paid_at or noon(day("01-01")), POLICY.timezone) == day(
            "02-06"
        )
        assert story.subscription.activated_at == start_of_day(day("02-10"), POLICY.timezone)


def test_a_card_that_pays_for_a_trial_that_was_made_longer_meanwhile_begins_no_service() -> None:
    early = Collection(lead_days=3)
    story = Story(day("01-28"), of=PLAN, method=CARD, policy=CALENDAR, trial_days=13)
    story.account = story.account.with_subscription(replace(story.account.subscription, collection=early))
    tell_days(story.start(), until=day("02-07"))
    story.tell(TrialExtended(until=day("02-25")), at=day("02-07")).pay(at=day("02-07"))

    assert (story.subscription.status, story.subscription.activated_at) == (Status.TRIALING, None)
    # What it paid is on the balance, and pays for the period that comes instead
    assert story.account.credit == PLAN.price
    tell_days(story, until=day("02-25"))
    assert (story.subscription.status, story.invoice.total, story.account.credit) == (Status.ACTIVE, 0, 0)


def begun_trial() -> Story:
    return Story(day("01-28"), of=PLAN, method=PIX, policy=CALENDAR, trial_days=13).start()


@pytest.mark.parametrize(
    ("credit", "collection"),
    [(PLAN.price, Collection()), (0, Collection(mode=CollectionMode.INVOICE, lead_days=5))],
)
def test_a_trial_whose_first_invoice_needs_no_money_or_is_trusted_goes_on_as_service(
    credit: int, collection: Collection
) -> None:
    story = Story(day("01-28"), of=PLAN, method=PIX, policy=CALENDAR, trial_days=13, credit=credit)
    story.account = story.account.with_subscription(
        replace(story.account.subscription, collection=collection)
    )
    tell_days(story.start(), until=day("02-05"))
    assert (story.subscription.status, story.subscription.activated_at) == (Status.TRIALING, None)

    tell_days(story, until=day("02-10"))
    assert (story.subscription.status, len(story.invoices)) == (Status.ACTIVE, 1)
    assert story.last.movement is not None


def test_a_trial_that_was_paid_once_goes_on_as_service_although_more_is_owed_by_its_end() -> None:
    story = tell_days(begun_trial(), until=day("02-05")).pay(at=day("02-06"))
    more = PlanChanged(terms=replace(PLAN, quantity=2), timing=ChangeTiming.PERIOD_END)
    tell_days(story.tell(more, at=day("02-07")), until=day("02-10"))

    assert (story.invoice.status, story.invoice.total) == (InvoiceStatus.PENDING, PLAN.price)
    assert story.subscription.status is Status.ACTIVE


def test_a_trial_that_is_trusted_by_its_end_goes_on_as_service() -> None:
    story = tell_days(begun_trial(), until=day("02-05"))
    trusted = replace(story.subscription, collection=Collection(mode=CollectionMode.INVOICE, lead_days=5))
    story.account = story.account.with_subscription(trusted)
    tell_days(story, until=day("02-10"))

    assert (story.subscription.status, story.invoice.status) == (Status.ACTIVE, InvoiceStatus.PENDING)


def test_a_trial_whose_first_invoice_was_voided_waits_for_a_payment() -> None:
    story = tell_days(begun_trial(), until=day("02-05"))
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=day("02-06"))
    tell_days(story, until=day("02-10"))

    assert (story.subscription.status, len(story.invoices)) == (Status.PENDING, 1)


def test_a_trial_that_is_cancelled_owes_nothing_of_what_was_billed_ahead() -> None:
    story = tell_days(begun_trial(), until=day("02-05"))
    story.tell(CancellationRequested(), at=day("02-06"))

    assert (story.invoice.status, story.payment().status) == (InvoiceStatus.CANCELLED, PaymentStatus.FAILED)


def test_money_that_comes_before_the_boundary_pays_and_moves_no_revenue() -> None:
    story = running(PIX, on=day("01-28"), until=day("02-23")).pay(at=day("02-24"))

    assert (story.invoice.status, story.last.movement) == (InvoiceStatus.PAID, None)
    tell_days(story, until=day("02-28"))
    assert (story.last.outcome, story.last.movement) == (Outcome.PERIOD_BEGUN, None)
    assert len(story.invoices) == 2


def test_a_change_after_it_has_it_issued_anew_by_the_terms_of_today() -> None:
    story = running(BOLETO, on=day("01-28"), until=day("02-21"))
    early = story.invoice
    story.tell(DOWN, at=day("02-22"))
    assert story.account.invoices[early.id].status is InvoiceStatus.CANCELLED

    tell_days(story, until=day("02-28"))
    assert [(one.total, one.status) for one in story.invoices[1:]] == [
        (7990, InvoiceStatus.CANCELLED),
        (2990, InvoiceStatus.PENDING),
    ]
    assert story.invoice.issued_at == noon(day("02-22"))
    assert story.subscription.terms == DOWN.terms


def test_what_was_paid_of_it_is_credited_and_pays_for_what_comes_instead() -> None:
    story = running(BOLETO, on=day("01-28"), until=day("02-21")).pay(at=day("02-22"))
    story.tell(DOWN, at=day("02-23"))
    assert (story.account.credit, len(story.account.credit_notes)) == (7990, 1)

    # 79.90 - 29.90 = 50.00
    tell_days(story, until=day("02-28"))
    assert (story.invoice.credit_applied, story.invoice.total, story.account.credit) == (2990, 0, 5000)


def test_who_cancels_is_not_asked_for_the_next_period_and_who_stays_after_all_is() -> None:
    story = running(BOLETO, on=day("01-28"), until=day("02-21"))
    story.tell(CancellationRequested(), at=day("02-22"))
    assert (story.invoice.status, story.subscription.status) == (InvoiceStatus.CANCELLED, Status.ACTIVE)

    story.tell(CancellationRevoked(), at=day("02-24"))
    tell_days(story, until=day("02-25"))
    assert (story.invoice.status, story.invoice.issued_at) == (InvoiceStatus.PENDING, noon(day("02-24")))


def test_a_pause_withdraws_it_and_credits_only_what_was_paid() -> None:
    story = running(BOLETO, on=day("01-28"), until=day("02-21"))
    story.tell(SubscriptionPaused(), at=day("02-22"))

    # 6 of 31 days x 79.90 = 15.46
    assert (story.subscription.status, story.account.credit) == (Status.PAUSED, 1546)
    assert story.invoice.status is InvoiceStatus.CANCELLED


def test_voided_by_an_operator_it_is_not_issued_again() -> None:
    story = running(BOLETO, on=day("01-28"), until=day("02-21"))
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=day("02-22"))

    tell_days(story, until=day("03-01"))
    assert (len(story.invoices), story.subscription.coverage) == (2, None)
    assert story.subscription.period == Period(day("02-28"), day("03-28"))


def test_an_end_withdraws_it() -> None:
    story = running(BOLETO, on=day("01-28"), until=day("02-21"))
    story.tell(CancellationRequested(immediately=True), at=day("02-22"))

    assert (story.subscription.status, story.invoice.status) == (Status.CANCELLED, InvoiceStatus.CANCELLED)


def test_after_a_downtime_each_period_is_billed_ahead_of_itself_and_once() -> None:
    story = running(BOLETO, on=day("01-28"), until=day("01-28"))
    for month in range(2, 7):
        tell_days(story, until=day(f"0{month}-28")).pay(at=noon(day(f"0{month}-28")))

    starts = [one.period.start for one in story.invoices]
    assert starts == [day(f"0{month}-28") for month in range(1, 7)]
    assert all(before.period.end == after.period.start for before, after in pairwise(story.invoices))


@pytest.mark.parametrize("boundary", [day("02-28"), day("03-28")])
def test_a_renewal_that_is_billed_or_is_of_another_boundary_is_ignored(boundary: date) -> None:
    story = running(BOLETO, on=day("01-28"), until=day("02-21"))

    assert story.tell(RenewalIssued(boundary=boundary), at=day("02-22")).last.outcome is Outcome.IGNORED


def test_voided_it_is_of_no_other_period_than_the_one_that_was_to_come() -> None:
    story = running(BOLETO, on=day("01-28"), until=day("02-21"))
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=day("02-22"))
    a_year = PlanChanged(terms=YEARLY, timing=ChangeTiming.PERIOD_END)
    tell_days(story.tell(a_year, at=day("02-23")), until=day("02-28"))

    # The month is given up, and not the year that came in its place
    assert (story.invoice.period, story.invoice.total) == (
        Period(day("02-28"), date(2028, 2, 28)),
        YEARLY.price,
    )


def test_what_was_paid_ahead_of_a_trial_pays_for_what_a_change_bills_at_once() -> None:
    story = tell_days(begun_trial(), until=day("02-05")).pay(at=day("02-05"))
    small = terms(2990, plan="small", trial_days=0)
    story.tell(PlanChanged(terms=small), at=day("02-06"))

    # 7990 were paid: 2990 are used, and nobody is asked for more before there is access
    assert (story.invoice.credit_applied, story.invoice.total, story.account.credit) == (2990, 0, 5000)
    assert story.subscription.status is Status.ACTIVE


def test_a_trial_that_was_paid_ahead_is_service_although_what_is_billed_instead_is_more() -> None:
    story = tell_days(begun_trial(), until=day("02-05")).pay(at=day("02-05"))
    more = terms(9990, plan="more", trial_days=0)
    story.tell(PlanChanged(terms=more), at=day("02-06"))

    assert (story.invoice.total, story.subscription.status) == (2000, Status.ACTIVE)


def test_what_gave_credit_and_is_owed_again_is_not_voided_at_the_end_of_a_trial() -> None:
    policy = replace(CALENDAR, on_dispute_lost=LostDispute.REOPEN)
    story = Story(day("01-28"), of=PLAN, method=PIX, policy=policy, trial_days=13).start()
    tell_days(story, until=day("02-05")).pay(at=day("02-05"))
    # What was paid ahead is on the balance; then the payer's bank takes the money back
    story.tell(CancellationRequested(), at=day("02-06"))
    story.tell(DisputeClosed(payment_id=story.payment().id, won=False), at=day("02-07"))
    tell_days(story, until=day("02-10"))

    assert story.subscription.status is Status.CANCELLED
    assert (story.account.credit, story.invoice.amount_due) == (PLAN.price, PLAN.price)
