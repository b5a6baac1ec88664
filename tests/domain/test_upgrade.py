"""Rules 8, 9, 11, 13: upgrades now, and several changes in one cycle."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.events.commands import (
    ChangeTiming,
    InvoicePaymentRequested,
    PlanChanged,
    RefundCreated,
)
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.ids import RefundId
from ciclo.domain.invoice import InvoiceKind, InvoiceStatus, Line
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.period import Period
from ciclo.domain.plan import Terms
from tests.builders import CARD, PIX, POLICY, Story, service, terms, unused
from tests.domain.plans import (
    BASIC,
    FEB_1,
    JAN_1,
    JAN_11,
    JAN_16,
    JAN_21,
    MAR_1,
    PLUS,
    STUDIO,
    lines,
    paid,
)

NOW = ChangeTiming.IMMEDIATE


# Upgrade now


def test_an_upgrade_credits_the_old_plan_and_charges_the_new_one_for_the_same_days() -> None:
    story = paid().tell(PlanChanged(terms=PLUS), at=JAN_16).pay(at=JAN_16)

    invoice = story.invoice
    assert lines(story) == (
        # Feb 1 - Jan 16 = 16 days; 2990 x 16/31 = 1543.23
        unused(BASIC, JAN_16, FEB_1, total_days=31, amount=-1543),
        # 5990 x 16/31 = 3091.61
        service(PLUS, JAN_16, FEB_1, total_days=31, amount=3092),
    )
    assert (invoice.kind, invoice.subtotal, invoice.total) == (InvoiceKind.PLAN_CHANGE, 1549, 1549)
    assert [one.outcome for one in story.decisions[-2:]] == [
        Outcome.CHANGE_AWAITS_PAYMENT,
        Outcome.PAYMENT_RECORDED,
    ]
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
    if story.invoice.is_open:
        story.pay(at=JAN_16)

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
    less = unused(BASIC, JAN_16, FEB_1, total_days=31, amount=-990)
    assert lines(story)[0] == replace(less, capped=True)


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
