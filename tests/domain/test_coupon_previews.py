"""Any plan, coupons and change: what was previewed is what is billed, to the cent."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from ciclo.domain.coupons.discount import Discount, DiscountDuration, DiscountKind
from ciclo.domain.coupons.schedule import price_periods
from ciclo.domain.events.commands import ChangeTiming, PlanChanged
from ciclo.domain.forecast import forecast
from ciclo.domain.invoice import Invoice, Line
from ciclo.domain.period import BillingCycle, boundary
from ciclo.domain.plan import Terms
from tests.builders import POLICY, Story, noon, terms
from tests.domain.coupons import some_discounts
from tests.domain.oracle import round_half_up

START = date(2027, 1, 31)
PERIODS = 7
PLANS = st.builds(
    terms,
    st.integers(1, 300_000),
    plan=st.sampled_from(["one", "two", "three"]),
    cycle=st.sampled_from(BillingCycle),
    quantity=st.integers(1, 3),
    trial_days=st.just(0),
)
COUPONS = st.lists(
    some_discounts(st.sampled_from(["A", "B", "C"])), max_size=3, unique_by=lambda one: one.code
)


def lived(of: Terms, discounts: list[Discount], *, change: PlanChanged | None, day: date, end: date) -> Story:
    """Return a life in which everything is paid on its day, with a change on *day*."""
    story = Story(START, of=of, discounts=tuple(discounts)).start()
    settle(story)
    if change is not None:
        run(story, until=day)
        story.tell(change, at=day)
        settle(story)
    return run(story, until=end)


def run(story: Story, *, until: date) -> Story:
    day = START
    while day < until:
        day += timedelta(days=1)
        story.until(day)
        settle(story)
    return story


def settle(story: Story) -> None:
    for invoice in story.account.open_invoices():
        story.pay(at=invoice.issued_at, invoice=invoice)


@given(of=PLANS, discounts=COUPONS, to=PLANS, day=st.integers(0, 90))
def test_the_preview_is_the_invoice(of: Terms, discounts: list[Discount], to: Terms, day: int) -> None:
    story = lived(of, discounts, change=None, day=START, end=START)
    previewed = price_periods(of, discounts, POLICY)
    assert story.invoice.total == previewed[0].amount

    on = START + timedelta(days=day)
    run(story, until=on)
    assume((of.plan_id, of.plan_version, of.quantity) != (to.plan_id, to.plan_version, to.quantity))
    assume(on != story.subscription.period.end)
    before = story.account
    story.tell(PlanChanged(terms=to, timing=ChangeTiming.IMMEDIATE), at=on)
    settle(story)
    if len(story.account.invoices) > len(before.invoices):
        coverage = before.subscription.coverage
        assert coverage is not None
        check_change(before.invoices[coverage.invoice_id], story.invoice, to, on)
    # What is forecast from here is what happens.
    foreseen = forecast(story.account, POLICY, now=noon(on), months=13)
    ends_on = boundary(on, BillingCycle.MONTHLY, 13)
    known = story.account.invoices.keys()
    run(story, until=ends_on)
    came = [one for id_, one in story.account.invoices.items() if id_ not in known]
    assert [(one.period, one.lines, one.total) for one in foreseen.invoices] == [
        (one.period, one.lines, one.total) for one in came
    ]


def check_change(billed: Invoice, change: Invoice, to: Terms, on: date) -> None:
    """Check a change's lines by arithmetic of another kind: fractions of what was billed."""
    credits_ = [line for line in change.lines if line.amount < 0]
    charge = change.lines[-1]
    for credit in credits_:
        line = billed.lines[-1]
        gross = round_half_up(Fraction(line.unit_price * line.quantity * credit.days, line.total_days))
        off = round_half_up(Fraction(line.discount * credit.days, line.days))
        assert (-credit.amount, -credit.discount) == (gross, off)
    full = to.unit_price * to.quantity
    assert charge.amount == round_half_up(Fraction(full * charge.days, charge.total_days))
    assert (charge.discount, charge.net) == (taken_off(charge), charge.amount - taken_off(charge))
    assert charge.service.start == on


def taken_off(charge: Line) -> int:
    """Return what the discounts of a charge have to take off it, one after the other."""
    left = charge.amount
    for one in charge.discounts:
        months = Fraction(one.months or 1, one.of_months or 1)
        if one.basis_points:
            left -= round_half_up(left * months * Fraction(one.basis_points, 10_000))
        else:
            left -= one.amount
    return charge.amount - left


@given(of=PLANS, discounts=COUPONS)
def test_the_periods_cost_what_the_preview_says(of: Terms, discounts: list[Discount]) -> None:
    end = boundary(START, of.billing_cycle, PERIODS - 1)
    story = lived(of, discounts, change=None, day=START, end=end)

    amounts: list[int] = []
    for stretch in price_periods(of, discounts, POLICY):
        amounts += [stretch.amount] * (PERIODS if stretch.periods is None else stretch.periods)
    assert [one.total for one in story.invoices] == amounts[:PERIODS]


@given(of=PLANS, discount=some_discounts(st.just("A")))
def test_a_discount_is_for_as_many_months_as_it_says(of: Terms, discount: Discount) -> None:
    end = boundary(START, of.billing_cycle, PERIODS)
    story = lived(of, [discount], change=None, day=START, end=end)

    months = [line.discounts[0].months for one in story.invoices for line in one.lines if line.discounts]
    if discount.offer.duration is DiscountDuration.MONTHS:
        assert sum(months) == min(discount.offer.count, of.billing_cycle.months * (PERIODS + 1))
    if discount.offer.kind is DiscountKind.FIXED:
        assert all(line.discount <= discount.offer.amount for one in story.invoices for line in one.lines)
