"""Rule 4: a new period at every boundary, once, and caught up after downtime."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.events.commands import ChangeTiming, PlanChanged, SubscriptionPaused
from ciclo.domain.events.facts import PaymentSucceeded, PeriodEnded
from ciclo.domain.invoice import InvoiceKind, InvoiceStatus
from ciclo.domain.lifecycle import Outcome, apply, next_due_event
from ciclo.domain.period import BillingCycle, Period, boundary, start_of_day
from ciclo.domain.subscription import Status
from tests.builders import PIX, POLICY, Story, event, service, terms

JAN_1, FEB_1, MAR_1 = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
BASIC = terms(2990)


@pytest.mark.parametrize(
    ("on", "cycle", "starts"),
    [
        (
            date(2027, 12, 31),
            BillingCycle.MONTHLY,
            [date(2027, 12, 31), date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31)],
        ),
        (
            date(2026, 1, 31),
            BillingCycle.QUARTERLY,
            [date(2026, 1, 31), date(2026, 4, 30), date(2026, 7, 31)],
        ),
        (
            date(2026, 8, 31),
            BillingCycle.SEMIANNUAL,
            [date(2026, 8, 31), date(2027, 2, 28), date(2027, 8, 31)],
        ),
        (
            date(2028, 2, 29),
            BillingCycle.ANNUAL,
            [date(2028, 2, 29), date(2029, 2, 28), date(2030, 2, 28)],
        ),
    ],
)
def test_a_period_is_billed_in_full_at_each_boundary_of_the_anchor(
    on: date, cycle: BillingCycle, starts: list[date]
) -> None:
    of = terms(2990, cycle=cycle)
    story = Story(on, of=of).start().pay(at=on)
    for start in starts[1:]:
        story.until(start).pay(at=start)
    ends = [*starts[1:], boundary(on, cycle, len(starts))]

    assert [one.lines for one in story.invoices] == [
        (service(of, start, end, total_days=(end - start).days, amount=2990),)
        for start, end in zip(starts, ends, strict=True)
    ]
    assert story.subscription.anchor == on
    assert story.subscription.status is Status.ACTIVE


def test_a_renewal_is_charged_to_the_usual_card() -> None:
    story = Story(JAN_1).start().pay(at=JAN_1).until(FEB_1)

    assert story.last.outcome is Outcome.INVOICE_ISSUED
    assert [order.type for order in story.last.follow_ups] == ["charge_requested"]
    assert (story.invoice.issued_at, story.invoice.due_on) == (
        start_of_day(FEB_1, POLICY.timezone),
        FEB_1,
    )


def test_it_stays_active_while_the_renewal_is_being_charged() -> None:
    story = Story(JAN_1).start().pay(at=JAN_1).until(FEB_1)

    assert story.subscription.status is Status.ACTIVE


def test_after_fourteen_months_of_downtime_each_missed_period_has_its_invoice() -> None:
    on = date(2026, 1, 31)
    story = Story(on, of=BASIC, method=PIX).start().pay(at=on)
    story.until(date(2027, 3, 31))

    starts = [boundary(on, BillingCycle.MONTHLY, count) for count in range(15)]
    assert [one.period.start for one in story.invoices] == starts
    assert [one.issued_at for one in story.invoices[1:]] == [
        start_of_day(start, POLICY.timezone) for start in starts[1:]
    ]
    assert {one.kind for one in story.invoices} == {InvoiceKind.PERIOD}
    assert sum(one.total for one in story.account.open_invoices()) == 14 * 2990
    assert story.subscription.period == Period(date(2027, 3, 31), date(2027, 4, 30))
    assert len({order.id for one in story.decisions for order in one.follow_ups}) == 16


def test_any_number_of_schedulers_bill_a_period_once() -> None:
    account = Story(JAN_1).start().pay(at=JAN_1).account
    due = next_due_event(account, POLICY)
    assert due is not None

    one, other = (apply(account, due.event(account), POLICY) for _ in range(2))
    again = apply(one.account, due.event(account), POLICY)

    assert one == other
    assert again.outcome is Outcome.IGNORED
    assert again.account.invoices == one.account.invoices


def test_a_boundary_that_is_none_is_ignored() -> None:
    story = Story(JAN_1).start().pay(at=JAN_1).tell(PeriodEnded(on=date(2026, 1, 15)), at=date(2026, 1, 15))

    assert (story.last.outcome, len(story.invoices)) == (Outcome.IGNORED, 1)


def test_a_boundary_in_a_pause_is_ignored() -> None:
    story = Story(JAN_1).start().pay(at=JAN_1).tell(SubscriptionPaused(), at=date(2026, 1, 15))
    story.tell(PeriodEnded(on=FEB_1), at=FEB_1)

    assert (story.last.outcome, len(story.invoices)) == (Outcome.IGNORED, 1)


@pytest.mark.parametrize(
    ("zone", "on", "boundary_on"),
    [
        # Midnight of Nov 4 2018 did not exist in Sao Paulo
        ("America/Sao_Paulo", date(2018, 10, 4), date(2018, 11, 4)),
        # Dec 30 2011 did not exist in Samoa
        ("Pacific/Apia", date(2011, 11, 30), date(2011, 12, 30)),
    ],
)
def test_a_boundary_that_the_clocks_skip_is_billed_all_the_same(
    zone: str, on: date, boundary_on: date
) -> None:
    policy = replace(POLICY, timezone=zone)
    story = Story(on, of=BASIC, policy=policy).start()
    story.pay(at=start_of_day(on, zone))
    story.until(date(2018, 11, 5) if boundary_on.year == 2018 else date(2011, 12, 31))

    end = boundary(on, BillingCycle.MONTHLY, 2)
    assert story.invoice.period == Period(boundary_on, end)
    assert story.invoice.lines == (
        service(BASIC, boundary_on, end, total_days=(end - boundary_on).days, amount=2990),
    )


# A payment that is faster than the clock


def test_a_payment_of_the_boundarys_day_pays_the_next_period_before_the_clock_gets_there() -> None:
    story = Story(JAN_1).start().pay(at=JAN_1)
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=FEB_1)

    assert (story.invoice.period, story.invoice.status) == (Period(FEB_1, MAR_1), InvoiceStatus.PAID)
    assert story.last.follow_ups == ()
    assert story.until(FEB_1).last.outcome is Outcome.PAYMENT_RECORDED
    assert story.until(MAR_1).invoice.period == Period(MAR_1, date(2026, 4, 1))


def test_a_payment_before_the_boundary_goes_onto_the_balance_which_pays_the_next_period() -> None:
    story = Story(JAN_1).start().pay(at=JAN_1)
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=date(2026, 1, 31))
    assert (story.last.review, len(story.invoices), story.account.credit) == (None, 1, 2990)

    story.until(FEB_1)
    assert (story.invoice.status, story.invoice.credit_applied) == (InvoiceStatus.PAID, 2990)
    assert story.account.credit == 0


def test_of_two_payments_the_later_one_may_come_first() -> None:
    january, february = (
        event(PaymentSucceeded(amount=2990, currency="BRL"), at=day, key=str(day)) for day in (JAN_1, FEB_1)
    )
    story = Story(JAN_1, method=None).start().tell(february).tell(january)

    assert [(one.period, one.status) for one in story.invoices] == [
        (Period(JAN_1, FEB_1), InvoiceStatus.PAID),
        (Period(FEB_1, MAR_1), InvoiceStatus.PAID),
    ]


def test_a_payment_in_advance_is_taken_although_another_invoice_is_open() -> None:
    plus = terms(5990, plan="plus")
    story = Story(JAN_1, of=BASIC, method=PIX).start().pay(at=JAN_1).until(FEB_1)
    story.tell(PlanChanged(terms=plus, timing=ChangeTiming.PERIOD_END), at=FEB_1)
    story.tell(PaymentSucceeded(amount=5990, currency="BRL"), at=MAR_1)

    # February's 2990 is still open; 5990 is what March costs
    assert [(one.total, one.status) for one in story.invoices[1:]] == [
        (2990, InvoiceStatus.PENDING),
        (5990, InvoiceStatus.PAID),
    ]
    assert story.subscription.terms == plus
