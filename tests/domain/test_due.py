"""What the clock has to do next, and when."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.events.commands import (
    CancellationRequested,
    InvoicePaymentRequested,
    SubscriptionPaused,
)
from ciclo.domain.events.event import Payload, Source
from ciclo.domain.events.facts import (
    DunningExhausted,
    GraceEnded,
    PaymentAuthorized,
    PaymentExpired,
    PendingExpired,
    PeriodEnded,
    RetryDue,
    TrialEnded,
)
from ciclo.domain.lifecycle import DueEvent, next_due_event
from ciclo.domain.payment import PaymentMethod
from ciclo.domain.period import start_of_day
from tests.builders import CARD, PIX, POLICY, Story, noon

JAN_1, JAN_2, JAN_8, FEB_1 = date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 8), date(2026, 2, 1)


def paid(method: PaymentMethod = CARD) -> Story:
    return Story(JAN_1, method=method).start().pay(at=JAN_1)


def next_of(story: Story) -> DueEvent | None:
    return next_due_event(story.account, story.policy)


@pytest.mark.parametrize(
    ("story", "day", "payload"),
    [
        (Story(JAN_1, trial_days=7).start(), JAN_8, TrialEnded(on=JAN_8)),
        (Story(JAN_1).start(), date(2026, 1, 31), PendingExpired(on=date(2026, 1, 31))),
        (paid(), FEB_1, PeriodEnded(on=FEB_1)),
        (paid().tell(CancellationRequested(), at=JAN_2), FEB_1, PeriodEnded(on=FEB_1)),
    ],
    ids=["trial", "pending", "active", "to be cancelled"],
)
def test_a_boundary_is_due_when_its_day_begins(story: Story, day: date, payload: Payload) -> None:
    due = next_of(story)

    assert due == DueEvent(
        at=start_of_day(day, POLICY.timezone), payload=payload, key=f"{story.subscription.id}:{day}"
    )
    assert story.subscription.due_at == start_of_day(day, POLICY.timezone)


@pytest.mark.parametrize(
    "story",
    [
        Story(JAN_1),
        paid().tell(SubscriptionPaused(), at=JAN_2),
        paid().tell(CancellationRequested(immediately=True), at=JAN_2),
    ],
    ids=["not taken up", "paused", "cancelled"],
)
def test_nothing_is_due_where_nothing_can_happen_by_itself(story: Story) -> None:
    assert (next_of(story), story.subscription.due_at) == (None, None)


def test_on_one_day_retries_come_before_the_end_of_grace_and_both_before_a_new_period() -> None:
    policy = replace(POLICY, retry_days=(28,), grace_days=28)
    story = Story(JAN_1, policy=policy).start().pay(at=JAN_1)
    story.until(FEB_1).decline(at=FEB_1, code="lost_card")
    march = date(2026, 3, 1)

    told = []
    while (due := next_of(story)) and due.at == start_of_day(march, POLICY.timezone):
        told.append(type(due.payload))
        story.tell(due.event(story.account))

    # The last retry was skipped, since the card is lost: that ends it before the period does
    assert told == [RetryDue, DunningExhausted]


def test_grace_ends_before_a_new_period_begins() -> None:
    policy = replace(POLICY, retry_days=(40,), grace_days=28)
    story = Story(JAN_1, policy=policy).start().pay(at=JAN_1).until(FEB_1).decline(at=FEB_1)

    told = []
    while (due := next_of(story)) and due.at == start_of_day(date(2026, 3, 1), POLICY.timezone):
        told.append(type(due.payload))
        story.tell(due.event(story.account))

    assert told == [GraceEnded, PeriodEnded]
    assert len(story.invoices) == 2


def two_codes() -> Story:
    """Return an invoice with a PIX code and a card's order that expire at one instant."""
    story = Story(JAN_1, method=PIX).start()
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=CARD), at=JAN_1)
    for payment in story.account.payments.values():
        taken = PaymentAuthorized(
            payment_id=payment.id,
            provider="sandbox",
            provider_reference="ch_1",
            expires_at=noon(JAN_2),
        )
        story.tell(taken, at=JAN_1)
    return story


def test_of_codes_that_expire_at_one_instant_every_process_sees_the_same_first() -> None:
    account = two_codes().account
    turned = replace(account, payments=dict(reversed(account.payments.items())))

    assert next_due_event(turned, POLICY) == next_due_event(account, POLICY)
    due = next_due_event(account, POLICY)
    assert due is not None
    assert due.payload == PaymentExpired(payment_id=min(account.payments))


def test_a_code_of_an_invoice_that_is_settled_does_not_expire() -> None:
    story = two_codes().pay(at=JAN_1)

    due = next_of(story)
    assert due is not None
    assert due.payload == PeriodEnded(on=FEB_1)


def test_a_code_that_was_asked_for_after_the_end_expires_too() -> None:
    story = paid(method=PIX).until(FEB_1).tell(CancellationRequested(immediately=True), at=FEB_1)
    assert next_of(story) is None

    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=PIX), at=FEB_1)
    taken = PaymentAuthorized(
        payment_id=story.payment().id,
        provider="sandbox",
        provider_reference="ch_1",
        expires_at=noon(date(2026, 2, 2)),
    )
    due = next_of(story.tell(taken, at=FEB_1))
    assert due is not None
    assert (due.at, type(due.payload)) == (noon(date(2026, 2, 2)), PaymentExpired)


def test_a_turn_of_the_clock_is_the_same_event_whichever_scheduler_computes_it() -> None:
    story = paid()
    due = next_of(story)
    assert due is not None

    one, other = due.event(story.account), due.event(story.account)

    assert one == other
    assert (one.source, one.occurred_at) == (Source.CLOCK, start_of_day(FEB_1, POLICY.timezone))
    assert one.dedupe_key == f"period_ended:{story.subscription.id}:2026-02-01"
    assert one.subscription_id == story.subscription.id
