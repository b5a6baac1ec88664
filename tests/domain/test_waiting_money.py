"""Rules 14 and 15: what becomes of lines that wait when money goes back, or when a pause was planned."""

from dataclasses import replace
from datetime import date

from ciclo.domain.events.commands import (
    BillingDayChanged,
    CancellationRefund,
    CancellationRequested,
    ChangeTiming,
    PlanChanged,
    Proration,
    SubscriptionPaused,
    SubscriptionResumed,
    WithdrawalRequested,
)
from ciclo.domain.invoice import InvoiceStatus, Line
from ciclo.domain.period import ChosenAnchor, FirstPeriod, Period
from ciclo.domain.plan import Terms
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, POLICY, Story, service, terms, unused
from tests.domain.calendars import CALENDAR, PLAN, day, running, tell_days
from tests.domain.plans import BASIC, FEB_1, JAN_1, JAN_16, JAN_21, MAR_1, PLUS, YEARLY, lines, paid

JAN_3, JAN_5, JAN_28, JAN_29, FEB_5, FEB_28 = (
    date(2026, 1, 3),
    date(2026, 1, 5),
    date(2026, 1, 28),
    date(2026, 1, 29),
    date(2026, 2, 5),
    date(2026, 2, 28),
)
REFUND = CancellationRequested(immediately=True, refund=CancellationRefund.REFUND)
WITHDRAW = WithdrawalRequested()


def change(to: Terms, proration: Proration = Proration.NEXT_INVOICE) -> PlanChanged:
    return PlanChanged(terms=to, timing=ChangeTiming.IMMEDIATE, proration=proration)


def waiting(of: Terms = BASIC, to: Terms = PLUS, *, on: date = JAN_16) -> Story:
    """Return a paid subscription of January whose change waits for the next invoice."""
    return paid(of).tell(change(to), at=on)


def billed_ahead() -> Story:
    """Return one with a second seat since February 10, which the renewal of the 21st bills."""
    story = running(BOLETO, on=day("01-28"), until=day("02-10"))
    story.policy = replace(CALENDAR, withdrawal_days=60)
    two = replace(PLAN, quantity=2)
    return tell_days(story.tell(change(two), at=day("02-10")), until=day("02-21"))


def sent_back(story: Story) -> list[int]:
    """Return what goes back of each payment, the oldest first."""
    return [
        one.reserved_amount for invoice in story.invoices for one in story.account.payments_of(invoice.id)
    ]


def test_a_refund_sends_back_what_they_credit_less_the_days_that_were_served() -> None:
    story = waiting().tell(REFUND, at=JAN_21)

    # 2990 x 16/31 = 1543 were paid for the days from Jan 16, of which five were served: 5990 x 5/31 = 966
    kept = replace(unused(BASIC, JAN_16, FEB_1, total_days=31, amount=-966), capped=True)
    assert (sent_back(story), story.account.credit) == ([577], 0)
    assert lines(story) == (kept, service(PLUS, JAN_16, JAN_21, total_days=31, amount=966))
    assert (story.invoice.status, story.invoices[0].credited) == (InvoiceStatus.PAID, 966)
    assert [line.amount for line in story.last.unused_lines] == [-577]


def test_on_the_day_of_the_change_all_that_it_credits_goes_back() -> None:
    story = waiting().tell(REFUND, at=JAN_16)

    assert (sent_back(story), len(story.invoices), story.invoice.credited) == ([1543], 1, 0)


def test_the_tax_goes_back_with_it() -> None:
    story = Story(JAN_1, of=BASIC, policy=replace(POLICY, tax_basis_points=1000)).start().pay(at=JAN_1)
    story.tell(change(PLUS), at=JAN_16).tell(REFUND, at=JAN_21)

    # 1543 + 154 less 966 + 97; 154 x 1063/1697 = 96.46 is the tax in what is kept
    assert (sent_back(story), story.account.credit) == ([634], 0)
    assert [(line.amount, line.tax) for line in lines(story)] == [(-967, -96), (966, 97)]
    assert (story.invoices[0].credited, story.invoices[0].credited_tax) == (1063, 96)


def test_what_the_served_days_cost_beyond_it_is_owed() -> None:
    # 13 days: 5990 x 13/31 = 2511.94
    story = waiting().tell(REFUND, at=JAN_29)

    assert (sent_back(story), story.invoice.total) == ([0], 2512 - 1543)


def test_lines_that_credit_nothing_send_nothing_back() -> None:
    story = waiting(terms(0, plan="free"), PLUS).tell(REFUND, at=JAN_21)

    assert (story.invoice.total, story.account.credit) == (966, 0)


