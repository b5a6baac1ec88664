"""A forecast is the future to the cent: the time machine goes there and compares."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.domain.errors.general import BillingError
from ciclo.domain.events.commands import (
    BillingDayChanged,
    CancellationRequested,
    ChangeTiming,
    Command,
    PlanChanged,
    Proration,
    SubscriptionPaused,
    SubscriptionResumed,
)
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.forecast import STEPS_MAX, forecast, preview_creation
from ciclo.domain.payment import PaymentMethod
from ciclo.domain.period import BillingCycle, boundary
from ciclo.domain.plan import Terms
from ciclo.domain.policy import Policy
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, CARD, PIX, POLICY, Story, noon, terms
from tests.domain.calendars import CALENDAR
from tests.domain.plans import BASIC, JAN_1, JAN_16, PLUS, YEARLY, paid

OFFERS = st.builds(
    terms,
    st.sampled_from([2990, 24_995, 999, 1, 0]),
    plan=st.sampled_from(["basic", "plus", "studio"]),
    cycle=st.sampled_from(BillingCycle),
    quantity=st.integers(1, 3),
)
COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        PlanChanged,
        terms=OFFERS,
        timing=st.none() | st.sampled_from(ChangeTiming),
        proration=st.sampled_from(Proration),
    ),
    st.builds(BillingDayChanged, day=st.integers(1, 31)),
    st.builds(SubscriptionPaused),
    st.builds(SubscriptionResumed),
    st.builds(CancellationRequested),
)
POLICIES = st.sampled_from([POLICY, CALENDAR, replace(CALENDAR, tax_basis_points=1234)])


@dataclass(frozen=True, kw_only=True)
class Past:
    """What happened to a subscription before it is forecast."""

    on: date
    of: Terms
    trial_days: int
    method: PaymentMethod | None
    policy: Policy
    credit: int
    commands: list[tuple[int, Command]]
    months: int


PASTS = st.builds(
    Past,
    on=st.dates(date(2027, 11, 25), date(2028, 3, 5)),
    of=OFFERS,
    trial_days=st.sampled_from([0, 0, 7, 14]),
    method=st.sampled_from([CARD, CARD, PIX, BOLETO, None]),
    policy=POLICIES,
    credit=st.sampled_from([0, 0, 500, 100_000]),
    commands=st.lists(st.tuples(st.integers(0, 45), COMMANDS), max_size=4),
    months=st.sampled_from([1, 12, 12, 14]),
)


def pay_what_is_open(story: Story, *, at: datetime) -> None:
    """Report every open invoice as paid, at the earliest on its day."""
    for invoice in story.account.open_invoices():
        when = max(at, invoice.issued_at)
        if story.account.is_being_paid(invoice.id):
            story.pay(at=when, invoice=invoice)
        else:
            story.tell(PaymentSucceeded(amount=invoice.total, currency=invoice.currency), at=when)


def live(story: Story, *, after: datetime, until: date) -> None:
    """Let the time machine go on day by day from an instant, while everybody pays at once."""
    pay_what_is_open(story, at=after)
    day = after.date()
    while day <= until:
        story.until(day)
        pay_what_is_open(story, at=after)
        day += timedelta(days=1)


def lived(past: Past) -> tuple[Story, date]:
    """Return what became of a subscription, and the day on which that is."""
    story = Story(
        past.on,
        of=past.of,
        trial_days=past.trial_days,
        method=past.method,
        policy=past.policy,
        credit=past.credit,
    ).start()
    day = past.on
    for days, command in past.commands:
        live(story, after=noon(day), until=day + timedelta(days=days))
        day += timedelta(days=days)
        with suppress(BillingError):
            story.tell(command, at=day)
    return story, day


@given(past=PASTS)
def test_what_is_forecast_is_what_is_billed_to_the_cent(past: Past) -> None:
    story, today = lived(past)
    known = set(story.account.invoices)
    ahead = forecast(story.account, past.policy, now=noon(today), months=past.months)

    live(story, after=noon(today), until=boundary(today, BillingCycle.MONTHLY, past.months))

    assert ahead.complete
    assert ahead.invoices == tuple(one for one in story.invoices if one.id not in known)
    assert ahead.account.credit == story.account.credit
    assert ahead.account.subscription == story.subscription


def figures(story: Story, *, months: int = 12, on: date = JAN_16) -> list[tuple[str, int]]:
    ahead = forecast(story.account, POLICY, now=noon(on), months=months)
    return [(str(one.period.start), one.total) for one in ahead.invoices]


def test_a_month_is_billed_twelve_times_a_year() -> None:
    told = figures(paid(BASIC), on=JAN_1)

    # The boundaries 2026-02-01 to 2027-01-01, the last one included.
    assert [total for _, total in told] == [2990] * 12
    assert (told[0][0], told[-1][0]) == ("2026-02-01", "2027-01-01")


def test_a_scheduled_change_and_the_balance_are_in_it() -> None:
    story = paid(PLUS, credit=9000)
    story.tell(PlanChanged(terms=BASIC), at=JAN_16)

    # 90.00 - 59.90 = 30.10 are left after January: February takes 29.90 of it, March the last 0.20.
    assert figures(story, months=3) == [("2026-02-01", 0), ("2026-03-01", 2970), ("2026-04-01", 2990)]


def test_who_leaves_at_the_end_of_the_period_is_asked_for_nothing_more() -> None:
    story = paid(BASIC).tell(CancellationRequested(), at=JAN_16)

    assert figures(story) == []


def test_a_pause_has_no_end_that_is_known() -> None:
    assert figures(paid(BASIC).tell(SubscriptionPaused(), at=JAN_16)) == []


def test_what_is_open_is_taken_to_be_paid_and_is_not_told_again() -> None:
    # Paid on Jan 16, after its due date, service begins on that day.
    assert figures(Story(JAN_1, of=BASIC).start(), months=1) == [("2026-02-16", 2990)]


def test_a_forecast_has_a_last_step() -> None:
    # Two steps a month at least: more than 200 in 101 months.
    ahead = forecast(paid(BASIC).account, POLICY, now=noon(JAN_1), months=STEPS_MAX + 1)

    assert (ahead.complete, len(ahead.invoices)) == (False, STEPS_MAX)


@pytest.mark.parametrize("taken_up", [True, False])
def test_a_forecast_begins_what_no_worker_has_taken_up_yet(*, taken_up: bool) -> None:
    story = Story(JAN_1, of=BASIC, trial_days=7)
    if taken_up:
        story.start()

    assert figures(story, on=JAN_1, months=1) == [("2026-01-08", 2990)]


def test_a_creation_is_asked_for_its_first_period_now_and_for_the_next_one_at_its_boundary() -> None:
    shown = preview_creation(Story(JAN_1, of=YEARLY, credit=500).account, POLICY)

    assert shown.now is not None
    assert shown.next is not None
    # 299.00 less the 5.00 of the balance, and 299.00 a year later.
    assert (shown.now.total, shown.now.credit_applied) == (29_400, 500)
    assert (shown.next.total, shown.next.period.start) == (29_900, date(2027, 1, 1))


def test_a_creation_with_a_trial_is_asked_for_nothing_now() -> None:
    shown = preview_creation(Story(JAN_1, of=BASIC, trial_days=14).account, POLICY)

    assert (shown.account.subscription.status, shown.now) == (Status.TRIALING, None)
    assert shown.next is not None
    assert (shown.next.total, shown.next.period.start) == (2990, date(2026, 1, 15))


def test_what_is_over_has_no_future() -> None:
    story = Story(JAN_1, of=BASIC).tell(CancellationRequested(immediately=True), at=JAN_1)

    assert figures(story) == []
