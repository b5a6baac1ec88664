"""Rules 17 and 18: suspension, recovery and hard declines."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ciclo.domain.dunning import Dunning
from ciclo.domain.events.commands import (
    InvoicePaymentRequested,
    InvoiceVoided,
    PaymentMethodUpdated,
)
from ciclo.domain.ids import derived_id
from ciclo.domain.invoice import InvoiceKind, InvoiceStatus
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.payment import PaymentStatus
from ciclo.domain.period import Period, start_of_day
from ciclo.domain.subscription import Status
from tests.builders import CARD, OTHER_CARD, POLICY, Story, noon, service, terms
from tests.domain.failing import DEC_1, FEB_1, JAN_1, failing, january, retried_on, suspended

# Suspended


def test_suspended_no_new_invoice_is_issued_and_the_boundary_is_skipped() -> None:
    policy = replace(POLICY, retry_days=(2, 5, 40))
    story = Story(DEC_1, policy=policy).start().pay(at=DEC_1).until(JAN_1)
    story.decline(at=start_of_day(JAN_1, POLICY.timezone))
    retried_on(story, january(9))
    story.until(FEB_1)

    sub = story.subscription
    assert (story.last.outcome, len(story.invoices)) == (Outcome.PERIOD_SKIPPED, 2)
    assert (sub.status, sub.period, sub.coverage) == (
        Status.SUSPENDED,
        Period(FEB_1, date(2026, 3, 1)),
        None,
    )

    # Paid in the skipped period it is billed from that day: 19 of 28 days, 2990 x 19/28 = 2028.93
    story.pay(at=date(2026, 2, 10), invoice=story.invoices[1])
    assert story.subscription.status is Status.ACTIVE
    feb_10, mar_1 = date(2026, 2, 10), date(2026, 3, 1)
    assert (story.invoice.kind, story.invoice.lines) == (
        InvoiceKind.RESUMPTION,
        (service(terms(), feb_10, mar_1, total_days=28, amount=2029),),
    )
    assert [order.type for order in story.last.follow_ups] == ["charge_requested"]
    assert (story.subscription.anchor, story.subscription.period) == (DEC_1, Period(feb_10, mar_1))
    assert story.last.outcome is Outcome.PAYMENT_RECORDED
    assert story.until(date(2026, 3, 1)).invoice.period == Period(date(2026, 3, 1), date(2026, 4, 1))


def test_a_payment_of_a_day_before_the_suspension_brings_it_back_on_the_day_of_that() -> None:
    story = suspended()
    churn = story.last.movement
    assert churn is not None
    # Paid on the 7th and heard of after the 8th: it was worth nothing on no day twice
    story.pay(at=january(7))

    assert story.subscription.status is Status.ACTIVE
    assert story.last.movement is not None
    assert (churn.on, story.last.movement.on) == (january(8), january(8))


def long_suspended() -> Story:
    """Return one whose invoices of Jan 1 and Feb 1 fail, that was suspended and has skipped Mar 1."""
    policy = replace(POLICY, retry_days=(60,), grace_days=40)
    story = Story(DEC_1, policy=policy).start().pay(at=DEC_1).until(JAN_1)
    story.decline(at=start_of_day(JAN_1, POLICY.timezone)).until(FEB_1)
    story.decline(at=start_of_day(FEB_1, POLICY.timezone)).until(date(2026, 3, 1))
    assert (story.subscription.status, len(story.invoices)) == (Status.SUSPENDED, 3)
    return story


@pytest.mark.parametrize("places", [(1, 2), (2, 1)])
def test_two_payments_end_a_suspension_on_the_day_of_the_later_one_in_any_order(
    places: tuple[int, int],
) -> None:
    story = long_suspended()
    invoices, days = story.invoices, {1: date(2026, 3, 4), 2: date(2026, 3, 6)}
    for place in places:
        story.pay(at=days[place], invoice=invoices[place])

    # 26 of 31 days: 2990 x 26/31 = 2507.74
    mar_6, apr_1 = date(2026, 3, 6), date(2026, 4, 1)
    assert story.invoice.lines == (service(terms(), mar_6, apr_1, total_days=31, amount=2508),)
    assert story.subscription.status is Status.ACTIVE
    assert story.invoice.id == derived_id(
        "inv",
        at=datetime(2026, 3, 6, tzinfo=UTC),
        facts=f"{story.subscription.id}|RESUMPTION|2026-03-06",
    )


def test_a_voided_debt_gives_no_free_days_either() -> None:
    story = long_suspended().pay(at=date(2026, 3, 4))
    story.tell(InvoiceVoided(invoice_id=story.invoices[1].id), at=date(2026, 3, 6))

    assert (story.subscription.status, story.invoice.period) == (
        Status.ACTIVE,
        Period(date(2026, 3, 6), date(2026, 4, 1)),
    )


def test_paid_within_its_own_period_nothing_more_is_billed() -> None:
    story = suspended().pay(at=january(12))

    assert (story.subscription.status, len(story.invoices)) == (Status.ACTIVE, 2)


# Recovery


@pytest.mark.parametrize("story", [failing(), suspended()], ids=["past due", "suspended"])
def test_a_payment_brings_it_back_and_keeps_the_anchor(story: Story) -> None:
    story.pay(at=january(12))

    sub = story.subscription
    assert (sub.status, sub.anchor, sub.period) == (Status.ACTIVE, DEC_1, Period(JAN_1, FEB_1))
    assert (story.invoice.status, story.invoice.dunning) == (InvoiceStatus.PAID, None)
    assert (story.payment().status, story.payment().failure_code) == (PaymentStatus.COMPLETED, None)


def test_it_stays_past_due_while_another_invoice_fails() -> None:
    policy = replace(POLICY, retry_days=(2, 40), grace_days=60)
    story = Story(DEC_1, policy=policy).start().pay(at=DEC_1).until(JAN_1)
    story.decline(at=start_of_day(JAN_1, POLICY.timezone))
    retried_on(story, january(10))
    story.until(FEB_1).decline(at=FEB_1)
    first, second = story.invoices[1:]

    story.pay(at=date(2026, 2, 2), invoice=first)
    assert story.subscription.status is Status.PAST_DUE
    story.pay(at=date(2026, 2, 2), invoice=second)
    assert story.subscription.status is Status.ACTIVE


def test_each_invoice_has_its_own_schedule() -> None:
    policy = replace(POLICY, retry_days=(2, 40), grace_days=60)
    story = Story(DEC_1, policy=policy).start().pay(at=DEC_1).until(JAN_1)
    story.decline(at=start_of_day(JAN_1, POLICY.timezone))
    retried_on(story, january(10))
    story.until(FEB_1).decline(at=FEB_1)

    assert [one.dunning for one in story.invoices[1:]] == [
        Dunning(started_on=JAN_1, retries=1, tried_on=january(3), retry_on=date(2026, 2, 12)),
        Dunning(started_on=FEB_1, tried_on=FEB_1, retry_on=date(2026, 2, 3)),
    ]


# Hard declines


@pytest.mark.parametrize(
    ("code", "hard"),
    [
        ("lost_card", False),
        ("stolen_card", False),
        ("expired_card", False),
        ("pickup_card", False),
        ("invalid_account", False),
        ("do_not_honor", True),
    ],
)
def test_a_hard_decline_stops_the_automatic_retries(code: str, *, hard: bool) -> None:
    story = failing(code=code, hard=hard).until(january(22))

    outcomes = [one.outcome for one in story.decisions[4:]]
    assert outcomes == [
        Outcome.RETRY_SKIPPED,
        Outcome.RETRY_SKIPPED,
        Outcome.SUSPENDED,
        Outcome.RETRY_SKIPPED,
        Outcome.RETRY_SKIPPED,
        Outcome.CANCELLED,
    ]
    assert story.payment().attempts == 1


def test_a_new_method_is_charged_at_once_and_retried_again() -> None:
    story = failing(code="lost_card").until(january(3))
    story.tell(PaymentMethodUpdated(method=OTHER_CARD), at=january(4))

    assert story.last.outcome is Outcome.METHOD_UPDATED
    assert [order.payload.method for order in story.last.follow_ups] == [OTHER_CARD]
    # 4 + 5 = 9
    story.decline(at=noon(january(4))).until(january(9))
    assert (story.last.outcome, story.payment().attempts) == (Outcome.PAYMENT_RETRIED, 2)


def test_what_the_old_card_answers_late_does_not_stop_the_new_one() -> None:
    story = failing().until(january(3))
    story.tell(PaymentMethodUpdated(method=OTHER_CARD), at=january(3))
    # The old card was being charged, so the new one had to wait; now the old one is known to be lost
    story.decline(at=noon(january(3)), code="lost_card").until(january(8))

    assert (story.last.outcome, story.payment().method) == (Outcome.PAYMENT_RETRIED, OTHER_CARD)


def test_a_new_method_counts_although_another_card_is_just_being_charged() -> None:
    story = failing(code="lost_card")
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=OTHER_CARD), at=january(2))
    newest = replace(CARD, token="tok_new", last_four="1111")
    story.tell(PaymentMethodUpdated(method=newest), at=january(2))
    assert story.last.follow_ups == ()

    story.decline(at=noon(january(2))).until(january(3))
    assert (story.last.outcome, story.payment().method) == (Outcome.PAYMENT_RETRIED, newest)


def test_a_card_that_was_used_once_and_is_lost_does_not_stop_the_usual_one() -> None:
    story = failing()
    once = InvoicePaymentRequested(invoice_id=story.invoice.id, method=OTHER_CARD)
    story.tell(once, at=january(2)).decline(at=noon(january(2)), code="stolen_card").until(january(3))

    assert (story.last.outcome, story.payment().method) == (Outcome.PAYMENT_RETRIED, CARD)
