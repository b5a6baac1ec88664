"""Rules 18, 20 and 21: what providers report, and which payment it is about."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.events import (
    CancellationRequested,
    DisputeClosed,
    InvoicePaymentRequested,
    InvoiceVoided,
    Payload,
    PaymentAuthorized,
    PaymentDisputed,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
    RefundCreated,
    RefundFailed,
    SubscriptionPaused,
)
from ciclo.domain.ids import PaymentId, RefundId
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle import Outcome, Review
from ciclo.domain.payment import Boleto, Payment, PaymentStatus, PixCode, Refund, RefundStatus
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, CARD, PIX, Story, event, noon, terms

JAN_1, JAN_2, JAN_3, JAN_4, FEB_1, MAR_1 = (
    date(2026, 1, 1),
    date(2026, 1, 2),
    date(2026, 1, 3),
    date(2026, 1, 4),
    date(2026, 2, 1),
    date(2026, 3, 1),
)


def billed() -> Story:
    """Return a subscription whose first invoice of 2990 is being charged to a card."""
    return Story(JAN_1, of=terms(2990)).start()


def success(payment: Payment) -> PaymentSucceeded:
    return PaymentSucceeded(amount=payment.amount, currency="BRL", payment_id=payment.id)


def failure(payment: Payment, *, attempt: int | None = 1) -> PaymentFailed:
    return PaymentFailed(amount=payment.amount, currency="BRL", payment_id=payment.id, attempt=attempt)


def refund(payment: Payment, amount: int, *, name: str = "ref_1") -> PaymentRefunded:
    return PaymentRefunded(amount=amount, currency="BRL", payment_id=payment.id, refund_id=RefundId(name))


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

    assert {story.payment().completed_at, story.invoice.paid_at} == {noon(JAN_3)}


# What does not fit


@pytest.mark.parametrize(
    ("notice", "review"),
    [
        (PaymentSucceeded(amount=2991, currency="BRL"), Review.AMOUNT_MISMATCH),
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


@pytest.mark.parametrize("kind", [PaymentSucceeded, PaymentFailed])
def test_another_amount_than_the_named_payments_is_not_guessed(
    kind: type[PaymentSucceeded] | type[PaymentFailed],
) -> None:
    story = billed()
    notice = kind(amount=2000, currency="BRL", payment_id=story.payment().id)
    story.tell(notice, at=JAN_2)

    assert story.last.review is Review.AMOUNT_MISMATCH
    assert (story.payment().status, story.invoice.status) == (
        PaymentStatus.PENDING,
        InvoiceStatus.PENDING,
    )


@pytest.mark.parametrize("kind", [PaymentSucceeded, PaymentFailed, PaymentRefunded])
def test_without_any_invoice_of_that_amount_there_is_nothing_to_match(
    kind: type[PaymentSucceeded] | type[PaymentFailed] | type[PaymentRefunded],
) -> None:
    story = billed().pay(at=JAN_1).tell(kind(amount=4242, currency="BRL"), at=JAN_2)

    assert story.last.review is Review.NO_OPEN_INVOICE


def test_a_second_payment_of_one_invoice_is_kept_and_shown() -> None:
    story = Story(JAN_1, method=PIX).start()
    code = story.payment()
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=CARD), at=JAN_1)
    story.pay(at=JAN_2).tell(success(code), at=JAN_1)

    assert (story.last.outcome, story.last.review) == (Outcome.NEEDS_REVIEW, Review.ALREADY_PAID)
    assert {one.status for one in story.account.payments.values()} == {PaymentStatus.COMPLETED}
    assert story.invoice.paid_at == noon(JAN_1)


def test_money_for_a_voided_invoice_is_kept_and_shown() -> None:
    story = Story(JAN_1, method=PIX).start()
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=JAN_1).pay(at=JAN_2)

    assert story.last.review is Review.INVOICE_CANCELED
    assert (story.payment().status, story.invoice.status) == (
        PaymentStatus.COMPLETED,
        InvoiceStatus.CANCELED,
    )
    assert story.subscription.status is Status.PENDING


def test_a_refund_of_money_that_came_for_a_voided_invoice_is_shown_too() -> None:
    story = Story(JAN_1, method=PIX).start()
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=JAN_1)
    story.tell(refund(story.payment(), 2990), at=JAN_2)

    assert story.last.review is Review.INVOICE_CANCELED
    assert story.payment().status is PaymentStatus.REFUNDED


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
        Refund(id=RefundId("ref_1"), amount=1000, status=RefundStatus.SUCCEEDED, created_at=noon(JAN_2)),
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


def test_a_refund_that_succeeded_does_not_fail_afterwards() -> None:
    story = asked()
    lost = RefundFailed(payment_id=story.payment().id, refund_id=RefundId("ref_1"))
    story.tell(refund(story.payment(), 1000), at=JAN_3).tell(lost, at=JAN_4)

    assert story.payment().refunded_amount == 1000


def test_a_failure_of_an_unknown_refund_is_for_a_person_to_look_at() -> None:
    story = billed().pay(at=JAN_1)
    story.tell(RefundFailed(payment_id=story.payment().id, refund_id=RefundId("ref_9")), at=JAN_2)

    assert story.last.review is Review.UNKNOWN_PAYMENT


# Notices without an id


def three_months() -> Story:
    """Return a subscription with January paid, February and March open, all of 2990."""
    return Story(JAN_1, of=terms(2990), method=PIX).start().pay(at=JAN_1).until(MAR_1)


def test_money_without_an_id_pays_the_oldest_open_invoice_of_its_amount() -> None:
    story = three_months().tell(PaymentSucceeded(amount=2990, currency="BRL"), at=MAR_1)

    assert [one.status for one in story.invoices] == [
        InvoiceStatus.PAID,
        InvoiceStatus.PAID,
        InvoiceStatus.PENDING,
    ]


def test_a_failure_without_an_id_is_of_the_newest_open_invoice_of_its_amount() -> None:
    story = three_months().tell(PaymentFailed(amount=2990, currency="BRL"), at=MAR_1)

    assert [one.dunning is not None for one in story.invoices] == [False, False, True]


def test_a_failure_without_an_id_of_what_is_paid_is_ignored() -> None:
    story = billed().pay(at=JAN_1).tell(PaymentFailed(amount=2990, currency="BRL"), at=JAN_2)

    assert (story.last.outcome, story.subscription.status) == (Outcome.IGNORED, Status.ACTIVE)


def test_a_refund_without_an_id_is_of_the_newest_payment_that_keeps_its_money() -> None:
    story = three_months()
    for _ in range(2):
        story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=MAR_1)
    for _ in range(2):
        story.tell(
            event(
                PaymentRefunded(amount=2990, currency="BRL"),
                at=MAR_1,
                key=f"refund {len(story.decisions)}",
            )
        )

    refunded = [story.payment(invoice).status for invoice in story.invoices]
    assert refunded == [PaymentStatus.COMPLETED, PaymentStatus.REFUNDED, PaymentStatus.REFUNDED]


def test_a_refund_without_an_id_that_comes_before_its_payment_pays_and_returns_it() -> None:
    story = billed().tell(PaymentRefunded(amount=2990, currency="BRL"), at=JAN_3)
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=JAN_2)

    assert (story.payment().status, story.payment().completed_at) == (
        PaymentStatus.REFUNDED,
        noon(JAN_2),
    )


def test_money_without_an_id_and_without_a_method_makes_a_payment_of_its_own() -> None:
    story = Story(JAN_1, of=terms(2990), method=None).start()
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=JAN_2)

    payment = story.payment()
    assert (payment.method, payment.attempts, payment.status) == (None, 0, PaymentStatus.COMPLETED)
    assert (payment.created_at, payment.completed_at) == (noon(JAN_1), noon(JAN_2))


def test_voided_invoices_are_not_matched() -> None:
    story = Story(JAN_1, of=terms(2990), method=None).start()
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=JAN_1)
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=JAN_2)

    assert story.last.review is Review.NO_OPEN_INVOICE


def test_nothing_is_billed_ahead_of_a_subscription_that_will_end() -> None:
    story = billed().pay(at=JAN_1).tell(CancellationRequested(), at=JAN_2)
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=FEB_1)

    assert (story.last.review, len(story.invoices)) == (Review.NO_OPEN_INVOICE, 1)


# What providers say when they take an order


def test_a_code_and_its_reference_are_kept() -> None:
    story = Story(JAN_1, method=PIX).start()
    code = PixCode(copy_paste="00020126")
    taken = PaymentAuthorized(
        payment_id=story.payment().id,
        provider="sandbox",
        provider_reference="ch_1",
        expires_at=noon(JAN_2),
        pix=code,
    )
    before = story.payment()
    story.tell(taken, at=JAN_1)

    assert story.payment() == replace(
        before,
        provider="sandbox",
        provider_reference="ch_1",
        referred_at=noon(JAN_1),
        expires_at=noon(JAN_2),
        pix=code,
    )
    assert story.last.outcome is Outcome.RECORDED


def test_so_is_a_boleto() -> None:
    story = Story(JAN_1, method=BOLETO).start()
    boleto = Boleto(digitable_line="99990.00103", barcode=None, due_on=JAN_4, url=None)
    taken = PaymentAuthorized(
        payment_id=story.payment().id, provider="sandbox", provider_reference="ch_1", boleto=boleto
    )
    story.tell(taken, at=JAN_1)

    assert story.payment().boleto == boleto


def test_the_reference_of_the_latest_attempt_counts_whichever_comes_first() -> None:
    story = billed()
    first, second = (
        PaymentAuthorized(payment_id=story.payment().id, provider="sandbox", provider_reference=reference)
        for reference in ("ch_1", "ch_2")
    )
    story.tell(second, at=JAN_3).tell(first, at=JAN_1)

    assert (story.payment().provider_reference, story.payment().referred_at) == ("ch_2", noon(JAN_3))


def test_a_success_brings_the_reference_that_its_refunds_need() -> None:
    story = billed()
    paid = replace(success(story.payment()), provider="stripe", provider_reference="pi_1")
    story.tell(paid, at=JAN_1)
    order = RefundCreated(refund_id=RefundId("ref_1"), payment_id=story.payment().id, amount=None)
    story.tell(order, at=JAN_2)

    (request,) = story.last.follow_ups
    assert (request.payload.provider, request.payload.provider_reference) == ("stripe", "pi_1")


def test_an_order_that_was_taken_before_the_subscription_was_taken_up_is_known() -> None:
    story = Story(JAN_1)
    payment_id = Story(JAN_1).start().payment().id
    taken = PaymentAuthorized(payment_id=payment_id, provider="sandbox", provider_reference="ch_1")
    story.tell(taken, at=JAN_1)

    assert (story.last.outcome, story.payment().provider_reference) == (Outcome.RECORDED, "ch_1")


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
