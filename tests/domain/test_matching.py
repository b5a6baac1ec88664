"""Rules 18 and 21: notices without an id, and what providers say when they take an order."""

from dataclasses import replace

from ciclo.domain.events.commands import CancellationRequested, InvoiceVoided, RefundCreated
from ciclo.domain.events.facts import (
    PaymentAuthorized,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
)
from ciclo.domain.ids import RefundId
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.payment import Boleto, PaymentStatus, PixCode
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, PIX, Story, event, noon, terms
from tests.domain.reports import FEB_1, JAN_1, JAN_2, JAN_3, JAN_4, MAR_1, billed, success

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


def test_money_without_an_id_does_not_pay_a_voided_invoice_but_goes_onto_the_balance() -> None:
    story = Story(JAN_1, of=terms(2990), method=None).start()
    story.tell(InvoiceVoided(invoice_id=story.invoice.id), at=JAN_1)
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=JAN_2)

    assert (story.invoice.status, story.account.credit) == (InvoiceStatus.CANCELLED, 2990)


def test_nothing_is_billed_ahead_of_a_subscription_that_will_end() -> None:
    story = billed().pay(at=JAN_1).tell(CancellationRequested(), at=JAN_2)
    story.tell(PaymentSucceeded(amount=2990, currency="BRL"), at=FEB_1)

    assert (story.account.credit, len(story.invoices)) == (2990, 1)


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