def test_after_the_renewal_that_has_them_was_paid_both_its_periods_go_back() -> None:
    story = billed_ahead().pay(at=day("02-22")).tell(REFUND, at=day("02-24"))

    # 15980 x 4/31 = 2061.94, and 15980 of the next period; 20620 were paid
    assert (sent_back(story), story.account.credit) == ([0, 18042], 0)
    assert [line.amount for line in story.last.unused_lines] == [-2062, -15980]
    assert story.subscription.waiting is None


def test_withdrawing_drops_them_and_sends_everything_back() -> None:
    story = waiting(on=JAN_3).tell(WITHDRAW, at=JAN_5)

    assert (sent_back(story), story.account.credit, len(story.invoices)) == ([2990], 0, 1)
    assert (story.subscription.waiting, story.invoice.credited) == (None, 0)
    assert story.subscription.status is Status.CANCELLED


def test_withdrawing_drops_lines_that_credit_nothing() -> None:
    story = waiting(terms(0, plan="free"), PLUS, on=JAN_3).tell(WITHDRAW, at=JAN_5)

    assert (story.subscription.waiting, len(story.invoices), story.account.credit) == (None, 1, 0)


def test_withdrawing_voids_a_renewal_that_has_them() -> None:
    story = billed_ahead().tell(WITHDRAW, at=day("02-22"))

    assert story.invoice.status is InvoiceStatus.CANCELLED
    assert (sent_back(story)[0], story.account.credit) == (7990, 0)
    assert [invoice.credited for invoice in story.invoices] == [0, 0]


def test_withdrawing_sends_back_a_paid_renewal_that_has_them() -> None:
    story = billed_ahead().pay(at=day("02-22")).tell(WITHDRAW, at=day("02-24"))

    assert (sent_back(story), story.account.credit) == ([7990, 20620], 0)


def test_a_planned_pause_puts_what_they_give_back_onto_the_balance() -> None:
    later = SubscriptionPaused(at_period_end=True)
    story = waiting(PLUS, BASIC).tell(later, at=JAN_21).until(FEB_1)

    # 3092 - 1543
    assert (story.subscription.status, story.account.credit) == (Status.PAUSED, 1549)
    assert (story.subscription.waiting, len(story.invoices)) == (None, 1)


def test_a_planned_pause_keeps_what_they_ask_for_the_resumption() -> None:
    later = SubscriptionPaused(at_period_end=True)
    story = waiting().tell(later, at=JAN_21).until(FEB_1)
    assert (len(story.invoices), [line.amount for line in waits(story)]) == (1, [-1543, 3092])

    story.tell(SubscriptionResumed(), at=FEB_1)
    assert (story.invoice.total, story.subscription.waiting) == (5990 + 1549, None)


def waits(story: Story) -> tuple[Line, ...]:
    return story.subscription.waiting_lines


# With a billing day


def in_stub() -> Story:
    """Return one whose first days, to the billing day, are paid."""
    anchor = ChosenAnchor(day=5, first_period=FirstPeriod.FULL)
    story = Story(date(2026, 1, 20), of=BASIC, anchor=anchor).start()
    return story.pay(at=date(2026, 1, 20))


def test_lines_that_wait_are_of_the_days_of_the_stub() -> None:
    story = in_stub().tell(change(PLUS), at=JAN_28)

    # 8 of the stub's own 16 days
    assert waits(story) == (
        unused(BASIC, JAN_28, FEB_5, total_days=16, amount=-1495),
        service(PLUS, JAN_28, FEB_5, total_days=16, amount=2995),
    )
    assert story.until(FEB_5).invoice.total == 5990 + 1500


def test_a_full_new_period_ends_the_stub_and_a_billing_day_that_was_to_come() -> None:
    story = paid().tell(BillingDayChanged(day=10), at=JAN_3)
    assert story.subscription.pending_billing_day == 10
    story.tell(change(PLUS, Proration.FULL), at=JAN_28).pay(at=JAN_28)

    sub = story.subscription
    assert (sub.anchor, sub.stub, sub.pending_billing_day) == (JAN_28, None, None)
    assert sub.period == Period(JAN_28, FEB_28)
    assert in_stub().tell(change(PLUS, Proration.FULL), at=JAN_28).pay(at=JAN_28).subscription.stub is None


def test_without_lines_a_billing_day_is_still_to_come() -> None:
    story = paid().tell(BillingDayChanged(day=10), at=JAN_3).tell(change(YEARLY, Proration.NONE), at=JAN_16)
    story.until(FEB_1)

    assert (story.subscription.period, story.invoice.period.start) == (
        Period(FEB_1, date(2026, 2, 10)),
        FEB_1,
    )
    assert MAR_1 not in {story.subscription.anchor, story.subscription.period.end}
