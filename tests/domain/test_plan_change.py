"""Rules 11, 13, 14: what a change replaces, changes at the boundary, and refusals."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError, CurrencyMismatch
from ciclo.domain.errors.subscriptions import AlreadyCancelled, SamePlan, SubscriptionNotActive
from ciclo.domain.events.commands import (
    CancellationRequested,
    ChangeTiming,
    InvoiceVoided,
    PlanChanged,
    SubscriptionPaused,
)
from ciclo.domain.events.event import Payload
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.lifecycle import Outcome, apply
from ciclo.domain.subscription import Coverage
from tests.builders import POLICY, Story, event, service, terms, unused
from tests.domain.plans import (
    BASIC,
    FEB_1,
    JAN_1,
    JAN_11,
    JAN_16,
    MAR_1,
    PLUS,
    STUDIO,
    lines,
    paid,
)

NOW, LATER = ChangeTiming.IMMEDIATE, ChangeTiming.PERIOD_END


# What a change replaces


def test_a_later_change_replaces_the_scheduled_one() -> None:
    story = paid(STUDIO).tell(PlanChanged(terms=PLUS), at=JAN_11).tell(PlanChanged(terms=BASIC), at=JAN_16)

    assert story.subscription.pending_change == BASIC


def test_going_back_to_the_present_plan_drops_the_scheduled_change() -> None:
    story = paid(PLUS).tell(PlanChanged(terms=BASIC), at=JAN_11).tell(PlanChanged(terms=PLUS), at=JAN_16)

    assert story.last.outcome is Outcome.CHANGE_DROPPED
    assert story.subscription.pending_change is None


def test_a_change_now_clears_the_scheduled_one() -> None:
    story = paid(PLUS).tell(PlanChanged(terms=BASIC), at=JAN_11)
    story.tell(PlanChanged(terms=STUDIO), at=JAN_16).pay(at=JAN_16)
    assert (story.subscription.terms, story.subscription.pending_change) == (STUDIO, None)


def test_a_cancellation_replaces_the_scheduled_change() -> None:
    story = paid(PLUS).tell(PlanChanged(terms=BASIC), at=JAN_11).tell(CancellationRequested(), at=JAN_16)

    assert (story.subscription.pending_change, story.subscription.cancel_at_period_end) == (None, True)


@pytest.mark.parametrize("timing", [NOW, LATER])
def test_a_change_takes_a_scheduled_end_back(timing: ChangeTiming) -> None:
    story = paid().tell(CancellationRequested(reason="too dear"), at=JAN_11)
    story.tell(PlanChanged(terms=PLUS, timing=timing), at=JAN_16)
    if timing is NOW:
        story.pay(at=JAN_16)

    sub = story.subscription
    assert (sub.cancel_at_period_end, sub.cancel_reason, sub.next_billing_date) == (False, None, FEB_1)


@pytest.mark.parametrize("timing", [None, NOW])
def test_an_upgrade_that_waits_can_be_made_at_once(timing: ChangeTiming | None) -> None:
    story = paid().tell(PlanChanged(terms=PLUS, timing=LATER), at=JAN_11)
    story.tell(PlanChanged(terms=PLUS, timing=timing), at=JAN_16).pay(at=JAN_16)

    assert (story.subscription.terms, story.subscription.pending_change) == (PLUS, None)


@pytest.mark.parametrize("timing", [None, NOW])
def test_a_change_on_the_boundary_is_the_next_periods_price(timing: ChangeTiming | None) -> None:
    # The clock has not been here yet: the new period is not billed
    story = paid().tell(PlanChanged(terms=PLUS, timing=timing), at=FEB_1)

    assert story.last.outcome is Outcome.CHANGE_SCHEDULED
    assert len(story.invoices) == 1

    story.until(FEB_1)

    assert lines(story) == (service(PLUS, FEB_1, MAR_1, total_days=28, amount=5990),)


def test_a_period_that_was_paid_in_advance_changes_whole() -> None:
    jan_8, feb_8 = date(2026, 1, 8), date(2026, 2, 8)
    story = Story(JAN_1, of=BASIC, trial_days=7).start()
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=date(2026, 1, 3))
    story.tell(PlanChanged(terms=PLUS), at=date(2026, 1, 5))

    assert lines(story) == (
        unused(BASIC, jan_8, feb_8, total_days=31, amount=-2990),
        service(PLUS, jan_8, feb_8, total_days=31, amount=5990),
    )


def test_the_same_change_computed_twice_is_the_same_to_the_cent() -> None:
    story = paid()
    change = event(PlanChanged(terms=PLUS), at=JAN_16)

    preview, decision = (apply(story.account, change, POLICY) for _ in range(2))

    assert preview == decision


def test_after_a_voided_period_a_change_credits_nothing() -> None:
    story = paid().until(FEB_1).decline(at=FEB_1)
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=date(2026, 2, 2))
    story.tell(PlanChanged(terms=PLUS), at=date(2026, 2, 15))

    # Mar 1 - Feb 15 = 14 of 28 days
    assert lines(story) == (service(PLUS, date(2026, 2, 15), MAR_1, total_days=28, amount=2995),)


def test_what_bills_the_period_is_the_newest_charge() -> None:
    story = paid().tell(PlanChanged(terms=PLUS), at=JAN_16).pay(at=JAN_16)

    assert story.subscription.coverage == Coverage(invoice_id=story.invoice.id, line=lines(story)[1])


# Refusals


def scheduled() -> Story:
    return paid(PLUS).tell(PlanChanged(terms=BASIC), at=JAN_11)


@pytest.mark.parametrize(
    ("story", "change", "refusal", "code", "field"),
    [
        (paid(), PlanChanged(terms=BASIC), SamePlan, ErrorCode.SAME_PLAN, ("plan_id",)),
        # What a plan is called by now makes no difference
        (
            paid(),
            PlanChanged(terms=replace(BASIC, plan_name="Basic, renamed")),
            SamePlan,
            ErrorCode.SAME_PLAN,
            ("plan_id",),
        ),
        (scheduled(), PlanChanged(terms=BASIC), SamePlan, ErrorCode.SAME_PLAN, ("plan_id",)),
        (
            paid(),
            PlanChanged(terms=terms(990, plan="dollars", currency="USD")),
            CurrencyMismatch,
            ErrorCode.CURRENCY_MISMATCH,
            ("plan_id",),
        ),
        (
            paid().tell(CancellationRequested(immediately=True), at=JAN_11),
            PlanChanged(terms=PLUS),
            AlreadyCancelled,
            ErrorCode.ALREADY_CANCELLED,
            ("subscription_id",),
        ),
        (
            Story(JAN_1).start(),
            PlanChanged(terms=PLUS),
            SubscriptionNotActive,
            ErrorCode.SUBSCRIPTION_NOT_ACTIVE,
            ("subscription_id",),
        ),
        (
            Story(JAN_1).start().decline(at=JAN_1),
            PlanChanged(terms=PLUS),
            SubscriptionNotActive,
            ErrorCode.SUBSCRIPTION_NOT_ACTIVE,
            ("subscription_id",),
        ),
        (
            paid().tell(SubscriptionPaused(), at=JAN_11),
            PlanChanged(terms=PLUS),
            SubscriptionNotActive,
            ErrorCode.SUBSCRIPTION_NOT_ACTIVE,
            ("subscription_id",),
        ),
    ],
)
def test_a_change_is_refused(
    *, story: Story, change: Payload, refusal: type[BillingError], code: ErrorCode, field: tuple[str, ...]
) -> None:
    before = story.account

    with pytest.raises(refusal) as refused:
        story.tell(change, at=JAN_16)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert story.account is before
