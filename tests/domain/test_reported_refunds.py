"""Rules 20, 21, 23: refunds and disputes that providers report."""

from datetime import date

import pytest

from ciclo.domain.events.commands import RefundCreated, SubscriptionPaused
from ciclo.domain.events.facts import (
    DisputeClosed,
    PaymentAuthorized,
    PaymentDisputed,
    PaymentRefunded,
    RefundFailed,
)
from ciclo.domain.ids import RefundId
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle import Outcome, Review
from ciclo.domain.payment import PaymentStatus, Refund, RefundStatus
from ciclo.domain.subscription import Status
from tests.builders import Story, noon
from tests.domain.reports import JAN_1, JAN_2, JAN_3, JAN_4, billed, refund

# Refunds that providers report


def test_partial_refunds_add_up_to_the_whole() -> None:
    story = billed().pay(at=JAN_1)
    story.tell(refund(story.payment(), 1000), at=JAN_2)
    assert (story.payment().status, story.payment().refunded_amount) == (PaymentStatus.COMPLETED, 1000)

    story.tell(refund(story.payment(), 1990, name="ref_2"), at=JAN_3)
    assert (story.payment().status, story.payment().refunded_amount) == (PaymentStatus.REFUNDED, 2990)
    # A refund takes no access away
    assert (story.subscription.status, story.invoice.status) == (Status.ACTIVE, InvoiceStatus.PAID)


@pytest.mark.parametrize(
    ("first", "second"), [(2990, 1), (2000, 991), (1, 2990)], ids=["all", "a part", "a cent"]
)
def test_a_refund_beyond_the_payment_is_for_a_person_to_look_at(first: int, second: int) -> None:
    story = billed().pay(at=JAN_1)
    story.tell(refund(story.payment(), first), at=JAN_2)
    story.tell(refund(story.payment(), second, name="ref_2"), at=JAN_3)

    assert story.last.review is Review.REFUND_EXCEEDS_PAYMENT
    assert story.payment().refunded_amount == first


def test_what_was_credited_can_not_be_refunded_too() -> None:
    story = billed().pay(at=JAN_1).tell(SubscriptionPaused(), at=date(2026, 1, 16))
    # 2990 x 16/31 = 1543 went onto the balance; 1447 is left
    story.tell(refund(story.payment(), 1448), at=date(2026, 1, 17))
    assert (story.last.review, story.payment().refunds) == (Review.REFUND_EXCEEDS_PAYMENT, ())

    story.tell(refund(story.payment(), 1447), at=date(2026, 1, 17))
    assert (story.last.outcome, story.payment().refunded_amount) == (Outcome.REFUND_RECORDED, 1447)


def asked(amount: int | None = 1000) -> Story:
    """Return a paid subscription of which Ciclo asked the provider to refund something."""
    story = billed()
    taken = PaymentAuthorized(payment_id=story.payment().id, provider="sandbox", provider_reference="ch_1")
    story.tell(taken, at=JAN_1).pay(at=JAN_1)
    order = RefundCreated(refund_id=RefundId("ref_1"), payment_id=story.payment().id, amount=amount)
    return story.tell(order, at=JAN_2)


@pytest.mark.parametrize("refund_id", [RefundId("ref_1"), None], ids=["by its id", "by its amount"])
def test_a_refund_that_was_asked_for_is_found(refund_id: RefundId | None) -> None:
    story = asked()
    notice = PaymentRefunded(amount=1000, currency="BRL", payment_id=story.payment().id, refund_id=refund_id)
    story.tell(notice, at=JAN_3)

    assert story.payment().refunds == (
        Refund(
            id=RefundId("ref_1"),
            amount=1000,
            status=RefundStatus.SUCCEEDED,
            created_at=noon(JAN_2),
            status_at=noon(JAN_3),
        ),
    )


def test_a_refund_of_another_amount_than_was_asked_for_is_not_guessed() -> None:
    story = asked()
    story.tell(refund(story.payment(), 900), at=JAN_3)

    assert story.last.review is Review.AMOUNT_MISMATCH
    assert (story.payment().refunded_amount, story.payment().reserved_amount) == (0, 1000)


def test_a_refund_that_failed_frees_its_money_and_calls_a_person() -> None:
    story = asked()
    lost = RefundFailed(payment_id=story.payment().id, refund_id=RefundId("ref_1"))
    story.tell(lost, at=JAN_3)

    assert (story.last.outcome, story.last.review) == (Outcome.NEEDS_REVIEW, Review.REFUND_FAILED)
    assert (story.payment().reserved_amount, story.payment().status) == (0, PaymentStatus.COMPLETED)


def test_a_refund_that_failed_after_it_had_succeeded_is_back_with_the_seller() -> None:
    story = asked()
    lost = RefundFailed(payment_id=story.payment().id, refund_id=RefundId("ref_1"))
    story.tell(refund(story.payment(), 1000), at=JAN_3).tell(lost, at=JAN_4)

    assert (story.payment().refunded_amount, story.payment().status) == (0, PaymentStatus.COMPLETED)
    assert story.last.review is Review.REFUND_FAILED


def test_a_failure_of_a_refund_from_before_its_success_changes_nothing_however_late_it_is_told() -> None:
    story = asked()
    lost = RefundFailed(payment_id=story.payment().id, refund_id=RefundId("ref_1"))
    story.tell(refund(story.payment(), 1000), at=JAN_4).tell(lost, at=JAN_3)

    assert (story.payment().refunded_amount, story.last.review) == (1000, None)


def test_a_failure_of_a_refund_may_be_told_before_the_refund_itself() -> None:
    story = billed().pay(at=JAN_1)
    lost = RefundFailed(payment_id=story.payment().id, refund_id=RefundId("ref_1"), amount=1000)
    story.tell(lost, at=JAN_4).tell(refund(story.payment(), 1000), at=JAN_3)

    assert (story.payment().refunded_amount, story.payment().status) == (0, PaymentStatus.COMPLETED)


def test_a_failure_of_an_unknown_refund_is_for_a_person_to_look_at() -> None:
    story = billed().pay(at=JAN_1)
    story.tell(RefundFailed(payment_id=story.payment().id, refund_id=RefundId("ref_9")), at=JAN_2)

    assert story.last.review is Review.UNKNOWN_PAYMENT


# Disputes


def test_a_dispute_marks_the_payment_for_a_person() -> None:
    story = billed().pay(at=JAN_1)
    payment = story.payment()
    story.tell(PaymentDisputed(payment_id=payment.id, amount=2990, currency="BRL"), at=JAN_2)

    assert (story.payment().disputed, story.last.review) == (True, Review.DISPUTED)
    assert story.subscription.status is Status.ACTIVE


@pytest.mark.parametrize(
    ("won", "outcome", "review"),
    [(True, Outcome.RECORDED, None), (False, Outcome.NEEDS_REVIEW, Review.DISPUTED)],
)
def test_its_end_takes_the_mark_off(*, won: bool, outcome: Outcome, review: Review | None) -> None:
    story = billed().pay(at=JAN_1)
    payment = story.payment()
    story.tell(PaymentDisputed(payment_id=payment.id, amount=2990, currency="BRL"), at=JAN_2)
    story.tell(DisputeClosed(payment_id=payment.id, won=won), at=JAN_3)

    assert (story.payment().disputed, story.last.outcome, story.last.review) == (False, outcome, review)
