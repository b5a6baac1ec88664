"""Rule 33: a billing day, the stub before it, and another one later."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError
from ciclo.domain.events.commands import (
    CancellationRefund,
    CancellationRequested,
    ChangeTiming,
    PlanChanged,
    SubscriptionPaused,
    SubscriptionResumed,
    TrialExtended,
)
from ciclo.domain.invoice import InvoiceKind, InvoiceStatus
from ciclo.domain.lifecycle.calendar import next_invoice_on
from ciclo.domain.lifecycle.stub import require_chosen_anchor
from ciclo.domain.period import (
    BillingCycle,
    ChosenAnchor,
    FirstPeriod,
    Period,
    anchor_of_day,
    boundary,
    period_containing,
)
from ciclo.domain.plan import Terms
from ciclo.domain.subscription import EndReason, Status
from tests.builders import BOLETO, PIX, Story, noon, service, unused
from tests.domain.calendars import CALENDAR, PLAN, day, hand_out, tell_days
from tests.domain.plans import BASIC, FEB_1, PLUS, YEARLY, lines

JAN_20, JAN_28, JAN_30, FEB_5, FEB_15, MAR_5 = (
    date(2026, 1, 20),
    date(2026, 1, 28),
    date(2026, 1, 30),
    date(2026, 2, 5),
    date(2026, 2, 15),
    date(2026, 3, 5),
)
STUB = Period(JAN_20, FEB_5)
"""16 days; the full period around it, [01-05, 02-05), has 31."""

CYCLES = st.sampled_from(BillingCycle)
DAYS = st.integers(1, 31)
STARTS = st.dates(date(2027, 11, 25), date(2029, 3, 5))


def on_the_5th(
    first_period: FirstPeriod = FirstPeriod.PRORATED, *, of: Terms = BASIC, trial_days: int = 0
) -> Story:
    """Return a subscription whose periods begin on the 5th, taken up."""
    anchor = ChosenAnchor(day=5, first_period=first_period)
    return Story(JAN_20, of=of, trial_days=trial_days, anchor=anchor).start()


def in_stub(first_period: FirstPeriod = FirstPeriod.PRORATED) -> Story:
    """Return one whose stub is paid."""
    story = on_the_5th(first_period)
    return story.pay(at=JAN_20) if story.invoice.is_open else story


@pytest.mark.parametrize(
    ("billing_day", "start", "cycle", "anchor", "first"),
    [
        (5, JAN_20, BillingCycle.MONTHLY, FEB_5, FEB_5),
        (20, JAN_20, BillingCycle.MONTHLY, JAN_20, JAN_20),
        # February has no 31st: counted from a month that has, its last day is the boundary
        (31, date(2026, 2, 10), BillingCycle.MONTHLY, date(2026, 3, 31), date(2026, 2, 28)),
        (31, date(2026, 2, 28), BillingCycle.MONTHLY, date(2026, 3, 31), date(2026, 2, 28)),
        (30, date(2026, 2, 10), BillingCycle.QUARTERLY, date(2026, 5, 30), date(2026, 2, 28)),
        # April and October: 30 and 31 days
        (31, date(2026, 4, 2), BillingCycle.SEMIANNUAL, date(2026, 10, 31), date(2026, 4, 30)),
        # No year has Feb 31: the leap years' 29th is the latest there is
        (31, date(2026, 2, 10), BillingCycle.ANNUAL, date(2028, 2, 29), date(2026, 2, 28)),
        (31, date(2096, 3, 1), BillingCycle.ANNUAL, date(2096, 3, 31), date(2096, 3, 31)),
        (29, date(2097, 2, 1), BillingCycle.ANNUAL, date(2104, 2, 29), date(2097, 2, 28)),
    ],
)
def test_the_first_boundary_is_the_first_such_day_and_no_short_month_shortens_later_ones(
    billing_day: int, start: date, cycle: BillingCycle, anchor: date, first: date
) -> None:
    assert anchor_of_day(billing_day, start=start, cycle=cycle) == anchor
    period = period_containing(anchor, cycle, start)
    assert first in {period.start, period.end}
    assert period.start == start or period.end == first


@pytest.mark.parametrize(
    ("on", "of", "anchor", "stub", "full_days", "amount", "following"),
    [
        # 29.90 x 16/31 = 15.432...; the 16 days are those of [01-05, 02-05), which has 31
        (JAN_20, BASIC, ChosenAnchor(day=5), STUB, 31, 1543, Period(FEB_5, MAR_5)),
        # 29.90 x 18/28 = 19.221...: of [01-31, 02-28)
        (
            date(2026, 2, 10),
            BASIC,
            ChosenAnchor(day=31),
            Period(date(2026, 2, 10), date(2026, 2, 28)),
            28,
            1922,
            Period(date(2026, 2, 28), date(2026, 3, 31)),
        ),
        # 299.00 x 12/365 = 9.830...: of [2025-02-01, 2026-02-01)
        (JAN_20, YEARLY, ChosenAnchor(day=1), Period(JAN_20, FEB_1), 365, 983, None),
        # 299.00 x 162/365 = 132.706...: of [2025-07-01, 2026-07-01)
        (
            JAN_20,
            YEARLY,
            ChosenAnchor(on=date(2026, 7, 1)),
            Period(JAN_20, date(2026, 7, 1)),
            365,
            13_271,
            Period(date(2026, 7, 1), date(2027, 7, 1)),
        ),
    ],
)
def test_the_days_to_the_first_boundary_are_prorated_by_the_full_period_around_them(
    on: date,
    of: Terms,
    anchor: ChosenAnchor,
    stub: Period,
    full_days: int,
    amount: int,
    following: Period | None,
) -> None:
    story = Story(on, of=of, anchor=anchor)
    assert (story.subscription.period, story.subscription.next_billing_date) == (stub, stub.end)

    story.start()
    assert lines(story) == (service(of, stub.start, stub.end, total_days=full_days, amount=amount),)
    story.pay(at=on).until(stub.end)
    full = following or Period(stub.end, boundary(stub.end, of.billing_cycle, 1))
    assert (story.invoice.period, story.invoice.total) == (full, of.price)


def test_a_start_on_the_billing_day_has_no_stub() -> None:
    story = Story(JAN_20, of=BASIC, anchor=ChosenAnchor(day=20, first_period=FirstPeriod.FREE)).start()

    assert (story.invoice.total, story.subscription.stub) == (2990, None)


def test_a_free_stub_is_service_for_nothing_and_the_first_boundary_bills_in_full() -> None:
    story = on_the_5th(FirstPeriod.FREE)

    assert (story.invoice.period, story.invoice.total, story.invoice.status) == (STUB, 0, InvoiceStatus.PAID)
    assert (story.subscription.status, story.last.movement is not None) == (Status.ACTIVE, True)
    story.until(FEB_5)
    assert (story.invoice.period, story.invoice.total) == (Period(FEB_5, MAR_5), 2990)


def test_a_full_stub_costs_what_a_period_costs() -> None:
    story = on_the_5th(FirstPeriod.FULL)

    # 16 of 16 days
    assert lines(story) == (service(BASIC, JAN_20, FEB_5, total_days=16, amount=2990),)
    story.pay(at=JAN_20).until(FEB_5)
    assert (story.invoice.period, story.invoice.total) == (Period(FEB_5, MAR_5), 2990)


@pytest.mark.parametrize(
    ("first_period", "amounts"),
    [
        # 8 days of the stub are left. Of 31: 29.90 x 8/31 = 7.716..., 59.90 x 8/31 = 15.458...
        (FirstPeriod.PRORATED, [-772, 1546]),
        # Of the stub's own 16: 29.90 x 8/16 = 14.95, 59.90 x 8/16 = 29.95
        (FirstPeriod.FULL, [-1495, 2995]),
        # Free days are free, whatever the plan, and leave nothing to give back
        (FirstPeriod.FREE, [0]),
    ],
)
def test_an_upgrade_in_the_stub_credits_and_charges_the_same_days_alike(
    first_period: FirstPeriod, amounts: list[int]
) -> None:
    story = in_stub(first_period).tell(PlanChanged(terms=PLUS), at=JAN_28)

    assert [line.amount for line in lines(story)] == amounts
    assert story.invoice.total == sum(amounts)
    if story.invoice.is_open:
        story.pay(at=JAN_28)
    assert (story.subscription.terms, story.subscription.period) == (PLUS, STUB)
    story.until(FEB_5)
    assert (story.invoice.period, story.invoice.total) == (Period(FEB_5, MAR_5), 5990)


@pytest.mark.parametrize(
    ("first_period", "credit", "resumed"),
    [
        # 8 and 6 of 31 days: 7.716..., 5.787...
        (FirstPeriod.PRORATED, 772, 579),
        # 8 and 6 of 16 days: 14.95, 11.2125
        (FirstPeriod.FULL, 1495, 1121),
        (FirstPeriod.FREE, 0, 0),
    ],
)
def test_a_pause_in_the_stub_gives_back_its_days_at_their_price_and_resuming_bills_them_so(
    first_period: FirstPeriod, credit: int, resumed: int
) -> None:
    story = in_stub(first_period).tell(SubscriptionPaused(), at=JAN_28)
    assert story.account.credit == credit

    story.tell(SubscriptionResumed(), at=JAN_30)
    assert (story.invoice.kind, story.invoice.subtotal) == (InvoiceKind.RESUMPTION, resumed)
    assert story.invoice.period == Period(JAN_30, FEB_5)
    story.until(FEB_5)
    assert (story.invoice.period, story.invoice.subtotal) == (Period(FEB_5, MAR_5), 2990)


def test_a_cancellation_in_the_stub_gives_back_its_unused_days() -> None:
    request = CancellationRequested(immediately=True, refund=CancellationRefund.CREDIT)
    story = in_stub().tell(request, at=JAN_28)

    # 29.90 x 8/31 = 7.716...
    (note,) = story.account.credit_notes
    assert note.lines == (unused(BASIC, JAN_28, FEB_5, total_days=31, amount=-772),)


def test_a_stub_begins_where_the_trial_ends() -> None:
    story = on_the_5th(trial_days=7).until(date(2026, 1, 27))

    # 29.90 x 9/31 = 8.680...: [01-27, 02-05)
    assert lines(story) == (service(BASIC, date(2026, 1, 27), FEB_5, total_days=31, amount=868),)


def test_a_trial_that_moves_takes_the_first_boundary_along() -> None:
    story = on_the_5th(trial_days=7).tell(TrialExtended(until=date(2026, 2, 7)), at=JAN_20)
    assert story.subscription.stub == Period(date(2026, 2, 7), MAR_5)

    # 29.90 x 26/28 = 27.764...: of [02-05, 03-05)
    story.until(date(2026, 2, 7))
    assert lines(story) == (service(BASIC, date(2026, 2, 7), MAR_5, total_days=28, amount=2776),)


def test_another_interval_from_the_trials_end_on_keeps_the_anchor_that_was_chosen() -> None:
    story = on_the_5th(trial_days=7)
    story.tell(PlanChanged(terms=YEARLY, timing=ChangeTiming.PERIOD_END), at=JAN_20).until(date(2026, 1, 27))

    # 299.00 x 9/365 = 7.372...
    assert (story.invoice.period, story.invoice.total) == (Period(date(2026, 1, 27), FEB_5), 737)
    story.pay(at=date(2026, 1, 27)).until(FEB_5)
    assert story.invoice.period == Period(FEB_5, date(2027, 2, 5))


def test_a_trials_first_invoice_that_the_balance_pays_ahead_begins_service_at_its_end() -> None:
    story = Story(day("01-28"), of=PLAN, method=PIX, policy=CALENDAR, trial_days=13, credit=10_000).start()
    tell_days(story, until=day("02-10"))

    assert (story.invoice.total, story.subscription.status) == (0, Status.ACTIVE)


def test_the_renewal_after_a_stub_is_issued_ahead_of_it() -> None:
    # Boleto, 7 days: the period from 02-05 on is billed on 01-29
    anchor = ChosenAnchor(day=5)
    story = hand_out(Story(day("01-20"), of=PLAN, method=BOLETO, policy=CALENDAR, anchor=anchor).start())
    tell_days(story.pay(at=day("01-21")), until=day("01-29"))

    assert (story.invoice.period, story.invoice.due_on) == (Period(day("02-05"), day("03-05")), day("02-05"))
    assert story.invoice.total == PLAN.price


def test_after_a_stub_that_is_shorter_than_the_lead_the_renewal_is_issued_when_service_begins() -> None:
    story = hand_out(
        Story(day("02-03"), of=PLAN, method=PIX, policy=CALENDAR, anchor=ChosenAnchor(day=5)).start()
    )
    assert next_invoice_on(story.subscription, CALENDAR) == day("02-03")

    story.pay(at=day("02-04"))
    tell_days(story, until=day("02-05"))
    assert [(one.period, one.issued_at) for one in story.invoices] == [
        (Period(day("02-03"), day("02-05")), noon(day("02-03"))),
        (Period(day("02-05"), day("03-05")), noon(day("02-04"))),
    ]


def test_a_stub_that_is_shorter_than_its_days_to_pay_waits_for_them() -> None:
    # Three days to pay where somebody else collects; the stub has one
    story = Story(day("02-04"), of=PLAN, method=None, policy=CALENDAR, anchor=ChosenAnchor(day=5)).start()
    tell_days(story, until=day("02-07"))
    assert (story.subscription.status, story.invoice.due_on) == (Status.PENDING, day("02-07"))

    tell_days(story, until=day("02-08"))
    assert story.subscription.end_reason is EndReason.NEVER_PAID


def test_a_first_payment_that_comes_late_moves_no_boundary_that_was_chosen() -> None:
    story = on_the_5th().decline(at=JAN_20)
    story.pay(at=JAN_28)

    assert (story.subscription.period, story.subscription.status) == (STUB, Status.ACTIVE)
    assert story.invoice.moved_to is None


@pytest.mark.parametrize(
    ("chosen", "code", "field"),
    [
        (ChosenAnchor(day=0), ErrorCode.INVALID_VALUE, ("billing_day",)),
        (ChosenAnchor(day=32), ErrorCode.INVALID_VALUE, ("billing_day",)),
        (ChosenAnchor(on=date(2026, 1, 19)), ErrorCode.DATE_IN_PAST, ("billing_anchor",)),
        (ChosenAnchor(on=date(2026, 2, 21)), ErrorCode.INVALID_VALUE, ("billing_anchor",)),
        (ChosenAnchor(day=5, on=FEB_5), ErrorCode.INVALID_VALUE, ("billing_anchor",)),
        (ChosenAnchor(first_period=FirstPeriod.FREE), ErrorCode.INVALID_VALUE, ("first_period",)),
    ],
)
def test_an_anchor_that_can_not_be_is_refused(
    chosen: ChosenAnchor, code: ErrorCode, field: tuple[str, ...]
) -> None:
    with pytest.raises(BillingError) as refused:
        require_chosen_anchor(chosen, start=JAN_20, cycle=BillingCycle.MONTHLY)

    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize(
    "chosen",
    [
        ChosenAnchor(day=1),
        ChosenAnchor(day=31),
        ChosenAnchor(on=JAN_20),
        ChosenAnchor(on=date(2026, 2, 20), first_period=FirstPeriod.FULL),
    ],
)
def test_an_anchor_in_the_first_cycle_is_accepted(chosen: ChosenAnchor) -> None:
    require_chosen_anchor(chosen, start=JAN_20, cycle=BillingCycle.MONTHLY)


@given(on=STARTS, billing_day=DAYS, cycle=CYCLES)
def test_every_boundary_is_on_the_billing_day_or_the_last_of_a_shorter_month(
    on: date, billing_day: int, cycle: BillingCycle
) -> None:
    anchor = anchor_of_day(billing_day, start=on, cycle=cycle)
    period = period_containing(anchor, cycle, on)
    first = period.start if period.start == on else period.end
    assert first - on < timedelta(days=31)

    boundaries = [period_containing(anchor, cycle, first).start]
    for _ in range(20):
        boundaries.append(period_containing(anchor, cycle, boundaries[-1]).end)
    for place in boundaries:
        is_last = (place + timedelta(days=1)).month != place.month
        assert place.day == billing_day or (is_last and place.day < billing_day)
