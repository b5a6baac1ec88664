"""Paying an invoice by request, and the usual method."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.payments import NoPaymentMethod, PaymentInProgress
from ciclo.domain.events.commands import InvoicePaymentRequested, PaymentMethodUpdated
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.payment import PaymentMethod
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, CARD, OTHER_CARD, PIX, POLICY, Story, terms

JAN_1, JAN_2, JAN_3, FEB_1, FEB_2 = (
    date(2026, 1, 1),
    date(2026, 1, 2),
    date(2026, 1, 3),
    date(2026, 2, 1),
    date(2026, 2, 2),
)
BASIC = terms(2990, plan="basic")


def renewed(method: PaymentMethod = CARD) -> Story:
    """Return a subscription whose renewal of Feb 1 is being collected."""
    return Story(JAN_1, of=BASIC, method=method).start().pay(at=JAN_1).until(FEB_1)


# Paying


def test_an_open_invoice_can_be_paid_by_another_method() -> None:
    story = renewed().decline(at=FEB_1)
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=OTHER_CARD), at=FEB_2)

    assert story.last.outcome is Outcome.PAYMENT_REQUESTED
    (order,) = story.last.follow_ups
    assert (order.payload.method, order.payload.attempt, order.payload.amount) == (OTHER_CARD, 1, 2990)
    assert story.subscription.method == CARD


def test_the_usual_card_tries_the_same_payment_again() -> None:
    story = renewed().decline(at=FEB_1)
    first = story.payment()
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id), at=FEB_2)

    assert story.payment() == replace(first, attempts=2)
    assert [order.payload.attempt for order in story.last.follow_ups] == [2]


def test_a_card_may_pay_what_a_code_waits_for() -> None:
    story = renewed(PIX)
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=CARD), at=FEB_1)

    assert [one.method for one in story.account.payments_of(story.invoice.id)] == [PIX, CARD]


@pytest.mark.parametrize(
    ("usual", "asked"), [(CARD, None), (CARD, PIX), (CARD, OTHER_CARD), (PIX, None), (PIX, PIX)]
)
def test_what_is_being_paid_is_not_paid_twice(usual: PaymentMethod, asked: PaymentMethod | None) -> None:
    story = renewed(usual)

    with pytest.raises(PaymentInProgress) as refused:
        story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=asked), at=FEB_1)

    assert (refused.value.code, refused.value.field) == (ErrorCode.PAYMENT_IN_PROGRESS, ("invoice_id",))


def test_without_any_method_there_is_nothing_to_charge() -> None:
    story = Story(JAN_1, method=None).start()

    with pytest.raises(NoPaymentMethod) as refused:
        story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id), at=JAN_1)

    assert refused.value.code is ErrorCode.NO_PAYMENT_METHOD


def test_a_debt_can_be_paid_after_the_end() -> None:
    story = renewed(PIX).decline(at=FEB_1).until(date(2026, 3, 31))
    assert story.subscription.status is Status.CANCELLED

    story.tell(InvoicePaymentRequested(invoice_id=story.invoices[1].id), at=date(2026, 4, 1))
    story.pay(at=date(2026, 4, 1), invoice=story.invoices[1])
    assert story.invoices[1].status is InvoiceStatus.PAID


# The usual method


def test_a_new_method_is_charged_for_what_fails() -> None:
    story = renewed().decline(at=FEB_1).tell(PaymentMethodUpdated(method=OTHER_CARD), at=FEB_2)

    assert story.subscription.method == OTHER_CARD
    assert [one.method for one in story.account.payments_of(story.invoice.id)] == [CARD, OTHER_CARD]


def test_a_first_method_is_charged_for_what_waited_for_one() -> None:
    story = Story(JAN_1, method=None).start().tell(PaymentMethodUpdated(method=BOLETO), at=JAN_2)

    assert [one.method for one in story.account.payments.values()] == [BOLETO]
    assert story.pay(at=JAN_3).subscription.status is Status.ACTIVE


@pytest.mark.parametrize("new", [OTHER_CARD, PIX])
def test_a_card_that_is_being_charged_is_waited_for(new: PaymentMethod) -> None:
    story = renewed().tell(PaymentMethodUpdated(method=new), at=FEB_1)

    assert (story.last.follow_ups, story.subscription.method) == ((), new)


def test_a_code_that_waits_does_not_keep_a_card_from_paying() -> None:
    story = renewed(PIX).tell(PaymentMethodUpdated(method=CARD), at=FEB_1)

    assert [order.payload.method for order in story.last.follow_ups] == [CARD]


def test_a_second_code_of_the_same_kind_is_not_made() -> None:
    story = renewed(PIX).tell(PaymentMethodUpdated(method=PIX), at=FEB_1)

    assert (story.last.follow_ups, story.last.outcome) == ((), Outcome.IGNORED)


def test_every_failing_invoice_is_charged_to_the_new_method() -> None:
    policy = replace(POLICY, retry_days=(40,), grace_days=60)
    story = Story(JAN_1, of=BASIC, policy=policy).start().pay(at=JAN_1).until(FEB_1)
    story.decline(at=FEB_1).until(date(2026, 3, 1)).decline(at=date(2026, 3, 1))
    story.tell(PaymentMethodUpdated(method=OTHER_CARD), at=date(2026, 3, 2))

    assert [order.payload.invoice_id for order in story.last.follow_ups] == [
        one.id for one in story.invoices[1:]
    ]
