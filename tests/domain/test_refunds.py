"""Rule 23: giving money of a payment back on request."""

from datetime import date

import pytest

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import AmountOutOfRange, BillingError
from ciclo.domain.errors.payments import PaymentNotFound, PaymentNotRefundable, RefundExceedsPayment
from ciclo.domain.events.commands import (
    CancellationRefund,
    CancellationRequested,
    InvoicePaymentRequested,
    PlanChanged,
    RefundCreated,
    SubscriptionPaused,
)
from ciclo.domain.events.facts import (
    ChargeDropped,
    PaymentAuthorized,
    PaymentRefunded,
    PaymentSucceeded,
    RefundFailed,
)
from ciclo.domain.events.orders import RefundRequested
from ciclo.domain.ids import PaymentId, RefundId
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle import Outcome, Review
from ciclo.domain.payment import MethodKind, Payment, PaymentStatus, Refund, RefundStatus
from ciclo.domain.subscription import Status
from tests.builders import CARD, PIX, Story, noon, terms

JAN_1, JAN_2, JAN_3, JAN_16 = date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3), date(2026, 1, 16)
BASIC, PLUS = terms(2990, plan="basic"), terms(5990, plan="plus")


def paid(*, credit: int = 0, of_provider: bool = True) -> Story:
    """Return a subscription whose first invoice of 2990 a card paid, through a provider of ours or not."""
    story = Story(JAN_1, of=BASIC, credit=credit).start()
    if of_provider:
        taken = PaymentAuthorized(
            payment_id=story.payment().id, provider="sandbox", provider_reference="ch_1"
        )
        story.tell(taken, at=JAN_1)
    return story.pay(at=JAN_1)


def order(payment: Payment, amount: int | None, *, name: str = "ref_1", waits: bool = False) -> RefundCreated:
    return RefundCreated(
        refund_id=RefundId(name),
        payment_id=payment.id,
        amount=amount,
        reason="goodwill",
        waits_for_reference=waits,
    )


@pytest.mark.parametrize(
    ("amount", "sent", "whole"), [(None, 2990, True), (2990, 2990, True), (1000, 1000, False)]
)
def test_the_provider_is_asked_to_send_it_back(amount: int | None, sent: int, *, whole: bool) -> None:
    story = paid()
    payment = story.payment()
    story.tell(order(payment, amount), at=JAN_2)

    assert story.payment().refunds == (
        Refund(
            id=RefundId("ref_1"),
            amount=sent,
            status=RefundStatus.PENDING,
            reason="goodwill",
            created_at=noon(JAN_2),
        ),
    )
    # Reserved, not refunded yet
    assert (story.payment().status, story.payment().refunded_amount) == (PaymentStatus.COMPLETED, 0)
    assert [one.payload for one in story.last.follow_ups] == [
        RefundRequested(
            refund_id=RefundId("ref_1"),
            payment_id=payment.id,
            provider="sandbox",
            provider_reference="ch_1",
            method=MethodKind.CREDIT_CARD,
            amount=sent,
            currency="BRL",
            whole=whole,
            reason="goodwill",
        )
    ]
    assert story.last.outcome is Outcome.RECORDED


def test_money_that_no_provider_of_ours_took_is_booked_as_refunded() -> None:
    story = paid(of_provider=False)
    story.tell(order(story.payment(), None), at=JAN_2)

    assert (story.payment().status, story.last.outcome) == (
        PaymentStatus.REFUNDED,
        Outcome.REFUND_RECORDED,
    )
    assert story.last.follow_ups == ()


def waiting() -> Story:
    """Return a payment that a notice reported before the provider answered, and a refund of it."""
    story = paid(of_provider=False)
    return story.tell(order(story.payment(), 1000, waits=True), at=JAN_2)


def sent(story: Story) -> list[tuple[str, int]]:
    orders = [one.payload for one in story.last.follow_ups if isinstance(one.payload, RefundRequested)]
    return [(one.provider_reference, one.amount) for one in orders]


def test_a_refund_waits_until_the_provider_has_named_the_payment_and_is_shown_to_a_person() -> None:
    story = waiting()

    assert (story.last.review, story.last.follow_ups) == (Review.REFUND_WAITS, ())
    [refund] = story.payment().refunds
    assert (refund.status, refund.waits, story.payment().reserved_amount) == (
        RefundStatus.PENDING,
        True,
        1000,
    )


