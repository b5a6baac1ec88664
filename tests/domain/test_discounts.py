"""Rules 34 and 35: what coupons take off, for how long, and what of it goes back."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.coupons.discount import DISCOUNTS_MAX, Discount, DiscountDuration
from ciclo.domain.coupons.discounted_lines import discount_lines
from ciclo.domain.errors.coupons import CouponAlreadyApplied, DiscountNotFound, TooManyDiscounts
from ciclo.domain.errors.subscriptions import AlreadyCancelled
from ciclo.domain.events.commands import (
    CancellationRefund,
    CancellationRequested,
    ChangeTiming,
    PlanChanged,
    Proration,
    SubscriptionPaused,
    SubscriptionResumed,
)
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.events.selling import DiscountApplied, DiscountRemoved
from ciclo.domain.invoice import Line, LineKind
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.metrics.movement import commitment_of, mrr_of
from ciclo.domain.period import BillingCycle, ChosenAnchor, Period
from ciclo.domain.plan import Terms
from ciclo.domain.proration import price_line
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, PIX, Story, service, terms
from tests.domain.calendars import CALENDAR, PLAN
from tests.domain.coupons import fixed, percent

ONCE, PERIODS, MONTHS = DiscountDuration.ONCE, DiscountDuration.PERIODS, DiscountDuration.MONTHS
STUDIO = terms(19_990, plan="studio", trial_days=0)
CHEAP = terms(2990, plan="cheap", trial_days=0)
YEAR = terms(35_000, plan="year", cycle=BillingCycle.ANNUAL, trial_days=0)
START = date(2027, 1, 1)


def told(*discounts: Discount, of: Terms = PLAN, on: date = START) -> Story:
    """Return a subscription that has *discounts*, with its first invoice paid."""
    story = Story(on, of=of, discounts=discounts).start()
    return story.pay(at=on) if story.invoice.is_open else story


def month(number: int, day: int = 1) -> date:
    return date(2027 + (number - 1) // 12, (number - 1) % 12 + 1, day)


def totals(story: Story, months: int) -> list[int]:
    """Return the totals of so many months, each paid on its day."""
    for number in range(2, months + 1):
        story.until(month(number))
        if story.invoice.is_open:
            story.pay(at=month(number))
    return [one.total for one in story.invoices]


def figures(line: Line) -> tuple[int, int, int]:
    return line.amount, line.discount, line.net


def left(story: Story) -> list[int | None]:
    return [one.left for one in story.subscription.discounts]


@pytest.mark.parametrize(
    ("discounts", "of", "expected"),
    [
        # 20 % of 79.90 = 15.98
        ([percent(2000, PERIODS, 3)], PLAN, [6392, 6392, 6392, 7990]),
        ([percent(2000, ONCE)], PLAN, [6392, 7990, 7990, 7990]),
        ([percent(2000)], PLAN, [6392, 6392, 6392, 6392]),
        ([percent(2000, MONTHS, 2)], PLAN, [6392, 6392, 7990, 7990]),
        # Never below nothing; an invoice of nothing counts, too.
        ([fixed(10_000, PERIODS, 2)], PLAN, [0, 0, 7990, 7990]),
        # Percents first, each on what is left: 79.90 - 15.98 = 63.92, - 6.39 = 57.53, - 30.00 = 27.53
        ([fixed(3000), percent(2000), percent(1000, code="DEZ")], PLAN, [2753] * 4),
        # 79.90 x 3 = 239.70, less 47.94
        ([percent(2000)], replace(PLAN, quantity=3), [19_176] * 4),
    ],
)
def test_a_discount_lasts_for_its_periods(discounts: list[Discount], of: Terms, expected: list[int]) -> None:
    assert totals(told(*discounts, of=of), 4) == expected


def test_a_line_says_which_of_its_periods_it_is() -> None:
    story = told(percent(2000, PERIODS, 3))
    totals(story, 2)

    (taken,) = story.invoice.lines[0].discounts
    assert (taken.code, taken.amount, taken.basis_points, taken.place, taken.count) == (
        "VERAO",
        1598,
        2000,
        2,
        3,
    )


def test_a_longer_cycle_is_discounted_for_its_months_only() -> None:
    """350.00 a year, 40 % for 4 months: 350.00 x 4/12 x 40 % = 46.67 off, 303.33 to pay (rule 34)."""
    story = told(percent(4000, MONTHS, 4), of=YEAR)

    (taken,) = story.invoice.lines[0].discounts
    assert (taken.amount, taken.months, taken.of_months, story.invoice.total) == (4667, 4, 12, 30_333)
    assert story.until(month(13)).invoice.total == 35_000
    assert left(story) == []


def test_months_that_a_cycle_leaves_are_of_the_next_one() -> None:
    quarter = terms(30_000, cycle=BillingCycle.QUARTERLY, trial_days=0)
    story = told(percent(5000, MONTHS, 4), of=quarter)

    # 4 months: all of the first quarter, and 1 of 3 months of the second one: 300.00 x 1/3 x 50 % = 50.00
    story.until(month(4)).pay(at=month(4))
    assert [one.total for one in story.invoices] == [15_000, 25_000]


def test_an_amount_is_prorated_with_its_line_and_never_more_than_it() -> None:
    """30.00 of 10 of 31 days of 29.90: the line is 9.65, and 30.00 x 10/31 = 9.68 are more (rule 34)."""
    on = date(2027, 1, 22)
    story = Story(on, of=CHEAP, discounts=(fixed(3000),), anchor=ChosenAnchor(day=1)).start()
    assert figures(story.invoice.lines[0]) == (965, 965, 0)

    half = Story(on, of=CHEAP, discounts=(fixed(1500),), anchor=ChosenAnchor(day=1)).start()
    assert figures(half.invoice.lines[0]) == (965, 484, 481)


def test_an_amount_over_several_lines_is_shared_by_largest_remainder() -> None:
    """30.00 on 79.90 + 15.00: 25.26 + 4.74 (rule 34)."""
    whole = service(PLAN, START, month(2), total_days=31, amount=7990)
    item = price_line(
        replace(whole, kind=LineKind.ONE_OFF, service=Period(START, START), total_days=0, unit_price=1500),
        1500,
    )
    lines = discount_lines([item, whole], [fixed(3000)], terms=PLAN, until=month(2))
    assert [line.discount for line in lines] == [474, 2526]
    lines = discount_lines([item], [fixed(3000)], terms=PLAN, until=month(2))
    assert [line.discount for line in lines] == [1500]


def test_an_upgrade_credits_what_was_paid_and_charges_what_it_costs() -> None:
    """[2027-01-31, 2027-02-28), 18 of 28 days: 51.36 - 10.27 back, 128.51 - 25.70 to charge (rule 35)."""
    on = date(2027, 1, 31)
    story = told(percent(2000, PERIODS, 3), on=on)
    story.tell(PlanChanged(terms=STUDIO), at=date(2027, 2, 10)).pay(at=date(2027, 2, 10))

    credit, charge = story.invoice.lines
    assert (figures(credit), figures(charge)) == ((-5136, -1027, -4109), (12_851, 2570, 10_281))
    assert (story.invoice.total, left(story)) == (6172, [2])
    assert [one.place for line in (credit, charge) for one in line.discounts] == [1, 1]
    # The next two periods have it still: 199.90 - 39.98
    story.until(date(2027, 2, 28)).pay(at=date(2027, 2, 28)).until(date(2027, 3, 31))
    assert [one.total for one in story.invoices[2:]] == [15_992, 15_992]


def test_taken_back_on_its_own_day_a_change_comes_to_nothing() -> None:
    story = told(percent(3333), fixed(777))
    story.tell(PlanChanged(terms=STUDIO), at=month(1, 10)).pay(at=month(1, 10))
    story.tell(PlanChanged(terms=PLAN, timing=ChangeTiming.IMMEDIATE), at=month(1, 10))

    assert sum(line.total for one in story.invoices[1:] for line in one.lines) == 0


def test_all_days_give_back_exactly_what_was_paid() -> None:
    story = told(percent(3333))
    paid = story.invoice.total
    story.tell(CancellationRequested(immediately=True, refund=CancellationRefund.CREDIT), at=START)

    assert story.account.credit == paid == 5327


def test_where_another_plan_has_no_discount_it_rests_and_goes_on_later() -> None:
    story = told(percent(2000, PERIODS, 3, plan_ids=(PLAN.plan_id,)))
    story.tell(PlanChanged(terms=STUDIO), at=month(1, 11)).pay(at=month(1, 11))

    # 21 of 31 days: 199.90 x 21/31 = 135.42
    assert figures(story.invoice.lines[1]) == (13_542, 0, 13_542)
    story.until(month(2)).pay(at=month(2))
    assert (story.invoice.total, left(story)) == (19_990, [2])
    story.tell(PlanChanged(terms=PLAN), at=month(2, 5)).until(month(3))
    assert (story.invoice.total, left(story)) == (6392, [1])


def test_one_that_is_for_other_cycles_rests_too() -> None:
    story = told(percent(2000, cycles=(BillingCycle.MONTHLY,)), of=YEAR)

    assert story.invoice.total == 35_000


@pytest.mark.parametrize(
    ("discount", "net", "expected"),
    [
        # Of 4 months one was for the month that is credited: the year has 4 of 12, 350.00 x 4/12 x 40 %
        (percent(4000, MONTHS, 4), 30_333, []),
        # The first of 3 periods goes over to the year.
        (percent(4000, PERIODS, 3), 21_000, [2]),
        (percent(4000, ONCE), 21_000, []),
        (percent(4000), 21_000, [None]),
    ],
)
def test_a_full_period_of_another_cycle_takes_the_place_of_the_one_that_is_credited(
    discount: Discount, net: int, expected: list[int | None]
) -> None:
    story = told(discount)
    story.tell(PlanChanged(terms=YEAR), at=month(1, 11)).pay(at=month(1, 11))

    assert story.invoice.lines[-1].net == net
    story.until(date(2028, 1, 11))
    assert [one for one in left(story) if one != 0] in (expected, [1] if expected == [2] else expected)


def test_a_full_period_that_credits_nothing_is_one_more() -> None:
    story = told(percent(2000, PERIODS, 3))
    change = PlanChanged(terms=STUDIO, proration=Proration.FULL)
    story.tell(change, at=month(1, 11)).pay(at=month(1, 11))

    assert (story.invoice.total, left(story)) == (15_992, [1])


def test_lines_that_wait_have_their_discount_when_they_are_made() -> None:
    story = told(percent(2000, ONCE))
    story.tell(PlanChanged(terms=STUDIO, proration=Proration.NEXT_INVOICE), at=month(1, 11)).until(month(2))

    # 21 of 31 days: 54.13 - 10.83 = 43.30 back, 135.42 - 27.08 = 108.34, and a full 199.90
    assert [line.net for line in story.invoice.lines] == [-4330, 10_834, 19_990]


def test_given_later_it_is_on_the_next_invoice_and_taken_away_it_is_on_no_other() -> None:
    story = told()
    story.tell(DiscountApplied(discount=percent(2000, PERIODS, 3)), at=month(1, 10))
    assert story.last.outcome is Outcome.DISCOUNT_APPLIED
    assert [one.total for one in story.invoices] == [7990]
    story.until(month(2)).pay(at=month(2))
    assert (story.invoice.total, left(story)) == (6392, [2])

    story.tell(DiscountRemoved(discount_id=percent(0).id), at=month(2, 10))
    assert story.last.outcome is Outcome.DISCOUNT_REMOVED
    assert story.until(month(3)).invoice.total == 7990


def test_a_change_uses_what_was_given_in_its_period_and_does_not_count() -> None:
    story = told()
    story.tell(DiscountApplied(discount=percent(2000, ONCE)), at=month(1, 10))
    story.tell(PlanChanged(terms=STUDIO), at=month(1, 11)).pay(at=month(1, 11))

    assert [line.discount for line in story.invoice.lines] == [0, 2708]
    assert left(story) == [1]


def test_a_subscription_has_so_many_discounts_and_each_coupon_once() -> None:
    story = told(*(percent(100, code=f"C{number}") for number in range(DISCOUNTS_MAX)))

    with pytest.raises(CouponAlreadyApplied):
        story.tell(DiscountApplied(discount=percent(100, code="C1")), at=START)
    with pytest.raises(TooManyDiscounts):
        story.tell(DiscountApplied(discount=percent(100, code="OTHER")), at=START)
    with pytest.raises(DiscountNotFound):
        story.tell(DiscountRemoved(discount_id=percent(100, code="OTHER").id), at=START)
    story.tell(CancellationRequested(immediately=True), at=START)
    with pytest.raises(AlreadyCancelled):
        story.tell(DiscountApplied(discount=percent(100, code="OTHER")), at=START)
    with pytest.raises(AlreadyCancelled):
        story.tell(DiscountRemoved(discount_id=percent(100, code="C1").id), at=START)


def test_what_lasts_for_ever_lessens_mrr_and_nothing_else_does() -> None:
    """20 % for ever on 3 x 79.90: 191.76 (rule 24)."""
    story = told(percent(2000), percent(5000, ONCE, code="ONCE"), of=replace(PLAN, quantity=3))
    assert mrr_of(story.subscription) == 19_176
    # (350.00 - 10 %) - 15.00 = 300.00 a year
    yearly = told(percent(1000), fixed(1500), of=YEAR)
    assert mrr_of(yearly.subscription) == 2500
    assert mrr_of(told(fixed(9000)).subscription) == 0

    story.tell(DiscountRemoved(discount_id=percent(0).id), at=month(1, 5))
    assert story.last.movement is not None
    assert (story.last.movement.before, story.last.movement.after) == (19_176, 23_970)
    story.tell(DiscountApplied(discount=percent(5000)), at=month(1, 6))
    story.tell(PlanChanged(terms=CHEAP), at=month(1, 7))
    assert (mrr_of(story.subscription), commitment_of(story.subscription)) == (11_985, 1495)


def test_a_pause_and_its_end_in_one_period_count_it_once() -> None:
    story = told(percent(2000, PERIODS, 2))
    story.tell(SubscriptionPaused(), at=month(1, 11)).tell(SubscriptionResumed(), at=month(1, 15))

    # 21 of 31 days: 54.13 - 10.83 = 43.30 back; 17 of 31: 43.82 - 8.76 = 35.06
    assert [one.amount for one in story.account.credit_notes] == [4330]
    assert (figures(story.invoice.lines[0]), left(story)) == ((4382, 876, 3506), [1])


def test_a_period_that_is_billed_ahead_counts_when_it_begins() -> None:
    story = Story(START, of=PLAN, method=BOLETO, policy=CALENDAR, discounts=(percent(2000, PERIODS, 2),))
    story.start().tell(PaymentSucceeded(amount=6392, currency="BRL"), at=START)
    story.until(month(1, 28))
    assert (len(story.invoices), story.invoice.total, left(story)) == (2, 6392, [1])

    # A change after it: it is withdrawn, and issued anew with the discount that it had.
    story.tell(PlanChanged(terms=CHEAP), at=month(1, 29)).until(month(1, 29))
    assert (len(story.invoices), story.invoice.total, left(story)) == (3, 2392, [1])
    story.tell(PaymentSucceeded(amount=2392, currency="BRL"), at=month(2)).until(month(2))
    assert (story.subscription.status, left(story)) == (Status.ACTIVE, [0])


def test_a_first_payment_that_came_late_moves_the_period_that_is_counted() -> None:
    story = Story(START, of=PLAN, method=PIX, policy=CALENDAR, discounts=(percent(2000, ONCE),)).start()
    story.pay(at=month(1, 10))
    assert story.subscription.period == Period(month(1, 10), month(2, 10))
    story.tell(PlanChanged(terms=STUDIO), at=month(1, 20)).pay(at=month(1, 20))

    # 21 of 31 days, still in the discounted period: 135.42 - 27.08
    assert story.invoice.lines[1].net == 10_834
