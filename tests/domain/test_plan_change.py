"""Rules 8, 9, 11 to 14: changing plan, version, interval or quantity."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.errors import (
    AlreadyCancelled,
    BillingError,
    CurrencyMismatch,
    ErrorCode,
    InvoiceUnpaid,
    SamePlan,
    SubscriptionNotActive,
)
from ciclo.domain.events import (
    CancellationRequested,
    ChangeTiming,
    InvoicePaymentRequested,
    InvoiceVoided,
    Payload,
    PaymentSucceeded,
    PlanChanged,
    RefundCreated,
    SubscriptionPaused,
)
from ciclo.domain.ids import RefundId
from ciclo.domain.invoice import InvoiceKind, InvoiceStatus, Line
from ciclo.domain.lifecycle import Outcome, apply
from ciclo.domain.period import BillingCycle, Period
from ciclo.domain.plan import Terms
from ciclo.domain.subscription import Coverage, Status
from tests.builders import CARD, PIX, POLICY, Story, event, service, terms, unused

BASIC = terms(2990, plan="basic")
PLUS = terms(5990, plan="plus")
STUDIO = terms(12_000, plan="studio")
YEARLY = terms(29_900, plan="yearly", cycle=BillingCycle.ANNUAL)

JAN_1, JAN_11, JAN_16, JAN_21, FEB_1, MAR_1 = (
    date(2026, 1, 1),
    date(2026, 1, 11),
    date(2026, 1, 16),
    date(2026, 1, 21),
    date(2026, 2, 1),
    date(2026, 3, 1),
)
NOW, LATER = ChangeTiming.IMMEDIATE, ChangeTiming.PERIOD_END


def paid(of: Terms = BASIC, *, on: date = JAN_1, credit: int = 0) -> Story:
    """Return a subscription whose first period is paid."""
    story = Story(on, of=of, credit=credit).start()
    return story.pay(at=on) if story.invoice.is_open else story


def lines(story: Story) -> tuple[Line, ...]:
    return story.invoice.lines


# Upgrade now


def test_an_upgrade_credits_the_old_plan_and_charges_the_new_one_for_the_same_days() -> None:
    story = paid().tell(PlanChanged(terms=PLUS), at=JAN_16)

    invoice = story.invoice
    assert lines(story) == (
        # Feb 1 - Jan 16 = 16 days; 2990 x 16/31 = 1543.23
        unused(BASIC, JAN_16, FEB_1, total_days=31, amount=-1543),
        # 5990 x 16/31 = 3091.61
        service(PLUS, JAN_16, FEB_1, total_days=31, amount=3092),
    )
    assert (invoice.kind, invoice.subtotal, invoice.total) == (InvoiceKind.PLAN_CHANGE, 1549, 1549)
    assert story.last.outcome is Outcome.PLAN_CHANGED
    assert story.subscription.terms == PLUS
    assert story.subscription.period == Period(JAN_1, FEB_1)
    assert story.subscription.anchor == JAN_1
    assert story.subscription.next_billing_date == FEB_1


def test_an_upgrade_is_charged_at_once() -> None:
    story = paid().tell(PlanChanged(terms=PLUS), at=JAN_16)

    (order,) = story.last.follow_ups
    assert (order.type, order.payload.invoice_id, order.payload.amount) == (
        "charge_requested",
        story.invoice.id,
        1549,
    )


def test_the_renewal_after_an_upgrade_bills_the_new_price() -> None:
    story = paid().tell(PlanChanged(terms=PLUS), at=JAN_16).pay(at=JAN_16).until(FEB_1)

    assert lines(story) == (service(PLUS, FEB_1, MAR_1, total_days=28, amount=5990),)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        # One more seat: 2990 x 16/31 back, 5980 x 16/31 = 3086.45 charged
        (
            terms(2990, quantity=2),
            (
                unused(BASIC, JAN_16, FEB_1, total_days=31, amount=-1543),
                service(terms(2990, quantity=2), JAN_16, FEB_1, total_days=31, amount=3086),
            ),
        ),
        # A newer version of the same plan, at a higher price: 3190 x 16/31 = 1646.45
        (
            replace(BASIC, plan_version=2, unit_price=3190),
            (
                unused(BASIC, JAN_16, FEB_1, total_days=31, amount=-1543),
                service(
                    replace(BASIC, plan_version=2, unit_price=3190),
                    JAN_16,
                    FEB_1,
                    total_days=31,
                    amount=1646,
                ),
            ),
        ),
        # Another plan at the same price is no downgrade: it happens now and costs nothing
        (
            terms(2990, plan="other"),
            (
                unused(BASIC, JAN_16, FEB_1, total_days=31, amount=-1543),
                service(terms(2990, plan="other"), JAN_16, FEB_1, total_days=31, amount=1543),
            ),
        ),
    ],
)
def test_quantity_and_version_change_like_plans(new: Terms, expected: tuple[Line, ...]) -> None:
    story = paid().tell(PlanChanged(terms=new), at=JAN_16)

    assert lines(story) == expected
    assert story.subscription.terms == new


def test_a_change_that_nets_to_zero_asks_for_no_money_and_counts_as_paid() -> None:
    story = paid().tell(PlanChanged(terms=terms(2990, plan="other")), at=JAN_16)

    assert (story.invoice.total, story.invoice.status) == (0, InvoiceStatus.PAID)
    assert story.last.follow_ups == ()


def test_an_upgrade_uses_the_balance_first() -> None:
    # 1549 to pay, 3990 - 2990 = 1000 on the balance after the first invoice
    story = paid(credit=3990).tell(PlanChanged(terms=PLUS), at=JAN_16)

    assert (story.invoice.subtotal, story.invoice.credit_applied, story.invoice.total) == (1549, 1000, 549)
    assert story.account.credit == 0


def test_the_day_of_the_change_belongs_to_the_new_plan() -> None:
    # On the first day nothing of the old plan was used: all 31 days go back
    story = paid().tell(PlanChanged(terms=PLUS), at=JAN_1)

    assert lines(story) == (
        unused(BASIC, JAN_1, FEB_1, total_days=31, amount=-2990),
        service(PLUS, JAN_1, FEB_1, total_days=31, amount=5990),
    )


def test_on_the_last_day_one_day_is_prorated() -> None:
    # 2990/31 = 96.45, 5990/31 = 193.23
    story = paid().tell(PlanChanged(terms=PLUS), at=date(2026, 1, 31))

    assert lines(story) == (
        unused(BASIC, date(2026, 1, 31), FEB_1, total_days=31, amount=-96),
        service(PLUS, date(2026, 1, 31), FEB_1, total_days=31, amount=193),
    )


def test_a_plan_that_was_free_gives_nothing_back() -> None:
    story = paid(terms(0, plan="free")).tell(PlanChanged(terms=PLUS), at=JAN_16)

    assert lines(story) == (service(PLUS, JAN_16, FEB_1, total_days=31, amount=3092),)


# Several changes in one cycle


def test_a_second_change_credits_what_the_first_one_billed() -> None:
    story = paid().tell(PlanChanged(terms=PLUS), at=JAN_11).pay(at=JAN_11)
    story.tell(PlanChanged(terms=STUDIO), at=JAN_21)

    assert lines(story) == (
        # What the first change charged: 5990 x 11/31 = 2125.48, though only 2003 net was paid then
        unused(PLUS, JAN_21, FEB_1, total_days=31, amount=-2125),
        # 12000 x 11/31 = 4258.06
        service(STUDIO, JAN_21, FEB_1, total_days=31, amount=4258),
    )


def test_changes_taken_back_on_their_own_day_leave_nothing() -> None:
    story = paid().tell(PlanChanged(terms=PLUS), at=JAN_16).pay(at=JAN_16)
    story.tell(PlanChanged(terms=BASIC, timing=NOW), at=JAN_16)

    # What was charged for the new plan goes back whole, also the part that the old plan's credit paid
    assert lines(story) == (
        unused(PLUS, JAN_16, FEB_1, total_days=31, amount=-3092),
        service(BASIC, JAN_16, FEB_1, total_days=31, amount=1543),
    )
    # 1549 was paid for the upgrade, and 1549 is on the balance now
    assert (story.invoice.total, story.invoice.credit_applied, story.account.credit) == (0, -1549, 1549)


def test_a_change_after_an_immediate_downgrade_credits_the_cheaper_plan() -> None:
    story = paid(PLUS).tell(PlanChanged(terms=BASIC, timing=NOW), at=JAN_11)
    story.tell(PlanChanged(terms=STUDIO), at=JAN_21)

    assert lines(story) == (
        # 2990 x 11/31 = 1060.97, paid for by the credit of the downgrade
        unused(BASIC, JAN_21, FEB_1, total_days=31, amount=-1061),
        # 12000 x 11/31 = 4258.06
        service(STUDIO, JAN_21, FEB_1, total_days=31, amount=4258),
    )


def test_a_downgrade_to_a_free_plan_can_be_left_again() -> None:
    story = paid().tell(PlanChanged(terms=terms(0, plan="free"), timing=NOW), at=JAN_16)
    story.tell(PlanChanged(terms=PLUS), at=JAN_21)

    assert story.invoices[1].lines == (
        unused(BASIC, JAN_16, FEB_1, total_days=31, amount=-1543),
        service(terms(0, plan="free"), JAN_16, FEB_1, total_days=31, amount=0),
    )
    # 5990 x 11/31 = 2125.48, of which the balance pays 1543
    assert lines(story) == (service(PLUS, JAN_21, FEB_1, total_days=31, amount=2125),)
    assert (story.invoice.credit_applied, story.invoice.total) == (1543, 582)


def test_earlier_invoices_are_never_edited() -> None:
    story = paid()
    first = story.invoice
    story.tell(PlanChanged(terms=PLUS), at=JAN_16)

    assert story.account.invoices[first.id] == replace(first, credited=1543)


def test_what_was_refunded_is_not_credited_again() -> None:
    story = paid()
    refund = RefundCreated(refund_id=RefundId("ref_1"), payment_id=story.payment().id, amount=2000)
    story.tell(refund, at=JAN_11).tell(PlanChanged(terms=PLUS), at=JAN_16)

    # 1543 is unused, but only 2990 - 2000 = 990 of the money is still here
    assert lines(story)[0] == unused(BASIC, JAN_16, FEB_1, total_days=31, amount=-990)


def test_a_refund_of_money_that_came_twice_leaves_the_days_paid() -> None:
    story = Story(JAN_1, of=BASIC, method=PIX).start()
    invoice, code = story.invoice, story.payment()
    story.tell(InvoicePaymentRequested(invoice_id=invoice.id, method=CARD), at=JAN_1)
    by_card = story.payment()
    for payment in (code, by_card):
        notice = PaymentSucceeded(amount=2990, currency="BRL", payment_id=payment.id)
        story.tell(notice, at=JAN_1)
    refund = RefundCreated(refund_id=RefundId("ref_1"), payment_id=by_card.id, amount=None)
    story.tell(refund, at=JAN_11).tell(PlanChanged(terms=PLUS), at=JAN_16)

    assert lines(story)[0] == unused(BASIC, JAN_16, FEB_1, total_days=31, amount=-1543)


def test_tax_goes_back_with_the_days_it_was_charged_for() -> None:
    story = Story(JAN_1, of=BASIC, policy=replace(POLICY, tax_basis_points=1234)).start().pay(at=JAN_1)
    story.tell(PlanChanged(terms=PLUS), at=JAN_16)

    assert lines(story) == (
        # 1543 x 12.34% = 190.41
        unused(BASIC, JAN_16, FEB_1, total_days=31, amount=-1543, tax=-190, tax_basis_points=1234),
        # 3092 x 12.34% = 381.55
        service(PLUS, JAN_16, FEB_1, total_days=31, amount=3092, tax=382, tax_basis_points=1234),
    )
    assert (story.invoice.subtotal, story.invoice.tax, story.invoice.total) == (1741, 192, 1741)


# Downgrade


def test_a_downgrade_waits_for_the_end_of_the_period() -> None:
    story = paid(PLUS).tell(PlanChanged(terms=BASIC), at=JAN_16)

    assert story.last.outcome is Outcome.CHANGE_SCHEDULED
    assert len(story.invoices) == 1
    assert (story.subscription.terms, story.subscription.pending_change) == (PLUS, BASIC)

    story.until(FEB_1)

    assert lines(story) == (service(BASIC, FEB_1, MAR_1, total_days=28, amount=2990),)
    assert (story.subscription.terms, story.subscription.pending_change) == (BASIC, None)


def test_up_or_down_is_decided_by_the_price_of_a_month() -> None:
    # A year for 29900 is 2491.67 a month: less than 2990, though the sum is larger
    story = paid(BASIC).tell(PlanChanged(terms=YEARLY), at=JAN_16)

    assert story.last.outcome is Outcome.CHANGE_SCHEDULED


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
    story = paid().tell(PlanChanged(terms=PLUS), at=JAN_11)

    with pytest.raises(InvoiceUnpaid):
        story.tell(PlanChanged(terms=BASIC, timing=NOW), at=JAN_16)


def test_credit_that_came_from_unpaid_days_does_not_become_a_balance() -> None:
    story = Story(JAN_1, of=BASIC, trial_days=7, method=PIX).start().until(date(2026, 1, 8))
    story.tell(PlanChanged(terms=PLUS), at=JAN_16).pay(at=JAN_16)
    first, second = story.invoices
    assert (first.status, second.status) == (InvoiceStatus.PENDING, InvoiceStatus.PAID)

    # What the second invoice charged was paid in part with days of the first one, which is still owed
    with pytest.raises(InvoiceUnpaid):
        story.tell(PlanChanged(terms=BASIC, timing=NOW), at=JAN_16)


def test_an_upgrade_is_possible_while_the_period_is_being_paid() -> None:
    story = Story(JAN_1, of=BASIC, trial_days=7, method=PIX).start().until(date(2026, 1, 8))
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
    story = paid().tell(PlanChanged(terms=YEARLY, timing=NOW), at=JAN_16)

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
    story = paid(on=date(2026, 1, 31)).tell(PlanChanged(terms=YEARLY), at=date(2026, 2, 10))
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
    story.tell(PlanChanged(terms=STUDIO), at=JAN_16)
    assert story.subscription.pending_change is None


def test_a_cancellation_replaces_the_scheduled_change() -> None:
    story = paid(PLUS).tell(PlanChanged(terms=BASIC), at=JAN_11).tell(CancellationRequested(), at=JAN_16)

    assert (story.subscription.pending_change, story.subscription.cancel_at_period_end) == (None, True)


@pytest.mark.parametrize("timing", [NOW, LATER])
def test_a_change_takes_a_scheduled_end_back(timing: ChangeTiming) -> None:
    story = paid().tell(CancellationRequested(reason="too dear"), at=JAN_11)
    story.tell(PlanChanged(terms=PLUS, timing=timing), at=JAN_16)

    sub = story.subscription
    assert (sub.cancel_at_period_end, sub.cancel_reason, sub.next_billing_date) == (False, None, FEB_1)


@pytest.mark.parametrize("timing", [None, NOW])
def test_an_upgrade_that_waits_can_be_made_at_once(timing: ChangeTiming | None) -> None:
    story = paid().tell(PlanChanged(terms=PLUS, timing=LATER), at=JAN_11)
    story.tell(PlanChanged(terms=PLUS, timing=timing), at=JAN_16)

    assert story.last.outcome is Outcome.PLAN_CHANGED
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
    story = Story(JAN_1, of=BASIC, trial_days=7, method=None).start()
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
    story = paid().tell(PlanChanged(terms=PLUS), at=JAN_16)

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
