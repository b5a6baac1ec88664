"""Rules 11 and 12: downgrades, the balance that they leave, and other intervals."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.errors.payments import InvoiceUnpaid
from ciclo.domain.events.commands import ChangeTiming, PlanChanged
from ciclo.domain.events.facts import PlanChangeDropped
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle import Outcome, change_drop_event
from ciclo.domain.period import BillingCycle, Period, start_of_day
from ciclo.domain.plan import Terms
from ciclo.domain.subscription import Status
from tests.builders import PIX, POLICY, Story, service, terms, unused
from tests.domain.plans import (
    BASIC,
    FEB_1,
    JAN_16,
    MAR_1,
    PLUS,
    STUDIO,
    YEARLY,
    lines,
    paid,
)

NOW, LATER = ChangeTiming.IMMEDIATE, ChangeTiming.PERIOD_END


# Downgrade


def _a_year(price: int, plan: str = "yearly") -> Terms:
    return terms(price, plan=plan, cycle=BillingCycle.ANNUAL)


def test_a_downgrade_waits_for_the_end_of_the_period() -> None:
    story = paid(PLUS).tell(PlanChanged(terms=BASIC), at=JAN_16)

    assert story.last.outcome is Outcome.CHANGE_SCHEDULED
    assert len(story.invoices) == 1
    assert (story.subscription.terms, story.subscription.pending_change) == (PLUS, BASIC)

    story.until(FEB_1)

    assert lines(story) == (service(BASIC, FEB_1, MAR_1, total_days=28, amount=2990),)
    assert (story.subscription.terms, story.subscription.pending_change) == (BASIC, None)


def test_a_scheduled_change_that_cannot_take_place_is_dropped_and_the_old_terms_go_on() -> None:
    story = paid(PLUS).tell(PlanChanged(terms=BASIC), at=JAN_16)
    drop = change_drop_event(story.account, POLICY)
    assert drop is not None
    assert drop.occurred_at == start_of_day(FEB_1, POLICY.timezone)

    story.tell(drop)
    assert (story.last.outcome, story.subscription.pending_change) == (Outcome.CHANGE_DROPPED, None)
    # Whoever says it again changes nothing, and there is nothing left to drop.
    assert story.tell(replace(drop, dedupe_key="again")).last.outcome is Outcome.IGNORED
    assert change_drop_event(story.account, POLICY) is None
    story.until(FEB_1)
    assert lines(story) == (service(PLUS, FEB_1, MAR_1, total_days=28, amount=5990),)


def test_another_scheduled_change_than_the_dropped_one_stays() -> None:
    story = paid(PLUS).tell(PlanChanged(terms=BASIC), at=JAN_16)
    story.tell(PlanChangeDropped(plan_id=STUDIO.plan_id), at=JAN_16)

    assert (story.last.outcome, story.subscription.pending_change) == (Outcome.IGNORED, BASIC)


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        # A year for 29900 is 2491.67 a month, which is less than 2990: the longer interval is up all the same
        (BASIC, YEARLY, Outcome.CHANGE_AWAITS_PAYMENT),
        # A month for 5990 is dearer than a year's month, and down
        (YEARLY, PLUS, Outcome.CHANGE_SCHEDULED),
        # 11995 and 12000 a year are 999.58 and 1000 a month, which round to the same
        (_a_year(12_000), _a_year(11_995, "other"), Outcome.CHANGE_SCHEDULED),
        (_a_year(11_995), _a_year(12_000, "other"), Outcome.CHANGE_AWAITS_PAYMENT),
        (_a_year(12_000), _a_year(12_000, "other"), Outcome.PLAN_CHANGED),
    ],
)
def test_up_or_down_is_decided_by_the_interval_and_then_by_the_exact_price(
    old: Terms, new: Terms, outcome: Outcome
) -> None:
    assert paid(old).tell(PlanChanged(terms=new), at=JAN_16).last.outcome is outcome


def test_an_upgrade_can_be_made_to_wait() -> None:
    story = paid().tell(PlanChanged(terms=PLUS, timing=LATER), at=JAN_16).until(FEB_1)

    assert lines(story) == (service(PLUS, FEB_1, MAR_1, total_days=28, amount=5990),)


def test_a_downgrade_now_puts_the_difference_on_the_balance() -> None:
    story = paid(PLUS).tell(PlanChanged(terms=BASIC, timing=NOW), at=JAN_16)

    assert lines(story) == (
        unused(PLUS, JAN_16, FEB_1, total_days=31, amount=-3092),
        service(BASIC, JAN_16, FEB_1, total_days=31, amount=1543),
    )
    # 1543 - 3092 = -1549
    assert (story.invoice.subtotal, story.invoice.credit_applied, story.invoice.total) == (-1549, -1549, 0)
    assert (story.invoice.status, story.account.credit) == (InvoiceStatus.PAID, 1549)


def test_the_next_invoices_use_the_balance_until_it_is_empty() -> None:
    story = paid(STUDIO).tell(PlanChanged(terms=BASIC, timing=NOW), at=JAN_16)
    # 12000 x 16/31 = 6193.55, less 1543 for the basic plan
    assert story.account.credit == 4651

    story.until(MAR_1)

    assert [(one.credit_applied, one.total, one.status) for one in story.invoices[2:]] == [
        (2990, 0, InvoiceStatus.PAID),
        (1661, 1329, InvoiceStatus.PENDING),
    ]
    assert story.account.credit == 0
    assert story.subscription.status is Status.ACTIVE


def test_days_that_were_not_paid_give_no_credit() -> None:
    story = paid(PLUS).until(FEB_1)

    with pytest.raises(InvoiceUnpaid):
        story.tell(PlanChanged(terms=BASIC, timing=NOW), at=date(2026, 2, 16))


def being_paid() -> Story:
    """Return one whose renewal of Jan 8 waits for its PIX code to be paid."""
    dec_8 = date(2025, 12, 8)
    return Story(dec_8, of=BASIC, method=PIX).start().pay(at=dec_8).until(date(2026, 1, 8))


def test_credit_that_came_from_unpaid_days_does_not_become_a_balance() -> None:
    story = being_paid()
    story.tell(PlanChanged(terms=PLUS), at=JAN_16).pay(at=JAN_16)
    _, first, second = story.invoices
    assert (first.status, second.status) == (InvoiceStatus.PENDING, InvoiceStatus.PAID)

    # What the second invoice charged was paid in part with days of the first one, which is still owed
    with pytest.raises(InvoiceUnpaid):
        story.tell(PlanChanged(terms=BASIC, timing=NOW), at=JAN_16)


def test_a_change_at_the_same_price_is_possible_while_the_period_is_being_paid() -> None:
    story = being_paid()
    story.tell(PlanChanged(terms=terms(2990, plan="other")), at=JAN_16)

    assert [one.total for one in story.invoices[1:]] == [2990, 0]


def test_an_upgrade_is_possible_while_the_period_is_being_paid() -> None:
    story = being_paid()
    feb_8 = date(2026, 2, 8)
    story.tell(PlanChanged(terms=PLUS), at=JAN_16)

    assert lines(story) == (
        # 23 of 31 days: 2990 x 23/31 = 2218.39 and 5990 x 23/31 = 4444.19
        unused(BASIC, JAN_16, feb_8, total_days=31, amount=-2218),
        service(PLUS, JAN_16, feb_8, total_days=31, amount=4444),
    )
    # The first invoice stays owed whole
    assert [one.total for one in story.account.open_invoices()] == [2990, 2226]


# Another interval


def test_another_interval_begins_a_full_period_on_the_day_of_the_change() -> None:
    story = paid().tell(PlanChanged(terms=YEARLY, timing=NOW), at=JAN_16).pay(at=JAN_16)

    assert lines(story) == (
        unused(BASIC, JAN_16, FEB_1, total_days=31, amount=-1543),
        service(YEARLY, JAN_16, date(2027, 1, 16), total_days=365, amount=29_900),
    )
    assert story.invoice.total == 28_357
    sub = story.subscription
    assert (sub.anchor, sub.period) == (JAN_16, Period(JAN_16, date(2027, 1, 16)))
    assert sub.next_billing_date == date(2027, 1, 16)


def test_from_a_year_to_a_month_the_rest_of_the_year_becomes_balance() -> None:
    story = paid(YEARLY).tell(PlanChanged(terms=BASIC, timing=NOW), at=MAR_1)

    assert lines(story) == (
        # Jan 1 2027 - Mar 1 = 306 of 365 days: 29900 x 306/365 = 25066.85
        unused(YEARLY, MAR_1, date(2027, 1, 1), total_days=365, amount=-25_067),
        service(BASIC, MAR_1, date(2026, 4, 1), total_days=31, amount=2990),
    )
    assert story.account.credit == 22_077


def test_another_interval_at_the_end_of_the_period_moves_the_anchor_there() -> None:
    story = paid(on=date(2026, 1, 31)).tell(PlanChanged(terms=YEARLY, timing=LATER), at=date(2026, 2, 10))
    story.until(date(2026, 2, 28))

    feb_28, in_a_year = date(2026, 2, 28), date(2027, 2, 28)
    assert lines(story) == (service(YEARLY, feb_28, in_a_year, total_days=365, amount=29_900),)
    assert (story.subscription.anchor, story.subscription.period) == (feb_28, Period(feb_28, in_a_year))


def test_the_same_interval_keeps_the_anchor_at_the_end_of_the_period() -> None:
    story = paid(PLUS, on=date(2026, 1, 31)).tell(PlanChanged(terms=BASIC), at=date(2026, 2, 10))
    story.until(date(2026, 3, 31))

    assert [one.period for one in story.invoices[1:]] == [
        Period(date(2026, 2, 28), date(2026, 3, 31)),
        Period(date(2026, 3, 31), date(2026, 4, 30)),
    ]