@pytest.mark.parametrize("by_notice", [True, False])
def test_a_refund_that_waited_is_sent_once_the_provider_has_named_the_payment(*, by_notice: bool) -> None:
    story = waiting()
    payment_id = story.payment().id
    named = {"payment_id": payment_id, "provider": "sandbox", "provider_reference": "ch_1"}
    report = PaymentSucceeded(amount=2990, currency="BRL", **named)
    story.tell(report if by_notice else PaymentAuthorized(**named), at=JAN_3)

    assert sent(story) == [("ch_1", 1000)]
    [refund] = story.payment().refunds
    assert (refund.status, refund.waits) == (RefundStatus.PENDING, False)
    story.tell(PaymentAuthorized(**named), at=JAN_3)
    assert sent(story) == []


def test_a_refund_that_waited_is_booked_if_no_provider_of_ours_was_asked() -> None:
    story = waiting()
    story.tell(ChargeDropped(payment_id=story.payment().id, attempt=1), at=JAN_3)

    [refund] = story.payment().refunds
    assert (refund.status, refund.waits, sent(story)) == (RefundStatus.SUCCEEDED, False, [])


def test_a_refund_that_the_provider_reports_before_it_was_sent_is_not_sent_again() -> None:
    story = waiting()
    payment_id = story.payment().id
    returned = PaymentRefunded(amount=1000, currency="BRL", payment_id=payment_id)
    story.tell(returned, at=JAN_3)
    story.tell(
        PaymentAuthorized(payment_id=payment_id, provider="sandbox", provider_reference="ch_1"), at=JAN_3
    )

    assert sent(story) == []
    assert [one.status for one in story.payment().refunds] == [RefundStatus.SUCCEEDED]


def test_the_reference_of_money_that_has_to_be_looked_at_is_kept() -> None:
    story = Story(JAN_1, of=BASIC).start()
    other = PaymentSucceeded(
        amount=2990,
        currency="USD",
        payment_id=story.payment().id,
        provider="sandbox",
        provider_reference="ch_1",
    )
    story.tell(other, at=JAN_1)

    assert (story.last.review, story.payment().provider_reference) == (Review.CURRENCY_MISMATCH, "ch_1")


def test_a_dropped_charge_of_an_unknown_payment_is_shown_to_a_person() -> None:
    story = paid().tell(ChargeDropped(payment_id=PaymentId("pay_no"), attempt=1), at=JAN_2)

    assert story.last.review is Review.UNKNOWN_PAYMENT


def test_partial_refunds_add_up_to_what_was_paid() -> None:
    story = paid()
    for name, amount in (("ref_1", 1000), ("ref_2", 1500), ("ref_3", None)):
        story.tell(order(story.payment(), amount, name=name), at=JAN_2)

    assert [refund.amount for refund in story.payment().refunds] == [1000, 1500, 490]
    with pytest.raises(RefundExceedsPayment):
        story.tell(order(story.payment(), None, name="ref_4"), at=JAN_3)


def test_what_a_provider_could_not_send_back_can_be_asked_for_again() -> None:
    story = paid().tell(order(paid().payment(), None), at=JAN_2)
    story.tell(RefundFailed(payment_id=story.payment().id, refund_id=RefundId("ref_1")), at=JAN_2)
    story.tell(order(story.payment(), None, name="ref_2"), at=JAN_3)

    assert [refund.status for refund in story.payment().refunds] == [
        RefundStatus.FAILED,
        RefundStatus.PENDING,
    ]


def test_a_refund_takes_no_access_away() -> None:
    story = paid(of_provider=False)
    story.tell(order(story.payment(), None), at=JAN_2)

    assert (story.subscription.status, story.invoice.status) == (Status.ACTIVE, InvoiceStatus.PAID)


def test_what_was_credited_is_not_refunded_too() -> None:
    story = paid().tell(SubscriptionPaused(), at=JAN_16)
    # 2990 x 16/31 = 1543.23 went onto the balance
    story.tell(order(story.payment(), None), at=JAN_16)

    assert story.payment().reserved_amount == 2990 - 1543


def test_nor_what_a_plan_change_used() -> None:
    story = paid().tell(PlanChanged(terms=PLUS), at=JAN_16)
    first = story.account.payments_of(story.invoices[0].id)[0]
    story.tell(order(first, None), at=JAN_16)

    assert story.account.payments[first.id].reserved_amount == 2990 - 1543


def test_money_that_a_balance_added_to_can_go_back_whole() -> None:
    story = paid(credit=1000).tell(SubscriptionPaused(), at=JAN_16)
    # 1990 of money and 1000 of balance came, 1543 was credited: 1447 is left, all of it money
    story.tell(order(story.payment(), None), at=JAN_16)

    assert (story.payment().amount, story.payment().reserved_amount) == (1990, 1447)


