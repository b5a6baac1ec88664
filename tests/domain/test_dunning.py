"""Rule 17: the days of a failing invoice."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from ciclo.domain.dunning import Dunning, grace_ends_on, register_failure, register_retry
from ciclo.domain.events.commands import CancellationRequested
from ciclo.domain.events.facts import DunningExhausted, GraceEnded, PaymentFailed, RetryDue
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle import Outcome, next_due_event
from ciclo.domain.period import start_of_day
from ciclo.domain.subscription import EndReason, Status
from tests.builders import POLICY, Story, noon
from tests.domain.failing import DEC_1, JAN_1, failing, january, retried_on, suspended

# The schedule


def test_retries_are_two_five_seven_and_seven_days_after_the_previous_attempt() -> None:
    story = failing()

    # 1 + 2 = 3, 3 + 5 = 8, 8 + 7 = 15, 15 + 7 = 22
    assert retried_on(story, january(31)) == [january(3), january(8), january(15), january(22)]
    assert story.payment().attempts == 5
    assert len(story.account.payments_of(story.invoice.id)) == 1


def test_the_first_failure_keeps_access_for_the_days_of_grace() -> None:
    story = failing()
    assert story.subscription.status is Status.PAST_DUE
    assert story.invoice.dunning == Dunning(started_on=JAN_1, tried_on=JAN_1, retry_on=january(3))

    retried_on(story, january(7))
    assert story.subscription.status is Status.PAST_DUE

    story.until(january(8)).decline(at=start_of_day(january(8), POLICY.timezone))
    # 1 + 7 = 8: the first day without access
    assert story.until(january(8)).subscription.status is Status.SUSPENDED


def test_the_last_failed_retry_ends_the_subscription() -> None:
    story = failing()
    retried_on(story, january(22))
    story.until(january(22))

    sub = story.subscription
    assert (sub.status, sub.end_reason) == (Status.CANCELLED, EndReason.NONPAYMENT)
    assert sub.ended_at == start_of_day(january(22), POLICY.timezone)
    # The debt stays
    assert story.invoice.status is InvoiceStatus.PENDING
    assert next_due_event(story.account, POLICY) is None


def test_while_a_retry_is_in_flight_nothing_else_happens() -> None:
    story = failing().until(january(3))

    assert story.last.outcome is Outcome.PAYMENT_RETRIED
    # Neither the retry of Jan 8 nor the end of grace: an answer is still to come
    assert story.until(january(31)).last.outcome is Outcome.PAYMENT_RETRIED
    assert story.subscription.status is Status.PAST_DUE


def test_the_last_retry_that_fails_late_ends_it_when_it_fails() -> None:
    story = failing()
    retried_on(story, january(21))
    story.until(january(22)).decline(at=noon(january(25))).until(january(25))

    # Not at the start of that day: nothing happens before its cause (rule 5)
    assert story.subscription.ended_at == noon(january(25))


def test_without_days_of_grace_access_ends_when_the_payment_fails() -> None:
    story = Story(DEC_1, policy=replace(POLICY, grace_days=0)).start().pay(at=DEC_1).until(JAN_1)
    story.decline(at=noon(JAN_1))

    assert story.subscription.due_at == noon(JAN_1)
    assert story.until(JAN_1).subscription.status is Status.SUSPENDED


def test_a_retry_that_fails_late_moves_the_next_one() -> None:
    story = failing().until(january(3)).decline(at=noon(january(10)))

    # 10 + 5 = 15: never two charges on one day because the answer to the first one took its time
    assert story.invoice.dunning == Dunning(
        started_on=JAN_1, retries=1, tried_on=january(10), retry_on=january(15)
    )


@pytest.mark.parametrize(
    ("retry_days", "retries", "ended_on"),
    [
        ((1,), [january(2)], january(2)),
        ((10, 10), [january(11), january(21)], january(21)),
        # Without retries the first failure is the last
        ((), [], JAN_1),
    ],
)
def test_the_schedule_is_data(retry_days: tuple[int, ...], retries: list[date], ended_on: date) -> None:
    story = Story(DEC_1, policy=replace(POLICY, retry_days=retry_days)).start().pay(at=DEC_1).until(JAN_1)
    story.decline(at=start_of_day(JAN_1, POLICY.timezone)).until(JAN_1)

    assert retried_on(story, january(31)) == retries
    assert story.subscription.ended_at == start_of_day(ended_on, POLICY.timezone)


@pytest.mark.parametrize(
    ("grace_days", "suspended_on"), [(0, JAN_1), (3, january(4)), (7, january(8)), (30, None)]
)
def test_so_are_the_days_of_grace(grace_days: int, suspended_on: date | None) -> None:
    story = Story(DEC_1, policy=replace(POLICY, grace_days=grace_days)).start().pay(at=DEC_1).until(JAN_1)
    story.decline(at=start_of_day(JAN_1, POLICY.timezone), code="lost_card")

    statuses = {january(day): story.until(january(day)).subscription.status for day in range(1, 23)}
    without_access = [day for day, status in statuses.items() if status is Status.SUSPENDED]
    assert min(without_access, default=None) == suspended_on


def test_days_are_the_sellers() -> None:
    # 01:30 UTC on Jan 2 is still Jan 1 in Sao Paulo
    story = Story(DEC_1).start().pay(at=DEC_1).until(JAN_1)
    story.decline(at=datetime.fromisoformat("2026-01-02T01:30:00+00:00"))

    assert story.invoice.dunning is not None
    assert story.invoice.dunning.retry_on == january(3)
    due = next_due_event(story.account, POLICY)
    assert due is not None
    assert due.at == start_of_day(january(3), POLICY.timezone)


def test_a_failure_that_is_dated_before_its_invoice_counts_from_the_invoices_day() -> None:
    # A notice may bear any date; a year of missed retries must not end the subscription at once
    story = Story(JAN_1, method=None).start()
    story.tell(PaymentFailed(amount=2990, currency="BRL"), at=date(2025, 1, 1)).until(JAN_1)

    assert story.subscription.status is Status.PENDING
    assert story.invoice.dunning == Dunning(started_on=JAN_1, tried_on=JAN_1, retry_on=january(3))


# What no longer applies


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(lambda id_: RetryDue(invoice_id=id_, on=january(3)), id="a retry"),
        pytest.param(lambda id_: GraceEnded(invoice_id=id_, on=january(8)), id="the end of grace"),
        pytest.param(lambda id_: DunningExhausted(invoice_id=id_, on=january(22)), id="the last retry"),
    ],
)
@pytest.mark.parametrize(
    "story",
    [
        pytest.param(failing().pay(at=january(2)), id="paid"),
        pytest.param(failing().tell(CancellationRequested(immediately=True), at=january(2)), id="ended"),
        pytest.param(failing().until(january(3)), id="being charged"),
        pytest.param(Story(DEC_1).start().pay(at=DEC_1).until(JAN_1), id="never failed"),
    ],
)
def test_a_turn_of_the_clock_that_no_longer_applies_is_ignored(story: Story, payload: object) -> None:
    before = story.account
    story.tell(payload(story.invoice.id), at=january(22))

    assert story.last.outcome is Outcome.IGNORED
    assert story.account == replace(
        before, subscription=replace(before.subscription, version=before.subscription.version + 1)
    )


def test_so_is_one_of_another_day_or_a_second_time() -> None:
    story = suspended()
    for payload in (
        RetryDue(invoice_id=story.invoice.id, on=january(3)),
        GraceEnded(invoice_id=story.invoice.id, on=january(8)),
        DunningExhausted(invoice_id=story.invoice.id, on=january(9)),
    ):
        story.tell(payload, at=january(9))
        assert story.last.outcome is Outcome.IGNORED


# The values


def test_the_earliest_of_several_failures_starts_the_schedule() -> None:
    one = register_failure(None, on=january(5), hard=False, policy=POLICY)

    assert register_failure(one, on=january(2), hard=True, policy=POLICY) == Dunning(
        started_on=january(2), tried_on=january(2), retry_on=january(4), hard=True
    )
    assert register_failure(one, on=january(9), hard=False, policy=POLICY) == one


def test_after_the_first_retry_the_schedule_counts_from_the_latest_attempt() -> None:
    one = register_retry(
        register_failure(None, on=january(5), hard=False, policy=POLICY), on=january(7), policy=POLICY
    )

    assert one == Dunning(started_on=january(5), retries=1, tried_on=january(7), retry_on=january(12))
    assert register_failure(one, on=january(2), hard=False, policy=POLICY) == replace(
        one, started_on=january(2)
    )
    assert register_failure(one, on=january(9), hard=False, policy=POLICY) == replace(
        one, tried_on=january(9), retry_on=january(14)
    )
    assert grace_ends_on(one, POLICY) == january(12)
