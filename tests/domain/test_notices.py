"""Rules 18 and 20: payments only move forward, and what does not fit is for a person."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.events.commands import InvoicePaymentRequested, InvoiceVoided
from ciclo.domain.events.event import Payload
from ciclo.domain.events.facts import (
    DisputeClosed,
    PaymentAuthorized,
    PaymentDisputed,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
    RefundFailed,
)
from ciclo.domain.ids import PaymentId, RefundId
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle import Outcome, Review
from ciclo.domain.payment import Payment, PaymentStatus
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, CARD, PIX, Story, noon
from tests.domain.reports import JAN_1, JAN_2, JAN_3, JAN_4, billed, failure, refund, success

# Forward only


def test_a_failure_and_then_a_success_of_one_payment_end_completed() -> None:
    story = billed()
    story.tell(failure(story.payment()), at=JAN_1)
    assert (story.payment().status, story.payment().failed_attempts) == (PaymentStatus.FAILED, 1)
    assert story.payment().failure_code == "declined"

    story.tell(success(story.payment()), at=JAN_2)
    payment = story.payment()
    assert (payment.status, payment.completed_at) == (PaymentStatus.COMPLETED, noon(JAN_2))
    assert (payment.failed_attempts, payment.failed_at, payment.failure_code) == (0, None, None)
    assert story.subscription.status is Status.ACTIVE


def test_a_late_failure_does_not_undo_a_success() -> None:
    story = billed().pay(at=JAN_1)
    before = story.account
    story.tell(failure(story.payment()), at=JAN_2)

    assert story.last.outcome is Outcome.IGNORED
    assert story.account == replace(before, subscription=replace(before.subscription, version=3))


def test_a_late_success_does_not_undo_a_refund() -> None:
    story = billed().pay(at=JAN_1)
    story.tell(refund(story.payment(), 2990), at=JAN_2).tell(success(story.payment()), at=JAN_3)

    assert (story.payment().status, story.last.outcome) == (PaymentStatus.REFUNDED, Outcome.IGNORED)


def test_of_two_reports_of_one_success_the_earlier_instant_counts() -> None:
    story = billed()
    for day in (JAN_3, JAN_1, JAN_2):
        story.tell(success(story.payment()), at=day)

    assert {story.payment().completed_at, story.invoice.paid_at, story.subscription.activated_at} == {
        noon(JAN_1)
    }


def test_of_several_failures_the_latest_attempt_is_shown() -> None:
    story = billed().decline(at=JAN_1, code="insufficient_funds").until(JAN_3)
    story.decline(at=JAN_3, code="do_not_honor")
    story.tell(failure(story.payment(), attempt=1), at=JAN_4)

    payment = story.payment()
    assert (payment.failed_attempts, payment.failed_at, payment.failure_code) == (
        2,
        noon(JAN_3),
        "do_not_honor",
    )


def test_a_failure_of_an_attempt_that_was_never_made_is_of_the_latest() -> None:
    story = billed()
    story.tell(failure(story.payment(), attempt=9), at=JAN_1)

    assert story.payment().failed_attempts == 1


def test_a_refund_proves_that_the_money_had_come() -> None:
    story = billed()
    story.tell(refund(story.payment(), 2990), at=JAN_3)

    payment = story.payment()
    assert (payment.status, payment.completed_at, payment.confirmed) == (
        PaymentStatus.REFUNDED,
        noon(JAN_3),
        False,
    )
    assert story.last.outcome is Outcome.REFUND_RECORDED
    assert story.invoice.status is InvoiceStatus.PAID

    story.tell(success(payment), at=JAN_1)
    assert (story.payment().completed_at, story.payment().confirmed) == (noon(JAN_1), True)
    assert story.invoice.paid_at == noon(JAN_1)
    assert story.payment().status is PaymentStatus.REFUNDED


def test_of_two_refunds_that_come_before_the_success_the_earlier_one_counts() -> None:
    story = billed()
    story.tell(refund(story.payment(), 1000, name="ref_2"), at=JAN_4)
    story.tell(refund(story.payment(), 1000, name="ref_1"), at=JAN_3)

    # They prove what they sent back: 1000 + 1000
    assert (story.payment().completed_at, story.invoice.amount_paid) == (noon(JAN_3), 2000)


# What does not fit


@pytest.mark.parametrize(
    ("notice", "review"),
    [
        (PaymentSucceeded(amount=2990, currency="USD"), Review.CURRENCY_MISMATCH),
        (
            PaymentSucceeded(amount=2990, currency="BRL", payment_id=PaymentId("pay_unknown")),
            Review.UNKNOWN_PAYMENT,
        ),
        (PaymentFailed(amount=2991, currency="BRL"), Review.AMOUNT_MISMATCH),
        (PaymentFailed(amount=2990, currency="USD"), Review.CURRENCY_MISMATCH),
        (
            PaymentFailed(amount=2990, currency="BRL", payment_id=PaymentId("pay_unknown")),
            Review.UNKNOWN_PAYMENT,
        ),
        (PaymentRefunded(amount=2991, currency="BRL"), Review.AMOUNT_MISMATCH),
        (PaymentRefunded(amount=2990, currency="USD"), Review.CURRENCY_MISMATCH),
        (
            PaymentRefunded(amount=2990, currency="BRL", payment_id=PaymentId("pay_unknown")),
            Review.UNKNOWN_PAYMENT,
        ),
        (
            RefundFailed(payment_id=PaymentId("pay_unknown"), refund_id=RefundId("ref_1")),
            Review.UNKNOWN_PAYMENT,
        ),
        (
            PaymentAuthorized(
                payment_id=PaymentId("pay_unknown"), provider="sandbox", provider_reference="ch_1"
            ),
            Review.UNKNOWN_PAYMENT,
        ),
        (
            PaymentDisputed(payment_id=PaymentId("pay_unknown"), amount=2990, currency="BRL"),
            Review.UNKNOWN_PAYMENT,
        ),
        (DisputeClosed(payment_id=PaymentId("pay_unknown"), won=True), Review.UNKNOWN_PAYMENT),
    ],
)
def test_what_does_not_fit_is_kept_for_a_person_and_changes_nothing(notice: Payload, review: Review) -> None:
    story = billed()
    before = story.account
    story.tell(notice, at=JAN_2)

    assert (story.last.outcome, story.last.review) == (Outcome.NEEDS_REVIEW, review)
    assert story.account == replace(before, subscription=replace(before.subscription, version=2))
    assert (story.last.follow_ups, story.last.movement) == ((), None)


@pytest.mark.parametrize("kind", [PaymentFailed, PaymentRefunded])
def test_without_any_invoice_of_that_amount_there_is_nothing_to_match(
    kind: type[PaymentFailed] | type[PaymentRefunded],
) -> None:
    story = billed().pay(at=JAN_1).tell(kind(amount=4242, currency="BRL"), at=JAN_2)

    assert story.last.review is Review.NO_OPEN_INVOICE


def test_a_second_payment_of_one_invoice_goes_onto_the_balance() -> None:
    story = Story(JAN_1, method=PIX).start()
    code = story.payment()
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=CARD), at=JAN_1)
    story.pay(at=JAN_2).tell(success(code), at=JAN_1)

    assert (story.last.outcome, story.account.credit) == (Outcome.PAYMENT_RECORDED, 2990)
    assert {one.status for one in story.account.payments.values()} == {PaymentStatus.COMPLETED}
    assert story.invoice.paid_at == noon(JAN_1)


def test_money_for_a_voided_invoice_goes_onto_the_balance() -> None:
    story = Story(JAN_1, method=PIX).start()
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=JAN_1).pay(at=JAN_2)

    assert (story.last.review, story.account.credit) == (None, 2990)
    assert (story.payment().status, story.invoice.status) == (
        PaymentStatus.COMPLETED,
        InvoiceStatus.CANCELLED,
    )
    assert story.subscription.status is Status.PENDING


def test_a_refund_of_money_that_came_for_a_voided_invoice_leaves_nothing_on_the_balance() -> None:
    story = Story(JAN_1, method=PIX).start()
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=JAN_1)
    story.tell(refund(story.payment(), 2990), at=JAN_2)

    assert (story.last.review, story.account.credit) == (None, 0)
    assert story.payment().status is PaymentStatus.REFUNDED


# Several tries of one invoice


def three_tries() -> tuple[Story, tuple[Payment, ...]]:
    story = Story(JAN_1, method=PIX).start()
    for method in (BOLETO, CARD):
        story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=method), at=JAN_1)
    return story, tuple(story.account.payments.values())


def test_of_two_payments_the_earlier_instant_counts_for_all_that_follows() -> None:
    story, (pix, boleto, card) = three_tries()
    story.tell(success(card), at=JAN_3).tell(success(pix), at=JAN_2)

    assert story.invoice.paid_at == story.subscription.activated_at == noon(JAN_2)
    assert story.account.payments[boleto.id].failed_at == noon(JAN_2)


def test_money_for_a_voided_invoice_leaves_its_other_tries_as_they_were_closed() -> None:
    story = Story(JAN_1, method=PIX).start()
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=BOLETO), at=JAN_1)
    pix, boleto = story.account.payments.values()
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=JAN_3).tell(success(pix), at=JAN_2)

    assert story.account.payments[boleto.id].failed_at == noon(JAN_3)
    assert (story.invoice.paid_at, story.invoice.voided_at) == (None, noon(JAN_3))


def test_a_try_that_became_needless_shows_what_was_reported_of_it_whichever_came_first() -> None:
    def told(*days: tuple[str, date]) -> Payment:
        story = Story(JAN_1, method=PIX).start()
        code = story.payment()
        story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=CARD), at=JAN_1)
        card = story.payment()
        reports = {"paid": success(card), "failed": failure(code)}
        for what, day in days:
            story.tell(reports[what], at=day)
        return story.account.payments[code.id]

    assert told(("paid", JAN_2), ("failed", JAN_3)) == told(("failed", JAN_3), ("paid", JAN_2))
    assert told(("paid", JAN_4), ("paid", JAN_2)) == told(("paid", JAN_2), ("paid", JAN_4))
    assert told(("paid", JAN_2)).failed_at == noon(JAN_2)
    assert told(("paid", JAN_2), ("failed", JAN_3)).failure_code == "declined"
