"""Rule 20: an open invoice that was paid past Ciclo, in cash or by a transfer, as an operator says."""

from datetime import date

import pytest

from ciclo.domain.errors.general import AmountOutOfRange, BillingError, DateInPast, InvalidValue
from ciclo.domain.errors.payments import InvoiceNotFound, InvoiceNotOpen, PaymentInProgress
from ciclo.domain.events.booking import InvoicePaidOutside
from ciclo.domain.events.commands import RefundCreated
from ciclo.domain.events.facts import PaymentRefunded, PaymentSucceeded
from ciclo.domain.ids import InvoiceId, PaymentId, RefundId
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle import Outcome, Review
from ciclo.domain.payment import Payment, PaymentStatus, RefundStatus
from ciclo.domain.subscription import Status
from tests.builders import PIX, Story, noon
from tests.domain.plans import BASIC

JAN_1, JAN_2, JAN_20, FEB_1, FEB_5, FEB_8 = (
    date(2026, 1, 1),
    date(2026, 1, 2),
    date(2026, 1, 20),
    date(2026, 2, 1),
    date(2026, 2, 5),
    date(2026, 2, 8),
)
CASH = PaymentId("pay_cash")


def outside(story: Story, *, paid_on: date, amount: int | None = None, at: date | None = None) -> Payment:
    """Tell the story that its newest invoice was paid past Ciclo, and return that payment."""
    told = InvoicePaidOutside(
        invoice_id=story.invoice.id, payment_id=CASH, paid_on=paid_on, how="TED 4711", amount=amount
    )
    return story.tell(told, at=at or paid_on).account.payments[CASH]


def test_all_that_is_due_pays_the_invoice_on_the_day_it_came() -> None:
    story = Story(JAN_1, of=BASIC).start().pay(at=JAN_1).until(FEB_1).decline(at=FEB_1)
    assert story.subscription.status is Status.PAST_DUE

    paid = outside(story, paid_on=FEB_5, at=FEB_8)

    assert (paid.status, paid.received_amount, paid.method) == (PaymentStatus.COMPLETED, 2990, None)
    assert (paid.paid_outside, paid.provider) == ("TED 4711", None)
    assert story.invoice.status is InvoiceStatus.PAID
    # The seller's day began at 03:00 UTC
    assert str(story.invoice.paid_at) == "2026-02-05 03:00:00+00:00"
    assert (story.subscription.status, story.last.outcome) == (Status.ACTIVE, Outcome.PAYMENT_RECORDED)


def test_a_first_payment_that_came_late_moves_the_days_that_it_bought() -> None:
    story = Story(JAN_1, of=BASIC, method=PIX).start()

    outside(story, paid_on=JAN_2)

    assert (story.subscription.status, story.subscription.period.start) == (Status.ACTIVE, JAN_2)
    assert story.subscription.activated_at == noon(JAN_2)


def test_a_part_leaves_the_rest_due_and_a_code_that_is_paid_all_the_same_goes_onto_the_balance() -> None:
    story = Story(JAN_1, of=BASIC, method=PIX).start()
    [code] = story.account.payments.values()

    outside(story, paid_on=JAN_1, amount=2000)
    assert (story.invoice.status, story.invoice.amount_due) == (InvoiceStatus.PENDING, 990)

    told = PaymentSucceeded(amount=2990, currency="BRL", payment_id=code.id, provider_reference="pix_1")
    story.tell(told, at=JAN_1)
    # 2000 + 2990 - 2990 = 2000
    assert (story.invoice.status, story.account.credit) == (InvoiceStatus.PAID, 2000)


def test_a_refund_of_it_is_sent_by_hand_and_booked_at_once() -> None:
    story = Story(JAN_1, of=BASIC, method=PIX).start()
    outside(story, paid_on=JAN_1)

    story.tell(RefundCreated(refund_id=RefundId("ref_1"), payment_id=CASH, amount=None), at=JAN_2)

    payment = story.account.payments[CASH]
    assert (payment.status, payment.refunded_amount) == (PaymentStatus.REFUNDED, 2990)
    assert [refund.status for refund in payment.refunds] == [RefundStatus.SUCCEEDED]
    assert story.last.follow_ups == ()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"invoice_id": InvoiceId("inv_none")}, InvoiceNotFound),
        ({"amount": 0}, AmountOutOfRange),
        ({"amount": 2991}, AmountOutOfRange),
        ({"paid_on": date(2025, 12, 31)}, DateInPast),
        ({"paid_on": JAN_20}, InvalidValue),
    ],
)
def test_what_can_not_be_is_refused(changes: dict[str, object], refusal: type[BillingError]) -> None:
    story = Story(JAN_1, of=BASIC, method=PIX).start()
    told = {"invoice_id": story.invoice.id, "payment_id": CASH, "paid_on": JAN_2, "how": "cash", **changes}
    before = story.account

    with pytest.raises(refusal):
        story.tell(InvoicePaidOutside(**told), at=JAN_2)  # type: ignore[arg-type]

    assert story.account is before


def test_it_is_refused_while_a_card_is_charged_and_once_it_is_paid() -> None:
    story = Story(JAN_1, of=BASIC).start()
    with pytest.raises(PaymentInProgress):
        outside(story, paid_on=JAN_1)
    story.pay(at=JAN_1)
    with pytest.raises(InvoiceNotOpen):
        outside(story, paid_on=JAN_1)


def test_a_notice_of_the_whole_sum_is_not_about_an_invoice_that_was_paid_in_parts() -> None:
    story = Story(JAN_1, of=BASIC, method=None).start()
    outside(story, paid_on=JAN_1, amount=2000)
    rest = InvoicePaidOutside(
        invoice_id=story.invoice.id, payment_id=PaymentId("pay_rest"), paid_on=JAN_1, how="cash"
    )
    story.tell(rest, at=JAN_1)
    before = story.account.payments

    story.tell(PaymentRefunded(amount=2990, currency="BRL"), at=JAN_2)

    assert (story.last.review, story.account.payments) == (Review.NO_OPEN_INVOICE, before)