def test_the_money_of_an_upgrade_can_go_back_whole_after_a_part_of_it_was_credited() -> None:
    story = paid().tell(PlanChanged(terms=PLUS), at=JAN_16)
    story.pay(at=JAN_16)
    leave = CancellationRequested(immediately=True, refund=CancellationRefund.CREDIT)
    story.tell(leave, at=date(2026, 1, 20))
    story.tell(order(story.payment(), None), at=date(2026, 1, 20))

    # 1543 of credit and 1549 of money came for 3092; 5990 x 12/31 = 2319 was credited, 773 is left
    assert (story.account.credit, story.payment().reserved_amount) == (2319, 773)


def test_money_that_came_twice_can_go_back_once_in_full() -> None:
    story = Story(JAN_1, of=BASIC, method=PIX).start()
    code = story.payment()
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=CARD), at=JAN_1)
    for payment in (code, story.payment()):
        story.tell(PaymentSucceeded(amount=2990, currency="BRL", payment_id=payment.id), at=JAN_1)
    story.tell(SubscriptionPaused(), at=JAN_16)

    story.tell(order(code, None), at=JAN_16)
    assert story.account.payments[code.id].reserved_amount == 2990
    # 2 x 2990 came, 1543 was credited and 2990 goes back: 1447 is left
    story.tell(order(story.payment(), None, name="ref_2"), at=JAN_16)
    assert story.payment().reserved_amount == 1447


def test_a_payment_gives_back_no_more_than_itself_although_two_came() -> None:
    story = Story(JAN_1, of=BASIC, method=PIX).start()
    code = story.payment()
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=CARD), at=JAN_1)
    for payment in (code, story.payment()):
        story.tell(PaymentSucceeded(amount=2990, currency="BRL", payment_id=payment.id), at=JAN_1)

    story.tell(order(code, 1000), at=JAN_2).tell(order(code, None, name="ref_2"), at=JAN_2)
    assert [refund.amount for refund in story.account.payments[code.id].refunds] == [1000, 1990]

    beyond = PaymentRefunded(amount=1, currency="BRL", payment_id=code.id, refund_id=RefundId("ref_3"))
    story.tell(beyond, at=JAN_3)
    assert story.last.review is Review.REFUND_EXCEEDS_PAYMENT


def test_money_whose_method_is_unknown_is_booked_as_refunded() -> None:
    story = Story(JAN_1, of=BASIC, method=None).start()
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=JAN_1)
    taken = PaymentAuthorized(payment_id=story.payment().id, provider="sandbox", provider_reference="ch_1")
    story.tell(taken, at=JAN_1).tell(order(story.payment(), 1), at=JAN_2)

    assert (story.last.outcome, story.payment().refunded_amount) == (Outcome.REFUND_RECORDED, 1)


@pytest.mark.parametrize(
    ("story", "amount", "refusal", "code", "field"),
    [
        (paid(), 2991, RefundExceedsPayment, ErrorCode.REFUND_EXCEEDS_PAYMENT, ("amount",)),
        (paid(), 0, AmountOutOfRange, ErrorCode.AMOUNT_OUT_OF_RANGE, ("amount",)),
        (paid(), -1, AmountOutOfRange, ErrorCode.AMOUNT_OUT_OF_RANGE, ("amount",)),
        (
            Story(JAN_1).start(),
            None,
            PaymentNotRefundable,
            ErrorCode.PAYMENT_NOT_REFUNDABLE,
            ("payment_id",),
        ),
        (
            Story(JAN_1).start().decline(at=JAN_1),
            None,
            PaymentNotRefundable,
            ErrorCode.PAYMENT_NOT_REFUNDABLE,
            ("payment_id",),
        ),
        (
            paid().tell(PaymentRefunded(amount=2990, currency="BRL"), at=JAN_1),
            None,
            PaymentNotRefundable,
            ErrorCode.PAYMENT_NOT_REFUNDABLE,
            ("payment_id",),
        ),
    ],
)
def test_a_refund_is_refused_and_changes_nothing(
    *,
    story: Story,
    amount: int | None,
    refusal: type[BillingError],
    code: ErrorCode,
    field: tuple[str, ...],
) -> None:
    before = story.account

    with pytest.raises(refusal) as refused:
        story.tell(order(story.payment(), amount), at=JAN_2)

    assert (refused.value.code, refused.value.field) == (code, field)
    assert story.account is before


def test_a_refund_of_an_unknown_payment_is_refused() -> None:
    with pytest.raises(PaymentNotFound) as refused:
        paid().tell(
            RefundCreated(refund_id=RefundId("ref_1"), payment_id=PaymentId("pay_no"), amount=1), at=JAN_2
        )

    assert (refused.value.code, refused.value.field) == (ErrorCode.PAYMENT_NOT_FOUND, ("payment_id",))
