"""Order does not matter: every permutation and duplication of a set of notices ends in the same state.

Of a set it is assumed that it can be true: a refund is not dated before its payment's success, and
the refunds of a payment are not more than what is left of it. `SubscriptionCreated` itself may come anywhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from ciclo.domain.account import Account
from ciclo.domain.events.commands import (
    ChangeTiming,
    InvoicePaymentRequested,
    PlanChanged,
    RefundCreated,
)
from ciclo.domain.events.event import Event
from ciclo.domain.events.facts import (
    PaymentAuthorized,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
)
from ciclo.domain.ids import RefundId
from ciclo.domain.lifecycle import apply
from ciclo.domain.subscription import Status
from tests.builders import CARD, OTHER_CARD, PIX, POLICY, Story, event, noon, terms
from tests.domain.generators import GENERATORS, REPORTED, draw_reports, report, returned, success
from tests.domain.views import facts, sums

DEC_8, JAN_1, JAN_8, JAN_20 = date(2025, 12, 8), date(2026, 1, 1), date(2026, 1, 8), date(2026, 1, 20)
BASIC, PLUS = terms(2990, plan="basic"), terms(5990, plan="plus")
ASKED = RefundId("ref_asked")


@dataclass(frozen=True, kw_only=True)
class Case:
    """An account, what is reported of it, and one order in which that arrives, some of it twice."""

    account: Account
    reports: Sequence[Event]
    arrivals: Sequence[Event]


def after(account: Account, arrivals: Iterable[Event]) -> Account:
    for arrived in arrivals:
        account = apply(account, arrived, POLICY).account
    return account


def case(draw: st.DrawFn, account: Account, reports: list[Event], *, twice: bool) -> Case:
    again = draw(st.lists(st.sampled_from(reports), max_size=3)) if reports and twice else []
    return Case(account=account, reports=reports, arrivals=draw(st.permutations([*reports, *again])))


# Notices that name their payments


@st.composite
def named(draw: st.DrawFn) -> Case:
    story = draw(st.one_of(fresh(), running()))
    payments = story.account.payments.values()
    reports = [one for payment in payments for one in draw_reports(draw, story.account, payment)]
    account = story.account
    if len(story.decisions) == 1 and draw(st.booleans()):
        # The worker has not taken it up: that may come anywhere among the reports.
        account = Story(JAN_1, of=BASIC, method=story.subscription.method).account
        reports.append(story.created)
    return case(draw, account, reports, twice=True)


@st.composite
def fresh(draw: st.DrawFn) -> Story:
    """Draw a subscription whose first invoice is being collected, by one try or by two."""
    story = Story(JAN_1, of=BASIC, method=draw(st.sampled_from([CARD, PIX]))).start()
    if story.subscription.method == PIX and draw(st.booleans()):
        by_card = InvoicePaymentRequested(invoice_id=story.invoice.id, method=OTHER_CARD)
        story.tell(by_card, at=JAN_1)
    return story


@st.composite
def running(draw: st.DrawFn) -> Story:
    """Draw a subscription with up to four invoices, and up to two tries to collect each."""
    story = Story(DEC_8, of=BASIC, method=draw(st.sampled_from([CARD, PIX]))).start().pay(at=DEC_8)
    story.until(JAN_8)
    if draw(st.booleans()):
        taken = PaymentAuthorized(
            payment_id=story.payment().id, provider="sandbox", provider_reference="ch_1"
        )
        asked = RefundCreated(refund_id=ASKED, payment_id=story.payment().id, amount=1000)
        story.tell(taken, at=JAN_8).pay(at=JAN_8).tell(asked, at=date(2026, 1, 9))
    if draw(st.booleans()):
        story.tell(PlanChanged(terms=PLUS), at=JAN_20)
    if story.subscription.method == CARD and draw(st.booleans()):
        # A retry is under way: the schedule counts from it
        story.decline(at=JAN_20).until(date(2026, 1, 22))
    story.until(draw(st.sampled_from([JAN_20, date(2026, 2, 10), date(2026, 3, 10)])))
    for invoice in story.account.open_invoices():
        if story.subscription.method == PIX and draw(st.booleans()):
            by_card = InvoicePaymentRequested(invoice_id=invoice.id, method=OTHER_CARD)
            story.tell(by_card, at=date(2026, 3, 10))
    return story


def test_every_type_that_providers_report_is_drawn() -> None:
    assert set(GENERATORS) == set(REPORTED)


@given(named())
def test_named_notices_end_in_the_same_state_in_every_order(told: Case) -> None:
    assert facts(after(told.account, told.arrivals)) == facts(after(told.account, told.reports))


# Notices without ids, matched by amount


@st.composite
def unnamed_of_different_amounts(draw: st.DrawFn) -> Case:
    """Draw reports of invoices no two of which have the same total, one success and refund of each at most.

    A second payment of one amount would be another fact: see the equal amounts below. So would be money of
    an amount that nobody asked for: it pays what is open when it comes.
    """
    story = Story(JAN_1, of=BASIC, method=draw(st.sampled_from([PIX, None])), trial_days=7)
    taken_up = draw(st.booleans())
    if taken_up:
        story.start()
        for day, price in zip((JAN_8, date(2026, 2, 8), date(2026, 3, 8)), (5000, 6000, 7000), strict=True):
            story.until(day)
            if story.subscription.status is not Status.ACTIVE or draw(st.booleans()):
                break
            later = PlanChanged(terms=terms(price, plan=str(price)), timing=ChangeTiming.PERIOD_END)
            story.tell(later, at=day)
    sub = story.subscription
    amounts = {one.total: sub.period.start for one in story.account.open_invoices()}
    # The next period can be paid from its first day on, that after a trial on any day.
    waits = sub.status in {Status.PENDING, Status.TRIALING}
    coming = sub.pending_change.price if sub.pending_change else sub.terms.price
    amounts.setdefault(coming, sub.period.start if waits else sub.period.end)
    reports = [one for amount in sorted(amounts) for one in _unnamed(draw, amount, since=amounts[amount])]
    if not taken_up:
        reports.append(story.created)
    return case(draw, story.account, reports, twice=False)


def _unnamed(draw: st.DrawFn, amount: int, *, since: date) -> list[Event]:
    """Draw reports by amount alone, of a day since *since*."""
    day = since + timedelta(days=draw(st.integers(0, 40)))
    kinds = draw(st.sampled_from(["", "s", "sr", "f", "fs", "fsr", "ff", "r"]))
    return [
        event(
            _BY_AMOUNT[kind](amount=amount, currency="BRL"),
            at=noon(day) + timedelta(minutes=place),
            key=f"{amount} {place}",
        )
        for place, kind in enumerate(kinds)
    ]


_BY_AMOUNT = {"s": PaymentSucceeded, "f": PaymentFailed, "r": PaymentRefunded}


@given(unnamed_of_different_amounts())
def test_unnamed_notices_of_different_amounts_end_in_the_same_state_in_every_order(told: Case) -> None:
    assert facts(after(told.account, told.arrivals)) == facts(after(told.account, told.reports))


@st.composite
def unnamed_of_equal_amounts(draw: st.DrawFn) -> Case:
    """Draw reports of invoices that all have one total, as they come month after month."""
    trial_days = draw(st.sampled_from([0, 7]))
    story = Story(JAN_1, of=BASIC, method=draw(st.sampled_from([PIX, None])), trial_days=trial_days)
    if draw(st.booleans()):
        story.start()
        for day in (JAN_8, date(2026, 2, 8), date(2026, 3, 8))[: draw(st.integers(0, 3))]:
            story.until(day)
            if story.account.open_invoices() and draw(st.booleans()):
                story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=day)
    reports = [] if story.decisions else [story.created]
    since = story.subscription.period.start
    if draw(st.booleans()):
        # Payments of any days, more or fewer than there are periods to pay
        told = [("s", day) for day in draw(st.lists(st.integers(0, 75), max_size=5))]
    else:
        # One payment for each period, and refunds of some of them
        sub = story.subscription
        in_trial = sub.trial == sub.period
        waiting = 1 if in_trial or not story.decisions else len(story.account.open_invoices())
        told = [("s", draw(st.integers(0, 6))) for _ in range(waiting)]
        first = sub.period.days + (31 if in_trial else 0)
        # What ended has no more periods: money for them is one more payment of the newest.
        for month in range(draw(st.integers(0, 2)) if sub.is_live else 0):
            told.append(("s", first + 31 * month + draw(st.integers(0, 27))))
        told += [("r", 120)] * draw(st.integers(0, len(told)))
    told += [("f", day) for day in draw(st.lists(st.integers(0, 75), max_size=2))]
    reports += [
        event(
            _BY_AMOUNT[kind](amount=2990, currency="BRL"),
            at=noon(since + timedelta(days=day)) + timedelta(minutes=place),
            key=str(place),
        )
        for place, (kind, day) in enumerate(told)
    ]
    return case(draw, story.account, reports, twice=False)


@given(unnamed_of_equal_amounts())
def test_unnamed_notices_of_equal_amounts_come_to_the_same_sums_in_every_order(told: Case) -> None:
    # Which of two equal invoices a payment settles depends on which came first, and nobody can tell
    # them apart: status and sums are what has to agree.
    assert sums(after(told.account, told.arrivals)) == sums(after(told.account, told.reports))


# Every order of a small life


def test_all_orders_of_a_small_life_end_in_the_same_state() -> None:
    known = Story(JAN_1, of=BASIC).start()
    payment = known.payment()
    life = [
        known.created,
        report(
            payment,
            0,
            PaymentFailed(amount=2990, currency="BRL", payment_id=payment.id, attempt=1),
            key="failed",
        ),
        report(
            payment,
            1,
            PaymentAuthorized(payment_id=payment.id, provider="sandbox", provider_reference="ch_1"),
            key="taken",
        ),
        report(payment, 2, success(payment), key="paid"),
        report(payment, 3, returned(payment, 1000, refund_id=RefundId("ref_1")), key="part"),
        report(payment, 4, returned(payment, 1990, refund_id=RefundId("ref_2")), key="rest"),
    ]
    unknown = Story(JAN_1, of=BASIC).account
    expected = facts(after(unknown, life))

    assert all(facts(after(unknown, order)) == expected for order in permutations(life))


def test_all_orders_of_a_small_life_without_ids_end_in_the_same_state() -> None:
    story = Story(JAN_1, of=BASIC, method=None)
    life = [
        story.created,
        *(
            event(kind(amount=2990, currency="BRL"), at=date(2026, 1, 1 + day))
            for day, kind in enumerate((PaymentFailed, PaymentFailed, PaymentSucceeded, PaymentRefunded))
        ),
    ]
    expected = facts(after(story.account, life))

    assert all(facts(after(story.account, order)) == expected for order in permutations(life))
