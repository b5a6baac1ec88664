"""Rule 20: money that came is always booked, whatever was asked for."""

from datetime import date

import pytest

from ciclo.domain.errors.payments import PaymentContested
from ciclo.domain.events.commands import InvoicePaymentRequested, RefundCreated
from ciclo.domain.events.facts import DisputeClosed, PaymentDisputed, PaymentSucceeded
from ciclo.domain.events.orders import ChargeRequested
from ciclo.domain.ids import RefundId
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.payment import Payment, PaymentStatus
from ciclo.domain.policy import LostDispute, Policy
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, CARD, PIX, Story, noon

JAN_1, JAN_2, JAN_3, FEB_2 = (date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3), date(2026, 2, 2))


def money(payment: Payment, amount: int, *, reference: str | None = None) -> PaymentSucceeded:
    return PaymentSucceeded(
        amount=amount,
        currency="BRL",
        payment_id=payment.id,
        provider="sandbox" if reference else None,
        provider_reference=reference,
    )


def waiting() -> Story:
    """Return a subscription whose first invoice of 29.90 waits for a boleto."""
    return Story(JAN_1, method=BOLETO).start()


def test_less_than_is_due_is_booked_and_the_rest_stays_due() -> None:
    story = waiting()
    story.tell(money(story.payment(), 2000), at=JAN_2)

    assert (story.payment().status, story.payment().received_amount) == (PaymentStatus.COMPLETED, 2000)
    # 2990 - 2000 = 990
    assert (story.invoice.status, story.invoice.amount_paid, story.invoice.amount_due) == (
        InvoiceStatus.PENDING,
        2000,
        990,
    )
    assert story.subscription.status is Status.PENDING


def test_a_charge_for_the_rest_asks_for_the_rest_only_and_pays_the_invoice() -> None:
    story = waiting()
    story.tell(money(story.payment(), 2000), at=JAN_2)
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=CARD), at=JAN_3)
    [order] = [one.payload for one in story.last.follow_ups]
    assert isinstance(order, ChargeRequested)
    assert order.amount == 990

    story.pay(at=JAN_3)
    assert (story.invoice.status, story.invoice.paid_at) == (InvoiceStatus.PAID, noon(JAN_3))
    assert (story.invoice.amount_due, story.account.credit) == (0, 0)
    assert story.subscription.status is Status.ACTIVE


def test_two_parts_of_one_payment_add_up() -> None:
    story = waiting()
    for day in (JAN_2, JAN_3):
        story.tell(money(story.payment(), 1495), at=day)

    assert (story.invoice.status, story.invoice.paid_at) == (InvoiceStatus.PAID, noon(JAN_3))
    assert story.payment().received_amount == 2990


def test_more_than_is_due_pays_the_invoice_and_the_surplus_goes_onto_the_balance() -> None:
    story = waiting()
    story.tell(money(story.payment(), 3051), at=JAN_2)

    # 3051 - 2990 = 61
    assert (story.invoice.status, story.invoice.overpaid, story.account.credit) == (
        InvoiceStatus.PAID,
        61,
        61,
    )
    # It came the day after its due date, so service begins with it (rule 18).
    story.until(FEB_2)
    # The next invoice uses it: 2990 - 61 = 2929
    assert (story.invoice.credit_applied, story.invoice.total) == (61, 2929)


def test_one_charge_is_booked_once_by_its_reference_and_another_one_goes_onto_the_balance() -> None:
    story = Story(JAN_1, method=PIX).start()
    for reference in ("ch_1", "ch_1", None, "ch_2"):
        story.tell(money(story.payment(), 2990, reference=reference), at=JAN_2)

    assert (story.payment().received_amount, story.account.credit) == (5980, 2990)


def test_money_without_an_id_of_another_amount_pays_the_oldest_open_invoice() -> None:
    story = waiting().pay(at=JAN_1).until(date(2026, 3, 1))
    story.tell(PaymentSucceeded(amount=1000, currency="BRL"), at=date(2026, 3, 1))

    assert [one.amount_due for one in story.invoices] == [0, 1990, 2990]


def test_money_without_an_id_for_which_nothing_is_open_goes_onto_the_balance() -> None:
    story = waiting().pay(at=JAN_1)
    story.tell(PaymentSucceeded(amount=1000, currency="BRL"), at=JAN_2)

    assert (story.last.outcome, story.account.credit) == (Outcome.PAYMENT_RECORDED, 1000)


