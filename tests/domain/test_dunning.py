"""Rules 17 to 19: failed payments, retries, grace, giving up, and codes that wait."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from ciclo.domain.dunning import Dunning, fallen, grace_ends_on, retried
from ciclo.domain.events import (
    CancellationRequested,
    DunningExhausted,
    GraceEnded,
    InvoicePaymentRequested,
    PaymentAuthorized,
    PaymentExpired,
    PaymentFailed,
    PaymentMethodUpdated,
    PlanChanged,
    RetryDue,
)
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle import Outcome, next_due
from ciclo.domain.payment import PaymentMethod, PaymentStatus
from ciclo.domain.period import Period, start_of_day
from ciclo.domain.subscription import EndReason, Status
from tests.builders import BOLETO, CARD, OTHER_CARD, PIX, POLICY, Story, noon, terms

DEC_1, JAN_1, FEB_1 = date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)


def january(day: int) -> date:
    return date(2026, 1, day)


def failing(*, method: PaymentMethod = CARD, code: str = "insufficient_funds", hard: bool = False) -> Story:
    """Return a subscription whose renewal of Jan 1 failed on that day."""
    story = Story(DEC_1, method=method).start().pay(at=DEC_1).until(JAN_1)
    return story.decline(at=start_of_day(JAN_1, POLICY.timezone), code=code, hard=hard)


def retried_on(story: Story, until: date) -> list[date]:
    """Let every retry fail at once up to *until*, and return the days on which they were made."""
    days = []
    day = story.invoice.due_on
    while day < until:
        day += timedelta(days=1)
        retries = story.payment().attempts
        story.until(day)
        if story.payment().attempts > retries:
            days.append(day)
            story.decline(at=start_of_day(day, POLICY.timezone))
    return days


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
    assert next_due(story.account, POLICY) is None


def test_while_a_retry_is_in_flight_nothing_else_happens() -> None:
    story = failing().until(january(3))

    assert story.last.outcome is Outcome.PAYMENT_RETRIED
    # Neither the retry of Jan 8 nor the end of grace: an answer is still to come
    assert story.until(january(31)).last.outcome is Outcome.PAYMENT_RETRIED
    assert story.subscription.status is Status.PAST_DUE


def test_the_last_retry_that_fails_late_ends_it_on_that_day() -> None:
    story = failing()
    retried_on(story, january(21))
    story.until(january(22)).decline(at=noon(january(25))).until(january(25))

    assert story.subscription.ended_at == start_of_day(january(25), POLICY.timezone)


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
    due = next_due(story.account, POLICY)
    assert due is not None
    assert due.at == start_of_day(january(3), POLICY.timezone)


def test_a_failure_that_is_dated_before_its_invoice_counts_from_the_invoices_day() -> None:
    # A notice may bear any date; a year of missed retries must not end the subscription at once
    story = Story(JAN_1, method=None).start()
    story.tell(PaymentFailed(amount=2990, currency="BRL"), at=date(2025, 1, 1)).until(JAN_1)

    assert story.subscription.status is Status.PAST_DUE
    assert story.invoice.dunning == Dunning(started_on=JAN_1, tried_on=JAN_1, retry_on=january(3))


# Suspended


def suspended() -> Story:
    story = failing()
    retried_on(story, january(9))
    assert story.subscription.status is Status.SUSPENDED
    return story


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

    # Paid in the skipped period it goes on; the next period is billed at its boundary
    story.pay(at=date(2026, 2, 10), invoice=story.invoices[1])
    assert story.subscription.status is Status.ACTIVE
    story.tell(PlanChanged(terms=terms(5990, plan="plus")), at=date(2026, 2, 15))
    assert [line.amount for line in story.invoice.lines] == [2995]
    assert story.until(date(2026, 3, 1)).invoice.period == Period(date(2026, 3, 1), date(2026, 4, 1))


def test_a_suspended_subscription_that_was_to_end_ends_at_its_boundary() -> None:
    policy = replace(POLICY, retry_days=(2, 5, 40))
    story = Story(DEC_1, policy=policy).start().pay(at=DEC_1).until(JAN_1)
    story.decline(at=start_of_day(JAN_1, POLICY.timezone)).tell(CancellationRequested(), at=january(2))
    retried_on(story, january(9))
    assert story.subscription.status is Status.SUSPENDED

    story.until(FEB_1)
    assert (story.subscription.end_reason, len(story.invoices)) == (EndReason.REQUESTED, 2)


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


# PIX and boleto


@pytest.mark.parametrize("method", [PIX, BOLETO], ids=["pix", "boleto"])
def test_what_waits_to_be_paid_is_neither_retried_nor_dunned(method: PaymentMethod) -> None:
    story = Story(DEC_1, method=method).start().pay(at=DEC_1).until(january(31))

    assert (story.subscription.status, story.invoice.dunning) == (Status.ACTIVE, None)
    assert (story.payment().status, story.payment().attempts) == (PaymentStatus.PENDING, 1)


def expiring(method: PaymentMethod = PIX) -> Story:
    story = Story(DEC_1, method=method).start().pay(at=DEC_1).until(JAN_1)
    taken = PaymentAuthorized(
        payment_id=story.payment().id,
        provider="sandbox",
        provider_reference="ch_1",
        expires_at=noon(january(2)),
    )
    return story.tell(taken, at=JAN_1)


@pytest.mark.parametrize("method", [PIX, BOLETO], ids=["pix", "boleto"])
def test_a_code_that_expires_unpaid_starts_dunning_without_charges(method: PaymentMethod) -> None:
    story = expiring(method).until(january(2))

    assert (story.subscription.status, story.last.outcome) == (Status.PAST_DUE, Outcome.PAYMENT_FAILED)
    assert (story.payment().status, story.payment().failure_code) == (PaymentStatus.FAILED, "expired")
    assert story.invoice.dunning == Dunning(started_on=january(2), tried_on=january(2), retry_on=january(4))

    story.until(january(31))
    assert len(story.account.payments_of(story.invoice.id)) == 1
    # 2 + 2 + 5 + 7 + 7 = 23
    assert story.subscription.ended_at == start_of_day(january(23), POLICY.timezone)


def test_a_new_code_can_be_had_and_stops_the_days_until_it_expires() -> None:
    story = expiring().until(january(2))
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id), at=january(3))

    first, second = story.account.payments_of(story.invoice.id)
    assert (first.status, second.status) == (PaymentStatus.FAILED, PaymentStatus.PENDING)
    assert story.until(january(31)).subscription.status is Status.PAST_DUE
    assert story.pay(at=january(31)).subscription.status is Status.ACTIVE


def test_a_code_that_was_paid_does_not_expire() -> None:
    story = expiring().pay(at=january(2))
    story.tell(PaymentExpired(payment_id=story.payment().id), at=january(2))

    assert (story.last.outcome, story.payment().status) == (Outcome.IGNORED, PaymentStatus.COMPLETED)


def test_money_for_an_expired_code_still_counts() -> None:
    story = expiring().until(january(3)).pay(at=january(3))

    assert (story.subscription.status, story.invoice.status) == (Status.ACTIVE, InvoiceStatus.PAID)


def test_an_invoice_that_a_card_pays_has_its_codes_closed() -> None:
    story = expiring()
    code = story.payment()
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=CARD), at=JAN_1).pay(at=JAN_1)

    closed = story.account.payments[code.id]
    assert (closed.status, closed.failure_code, closed.failed_at) == (
        PaymentStatus.FAILED,
        "superseded",
        noon(JAN_1),
    )
    assert story.until(january(3)).invoice.dunning is None


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
    one = fallen(None, on=january(5), hard=False, policy=POLICY)

    assert fallen(one, on=january(2), hard=True, policy=POLICY) == Dunning(
        started_on=january(2), tried_on=january(2), retry_on=january(4), hard=True
    )
    assert fallen(one, on=january(9), hard=False, policy=POLICY) == one


def test_after_the_first_retry_the_schedule_counts_from_the_latest_attempt() -> None:
    one = retried(fallen(None, on=january(5), hard=False, policy=POLICY), on=january(7), policy=POLICY)

    assert one == Dunning(started_on=january(5), retries=1, tried_on=january(7), retry_on=january(12))
    assert fallen(one, on=january(2), hard=False, policy=POLICY) == replace(one, started_on=january(2))
    assert fallen(one, on=january(9), hard=False, policy=POLICY) == replace(
        one, tried_on=january(9), retry_on=january(14)
    )
    assert grace_ends_on(one, POLICY) == january(12)
