"""Rule 14: a change that takes effect at once is billed now, later, not at all, or in full."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.errors.general import BillingError
from ciclo.domain.errors.payments import InvoiceUnpaid, NoPaymentMethod
from ciclo.domain.errors.subscriptions import CancellationScheduled
from ciclo.domain.events.commands import (
    CancellationRefund,
    CancellationRequested,
    ChangeTiming,
    PlanChanged,
    Proration,
    RefundCreated,
    SubscriptionPaused,
    SubscriptionResumed,
)
from ciclo.domain.events.orders import ChargeRequested
from ciclo.domain.ids import RefundId
from ciclo.domain.invoice import InvoiceKind, InvoiceStatus, Line
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.period import Period
from ciclo.domain.plan import Terms
from ciclo.domain.proration import shorten_line
from ciclo.domain.subscription import Status
from tests.builders import POLICY, Story, service, terms, unused
from tests.domain.plans import (
    BASIC,
    FEB_1,
    JAN_1,
    JAN_8,
    JAN_11,
    JAN_16,
    JAN_21,
    MAR_1,
    PLUS,
    STUDIO,
    YEARLY,
    lines,
    paid,
)

FEB_10, FEB_16, MAR_10 = date(2026, 2, 10), date(2026, 2, 16), date(2026, 3, 10)
JAN_25 = date(2026, 1, 25)


def change(to: Terms, proration: Proration) -> PlanChanged:
    return PlanChanged(terms=to, timing=ChangeTiming.IMMEDIATE, proration=proration)


def later(to: Terms = PLUS) -> PlanChanged:
    return change(to, Proration.NEXT_INVOICE)


def waiting(of: Terms = BASIC, to: Terms = PLUS, *, on: date = JAN_16) -> Story:
    """Return a paid subscription of January whose change waits for the next invoice."""
    return paid(of).tell(later(to), at=on)


def amounts(found: tuple[Line, ...]) -> list[int]:
    return [line.amount for line in found]


# With the next invoice


def test_a_change_that_is_billed_later_takes_effect_at_once_and_asks_for_nothing() -> None:
    story = waiting()

    sub = story.subscription
    assert (story.last.outcome, sub.terms, sub.awaited_change) == (Outcome.PLAN_CHANGED, PLUS, None)
    assert (len(story.invoices), story.last.follow_ups) == (1, ())
    assert story.last.movement is not None
    assert story.last.movement.after == 5990
    # 2990 x 16/31 = 1543.23; 5990 x 16/31 = 3091.61
    assert sub.waiting_lines == (
        unused(BASIC, JAN_16, FEB_1, total_days=31, amount=-1543),
        service(PLUS, JAN_16, FEB_1, total_days=31, amount=3092),
    )


def test_its_lines_are_billed_with_the_renewal() -> None:
    story = waiting()
    waits = story.subscription.waiting_lines
    story.until(FEB_1)

    assert lines(story) == (*waits, service(PLUS, FEB_1, MAR_1, total_days=28, amount=5990))
    # 5990 + 3092 - 1543
    assert (story.invoice.total, story.invoice.period) == (7539, Period(FEB_1, MAR_1))
    assert story.subscription.waiting is None
    assert story.pay(at=FEB_1).until(MAR_1).invoice.total == 5990


def test_what_a_downgrade_gives_back_comes_off_the_renewal() -> None:
    story = waiting(PLUS, BASIC)
    assert story.account.credit == 0
    story.until(FEB_1)

    # 2990 + 1543 - 3092
    assert (story.invoice.total, story.account.credit) == (1441, 0)


def test_what_is_more_than_the_renewal_goes_onto_the_balance() -> None:
    # 12000 x 30/31 = 11612.90; 2990 x 30/31 = 2893.55: 2894 - 11613 = -8719, and 2990 - 8719 = -5729
    story = waiting(STUDIO, BASIC, on=date(2026, 1, 2)).until(FEB_1)

    assert (story.invoice.status, story.invoice.total) == (InvoiceStatus.PAID, 0)
    assert story.account.credit == 5729


def test_the_days_that_wait_to_be_credited_cannot_go_back_twice_meanwhile() -> None:
    assert waiting().invoices[0].credited == 1543


def test_what_waits_has_its_tax() -> None:
    policy = replace(POLICY, tax_basis_points=1000)
    story = Story(JAN_1, of=BASIC, policy=policy).start().pay(at=JAN_1).tell(later(), at=JAN_16)

    assert [line.tax for line in story.subscription.waiting_lines] == [-154, 309]
    # 3092 + 309 - 1543 - 154 + 5990 + 599
    assert story.until(FEB_1).invoice.total == 8293


def test_a_second_one_shortens_what_waits_instead_of_crediting_it() -> None:
    story = waiting(on=JAN_11).tell(later(STUDIO), at=JAN_21)

    # 2990 x 21/31 = 2025.48; 5990 x 10/31 = 1932.26; 12000 x 11/31 = 4258.06
    assert story.subscription.waiting_lines == (
        unused(BASIC, JAN_11, FEB_1, total_days=31, amount=-2025),
        service(PLUS, JAN_11, JAN_21, total_days=31, amount=1932),
        service(STUDIO, JAN_21, FEB_1, total_days=31, amount=4258),
    )
    assert story.until(FEB_1).invoice.total == 12_000 + 4258 + 1932 - 2025


def test_taken_back_on_its_day_it_comes_to_nothing() -> None:
    story = waiting().tell(later(BASIC), at=JAN_16)

    assert amounts(story.subscription.waiting_lines) == [-1543, 1543]
    assert story.until(FEB_1).invoice.total == 2990


def test_a_free_plan_has_nothing_to_credit() -> None:
    story = waiting(terms(0, plan="free"), PLUS)
    assert amounts(story.subscription.waiting_lines) == [3092]
    assert story.tell(later(BASIC), at=JAN_16).until(FEB_1).invoice.total == 2990 + 1543


def test_an_invoice_that_comes_before_the_renewal_has_them() -> None:
    story = waiting(on=JAN_11)
    waits = story.subscription.waiting
    story.tell(change(STUDIO, Proration.NOW), at=JAN_21)

    assert amounts(lines(story)) == [-2025, 1932, 4258]
    assert story.invoice.total == 4165
    assert (story.subscription.terms, story.subscription.waiting) == (PLUS, waits)
    story.pay(at=JAN_21)
    assert (story.subscription.terms, story.subscription.waiting) == (STUDIO, None)
    assert story.until(FEB_1).invoice.total == 12_000


def test_if_that_is_not_paid_they_wait_on() -> None:
    story = waiting(on=JAN_11)
    before = story.subscription.waiting
    story.tell(change(STUDIO, Proration.NOW), at=JAN_21).decline(at=JAN_21).until(JAN_21)

    assert (story.last.outcome, story.subscription.terms) == (Outcome.CHANGE_DROPPED, PLUS)
    assert (story.subscription.waiting, story.invoices[0].credited) == (before, 2025)
    # 5990 x 21/31 = 4057.74
    assert story.until(FEB_1).invoice.total == 5990 + 4058 - 2025


def test_another_interval_is_billed_at_once_for_its_period_begins_today() -> None:
    now, told = (
        paid().tell(change(YEARLY, how), at=JAN_16) for how in (Proration.NOW, Proration.NEXT_INVOICE)
    )

    assert (lines(told), told.last.outcome) == (lines(now), Outcome.CHANGE_AWAITS_PAYMENT)
    assert told.subscription.waiting is None


def test_seats_of_a_subscription_that_is_to_end_cannot_wait_for_an_invoice() -> None:
    story = paid().tell(CancellationRequested(), at=JAN_11)

    with pytest.raises(CancellationScheduled):
        story.tell(later(replace(BASIC, quantity=2)), at=JAN_16)
    # A change of plan takes the end back
    assert story.tell(later(), at=JAN_16).until(FEB_1).invoice.total == 7539


@pytest.mark.parametrize("proration", [Proration.NOW, Proration.NEXT_INVOICE])
def test_days_that_were_not_paid_give_nothing_back(proration: Proration) -> None:
    story = paid(PLUS).until(FEB_1)

    with pytest.raises(InvoiceUnpaid):
        story.tell(change(BASIC, proration), at=FEB_10)


def test_a_change_at_the_boundary_or_for_the_end_of_the_period_has_no_lines() -> None:
    on_the_day = paid().tell(later(), at=FEB_1)
    scheduled = paid().tell(replace(later(), timing=ChangeTiming.PERIOD_END), at=JAN_16)

    for story in (on_the_day, scheduled):
        assert (story.subscription.pending_change, story.subscription.waiting) == (PLUS, None)


@pytest.mark.parametrize("proration", Proration)
def test_in_a_trial_a_change_is_free_in_any_case(proration: Proration) -> None:
    story = Story(JAN_1, of=BASIC, trial_days=7).start()
    story.tell(change(replace(PLUS, trial_days=7), proration), at=date(2026, 1, 5))

    assert (story.invoices, story.subscription.waiting) == ((), None)
    assert story.until(JAN_8).invoice.total == 5990


# While it is paused


def test_a_pause_gives_back_what_was_paid_less_what_was_served() -> None:
    # 2025 were paid for the days from Jan 11; ten days of Plus cost 1932
    story = waiting(on=JAN_11).tell(SubscriptionPaused(), at=JAN_21)

    (note,) = story.account.credit_notes
    assert (note.invoice_id, note.amount, amounts(note.lines)) == (story.invoices[0].id, 93, [-2025, 1932])
    assert (story.account.credit, story.subscription.waiting) == (93, None)


def test_what_was_served_and_not_paid_is_billed_with_the_resumption() -> None:
    # 12000 x 10/31 = 3870.97; 12000 x 7/31 = 2709.68
    story = waiting(BASIC, STUDIO, on=JAN_11).tell(SubscriptionPaused(), at=JAN_21)
    assert (story.account.credit, amounts(story.subscription.waiting_lines)) == (0, [-2025, 3871])

    story.tell(SubscriptionResumed(), at=JAN_25)
    assert (story.invoice.kind, amounts(lines(story))) == (InvoiceKind.RESUMPTION, [-2025, 3871, 2710])
    assert story.subscription.waiting is None


def test_a_pause_that_does_not_end_keeps_what_was_served_owed() -> None:
    story = waiting(BASIC, STUDIO, on=JAN_11).tell(SubscriptionPaused(), at=JAN_21)
    story.tell(CancellationRequested(immediately=True), at=JAN_25)

    assert (story.invoice.status, story.invoice.total) == (InvoiceStatus.PENDING, 3871 - 2025)


# If it ends before


def charges(story: Story) -> list[object]:
    return [one for one in story.last.follow_ups if isinstance(one.payload, ChargeRequested)]


def test_at_the_end_of_the_period_it_is_owed_and_nobody_is_charged() -> None:
    story = waiting().tell(CancellationRequested(), at=JAN_21).until(FEB_1)

    assert (story.subscription.status, charges(story)) == (Status.CANCELLED, [])
    assert (story.invoice.status, story.invoice.total) == (InvoiceStatus.PENDING, 1549)
    assert (story.invoice.period, story.subscription.waiting) == (Period(JAN_16, FEB_1), None)


def test_what_a_downgrade_gives_back_goes_onto_the_balance_at_the_end() -> None:
    story = waiting(PLUS, BASIC).tell(CancellationRequested(), at=JAN_21).until(FEB_1)

    assert (len(story.invoices), story.account.credit) == (1, 1549)


def test_ended_at_once_only_days_that_were_served_are_reckoned() -> None:
    # 5 days: 2990 x 5/31 = 482.26, 5990 x 5/31 = 966.13
    story = waiting().tell(CancellationRequested(immediately=True), at=JAN_21)

    assert lines(story) == (
        unused(BASIC, JAN_16, JAN_21, total_days=31, amount=-482),
        service(PLUS, JAN_16, JAN_21, total_days=31, amount=966),
    )
    assert (story.invoice.total, story.invoices[0].credited) == (484, 482)


def test_ended_at_once_with_credit_the_unused_days_come_back_too() -> None:
    prorated = CancellationRequested(immediately=True, refund=CancellationRefund.CREDIT)
    story = waiting().tell(prorated, at=JAN_21)

    # 1543 were paid for the days from Jan 16, of which five were served for 966
    assert (len(story.invoices), story.account.credit) == (1, 577)


def test_days_that_were_not_paid_do_not_come_back_at_the_end() -> None:
    prorated = CancellationRequested(immediately=True, refund=CancellationRefund.CREDIT)
    story = paid().until(FEB_1).tell(later(), at=FEB_10).tell(prorated, at=FEB_16)

    # 6 of 28 days: 2990 x 6/28 = 640.71, 5990 x 6/28 = 1283.57
    assert (amounts(lines(story)), story.account.credit) == ([-641, 1284], 0)


def test_ended_after_a_free_plan_the_days_that_were_served_are_owed() -> None:
    story = waiting(terms(0, plan="free"), PLUS).tell(CancellationRequested(immediately=True), at=JAN_21)

    assert (amounts(lines(story)), story.account.credit) == ([966], 0)


def test_ended_on_its_day_it_leaves_nothing() -> None:
    story = waiting().tell(CancellationRequested(immediately=True), at=JAN_16)

    assert (len(story.invoices), story.invoices[0].credited) == (1, 0)


def test_ended_for_nonpayment_it_is_owed_as_well() -> None:
    story = paid().until(FEB_1).tell(later(), at=FEB_10).decline(at=FEB_10, hard=True).until(MAR_10)

    assert story.subscription.status is Status.CANCELLED
    assert [one.status for one in story.invoices[1:]] == [InvoiceStatus.PENDING] * 2


# No lines


def test_without_lines_the_new_price_is_that_of_the_next_period() -> None:
    story = paid().tell(change(PLUS, Proration.NONE), at=JAN_16)
    assert (story.subscription.terms, len(story.invoices), story.subscription.waiting) == (PLUS, 1, None)

    assert lines(story.until(FEB_1)) == (service(PLUS, FEB_1, MAR_1, total_days=28, amount=5990),)


def test_what_was_billed_is_credited_later_and_not_the_new_price() -> None:
    story = paid().tell(change(PLUS, Proration.NONE), at=JAN_11)
    story.tell(change(STUDIO, Proration.NOW), at=JAN_16)

    assert amounts(lines(story)) == [-1543, 6194]  # 12000 x 16/31 = 6193.55


def test_without_lines_another_interval_begins_with_the_next_period() -> None:
    story = paid().tell(change(YEARLY, Proration.NONE), at=JAN_16)
    assert (story.subscription.terms, story.subscription.period) == (YEARLY, Period(JAN_1, FEB_1))

    story.until(FEB_1)
    assert (story.invoice.total, story.invoice.period) == (29_900, Period(FEB_1, date(2027, 2, 1)))


def test_before_that_a_change_begins_its_own_period_where_the_rest_is_none_of_its_interval() -> None:
    story = paid(YEARLY).tell(change(PLUS, Proration.NONE), at=JAN_16)
    seats = change(replace(PLUS, quantity=2), Proration.NOW)

    # Of the year that was billed, 29900 x 350/365 = 28671.23 are unused
    story.tell(seats, at=JAN_16)
    assert (amounts(lines(story)), story.invoice.period) == ([-28_671, 11_980], Period(JAN_16, FEB_16))
    assert story.subscription.anchor == JAN_16


def test_in_the_last_month_of_a_year_that_runs_on_a_month_is_prorated() -> None:
    dec_16, next_year = date(2026, 12, 16), date(2027, 1, 1)
    story = paid(YEARLY).tell(change(PLUS, Proration.NONE), at=JAN_16)
    story.tell(later(replace(PLUS, quantity=2)), at=dec_16)

    # 29900 x 16/365 = 1310.68; 11980 x 16/31 = 6183.23
    assert story.subscription.waiting_lines == (
        unused(YEARLY, dec_16, next_year, total_days=365, amount=-1311),
        service(replace(PLUS, quantity=2), dec_16, next_year, total_days=31, amount=6183),
    )


def test_resumed_before_that_it_is_billed_to_the_next_period() -> None:
    story = paid().tell(change(YEARLY, Proration.NONE), at=JAN_16).tell(SubscriptionPaused(), at=JAN_21)
    story.tell(SubscriptionResumed(), at=JAN_25)

    # 29900 x 7/365 = 573.42
    assert lines(story) == (service(YEARLY, JAN_25, FEB_1, total_days=365, amount=573),)


def test_a_change_of_plan_without_lines_clears_what_is_scheduled_and_one_of_quantity_keeps_it() -> None:
    scheduled = paid(PLUS).tell(PlanChanged(terms=BASIC), at=JAN_11)

    seats = change(replace(PLUS, quantity=2), Proration.NONE)
    assert scheduled.tell(seats, at=JAN_16).subscription.pending_change == BASIC
    assert scheduled.tell(change(STUDIO, Proration.NONE), at=JAN_16).subscription.pending_change is None


# A full new period


@pytest.mark.parametrize(("of", "to"), [(BASIC, PLUS), (PLUS, BASIC)])
def test_a_full_period_begins_today_once_it_is_paid_and_nothing_is_credited(of: Terms, to: Terms) -> None:
    story = paid(of).tell(change(to, Proration.FULL), at=JAN_16)

    assert story.last.outcome is Outcome.CHANGE_AWAITS_PAYMENT
    assert lines(story) == (service(to, JAN_16, FEB_16, total_days=31, amount=to.price),)
    assert (story.subscription.terms, story.subscription.period) == (of, Period(JAN_1, FEB_1))
    sub = story.pay(at=JAN_16).subscription
    assert (sub.terms, sub.anchor, sub.period) == (to, JAN_16, Period(JAN_16, FEB_16))
    assert story.invoices[0].credited == 0


def test_a_full_period_that_is_not_paid_leaves_all_as_it_was() -> None:
    story = paid().tell(change(PLUS, Proration.FULL), at=JAN_16).decline(at=JAN_16).until(JAN_16)

    sub = story.subscription
    assert (sub.terms, sub.anchor, sub.period) == (BASIC, JAN_1, Period(JAN_1, FEB_1))
    assert story.invoice.status is InvoiceStatus.CANCELLED


def test_a_full_period_bills_what_waits_with_it() -> None:
    story = waiting(on=JAN_11).tell(change(YEARLY, Proration.FULL), at=JAN_21).pay(at=JAN_21)

    # 5990 x 21/31 = 4057.74
    assert (amounts(lines(story)), story.subscription.waiting) == ([-2025, 4058, 29_900], None)


# Who pays


def no_method() -> Story:
    story = Story(JAN_1, of=terms(0, plan="free"), method=None).start()
    assert story.subscription.status is Status.ACTIVE
    return story


@pytest.mark.parametrize("proration", [Proration.NOW, Proration.FULL])
def test_what_is_to_be_paid_now_needs_a_method(proration: Proration) -> None:
    with pytest.raises(NoPaymentMethod):
        no_method().tell(change(PLUS, proration), at=JAN_16)


@pytest.mark.parametrize("proration", [Proration.NEXT_INVOICE, Proration.NONE])
def test_what_is_paid_later_needs_one_then(proration: Proration) -> None:
    story = no_method().tell(change(PLUS, proration), at=JAN_16)
    assert story.subscription.terms == PLUS
    assert story.until(FEB_1).subscription.status is Status.PAST_DUE


# What waits is shortened, not credited


def test_a_credit_that_was_capped_is_shortened_to_no_more_than_its_cap() -> None:
    refund = RefundCreated(refund_id=RefundId("ref_1"), payment_id=paid().payment().id, amount=2000)
    story = paid().tell(refund, at=JAN_11).tell(later(), at=JAN_16)
    credit = story.subscription.waiting_lines[0]
    assert (credit.amount, credit.capped) == (-990, True)

    # 2990 x 11/31 = 1060.97 is above the cap, 2990 x 5/31 = 482.26 is not
    shorter = [shorten_line(credit, until=day) for day in (date(2026, 1, 27), JAN_21)]
    assert [(one.days, one.amount, one.capped) for one in shorter if one] == [
        (11, -990, True),
        (5, -482, False),
    ]
    assert shorten_line(credit, until=JAN_16) is None


def test_a_refusal_changes_nothing() -> None:
    story = waiting()
    before = story.account

    with pytest.raises(BillingError):
        story.tell(later(), at=JAN_21)

    assert story.account is before