def test_a_surplus_can_be_refunded_and_comes_back_from_the_balance_for_it() -> None:
    story = waiting()
    story.tell(money(story.payment(), 5980), at=JAN_2)
    refund = RefundCreated(refund_id=RefundId("ref_1"), payment_id=story.payment().id, amount=2990)
    story.tell(refund, at=JAN_3)

    assert (story.account.credit, story.invoice.overpaid, story.invoice.status) == (
        0,
        0,
        InvoiceStatus.PAID,
    )


def test_a_notice_that_is_dated_before_its_invoice_keeps_its_date_and_counts_as_cash_from_then_on() -> None:
    story = waiting()
    story.tell(money(story.payment(), 2990), at=date(2025, 1, 31))

    assert story.payment().completed_at == noon(date(2025, 1, 31))
    assert story.payment().booked_at == story.invoice.issued_at


# Disputes


def contested(*, won: bool | None = None, policy: Policy | None = None) -> Story:
    """Return a paid subscription of which the bank contests 29.90, and how that ended."""
    story = Story(JAN_1, policy=policy or Policy()).start().pay(at=JAN_1)
    payment = story.payment()
    told = PaymentDisputed(payment_id=payment.id, amount=2990, currency="BRL", dispute_id="dp_1", fee=1500)
    story.tell(told, at=JAN_2)
    if won is not None:
        story.tell(DisputeClosed(payment_id=payment.id, won=won, dispute_id="dp_1"), at=JAN_3)
    return story


@pytest.mark.parametrize("won", [None, False], ids=["open", "lost"])
def test_what_is_contested_can_not_be_refunded_too(*, won: bool | None) -> None:
    story = contested(won=won)
    refund = RefundCreated(refund_id=RefundId("ref_1"), payment_id=story.payment().id, amount=None)

    with pytest.raises(PaymentContested):
        story.tell(refund, at=JAN_3)


def test_what_was_won_can_be_refunded() -> None:
    story = contested(won=True)
    story.tell(RefundCreated(refund_id=RefundId("ref_1"), payment_id=story.payment().id, amount=2990))

    assert story.payment().reserved_amount == 2990


def test_a_dispute_keeps_when_it_began_and_ended_how_and_what_it_costs() -> None:
    story = contested(won=False)

    [dispute] = story.payment().disputes
    assert (dispute.id, dispute.opened_at, dispute.closed_at, dispute.won, dispute.amount, dispute.fee) == (
        "dp_1",
        noon(JAN_2),
        noon(JAN_3),
        False,
        2990,
        1500,
    )


@pytest.mark.parametrize(
    ("policy", "status", "due"),
    [
        (LostDispute.WRITE_OFF, InvoiceStatus.PAID, 0),
        (LostDispute.REOPEN, InvoiceStatus.PENDING, 2990),
    ],
)
def test_an_invoice_whose_money_was_lost_is_given_up_or_owed_again(
    policy: LostDispute, status: InvoiceStatus, due: int
) -> None:
    story = contested(won=False, policy=Policy(on_dispute_lost=policy))

    assert (story.invoice.status, story.invoice.amount_due) == (status, due)
    assert story.payment().lost_amount == 2990


def test_what_a_lost_dispute_left_open_is_paid_by_money_without_an_id() -> None:
    story = Story(JAN_1, method=None, policy=Policy(on_dispute_lost=LostDispute.REOPEN))
    told = PaymentSucceeded(amount=2990, currency="BRL")
    story.start().tell(told, at=JAN_1)
    story.tell(DisputeClosed(payment_id=story.payment().id, won=False), at=JAN_2)
    assert story.invoice.amount_due == 2990

    # The same amount, told of another day: other money, since the first was lost
    story.tell(told, at=JAN_3)
    assert (story.invoice.status, story.account.credit) == (InvoiceStatus.PAID, 0)
    assert [one.received_amount for one in story.account.payments.values()] == [2990, 2990]


def test_what_comes_after_the_first_money_is_kept_by_its_own_day_in_any_order() -> None:
    parts = [(1000, JAN_1), (500, JAN_2), (1490, JAN_3)]
    for order in (parts, parts[::-1]):
        story = waiting()
        for amount, day in order:
            story.tell(money(story.payment(), amount), at=day)
        assert [(one.amount, one.at) for one in story.payment().later] == [
            (500, noon(JAN_2)),
            (1490, noon(JAN_3)),
        ]
