"""Rule 19: PIX codes and boletos wait, and are never dunned meanwhile."""

import pytest

from ciclo.domain.dunning import Dunning
from ciclo.domain.events.commands import InvoicePaymentRequested
from ciclo.domain.events.facts import PaymentAuthorized, PaymentExpired
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle import Outcome
from ciclo.domain.payment import PaymentMethod, PaymentStatus
from ciclo.domain.period import start_of_day
from ciclo.domain.subscription import Status
from tests.builders import BOLETO, CARD, PIX, POLICY, Story, noon
from tests.domain.failing import DEC_1, JAN_1, january

# PIX and boleto


@pytest.mark.parametrize("method", [PIX, BOLETO], ids=["pix", "boleto"])
def test_what_waits_to_be_paid_is_neither_retried_nor_dunned(method: PaymentMethod) -> None:
    story = Story(DEC_1, method=method).start().pay(at=DEC_1).until(january(31))

    assert (story.subscription.status, story.invoice.dunning) == (Status.ACTIVE, None)
    assert (story.payment().status, story.payment().attempts) == (PaymentStatus.PENDING, 1)


def expiring(method: PaymentMethod = PIX) -> Story:
    story = Story(DEC_1, method=method).start().pay(at=DEC_1).until(JAN_1)
    taken = PaymentAuthorized(
        payment_id=story.payment().id,
        provider="sandbox",
        provider_reference="ch_1",
        expires_at=noon(january(2)),
    )
    return story.tell(taken, at=JAN_1)


@pytest.mark.parametrize("method", [PIX, BOLETO], ids=["pix", "boleto"])
def test_a_code_that_expires_unpaid_starts_dunning_without_charges(method: PaymentMethod) -> None:
    story = expiring(method).until(january(2))

    assert (story.subscription.status, story.last.outcome) == (Status.PAST_DUE, Outcome.PAYMENT_FAILED)
    assert (story.payment().status, story.payment().failure_code) == (PaymentStatus.FAILED, "expired")
    assert story.invoice.dunning == Dunning(started_on=january(2), tried_on=january(2), retry_on=january(4))

    story.until(january(31))
    assert len(story.account.payments_of(story.invoice.id)) == 1
    # 2 + 2 + 5 + 7 + 7 = 23
    assert story.subscription.ended_at == start_of_day(january(23), POLICY.timezone)


def test_a_new_code_can_be_had_and_stops_the_days_until_it_expires() -> None:
    story = expiring().until(january(2))
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id), at=january(3))

    first, second = story.account.payments_of(story.invoice.id)
    assert (first.status, second.status) == (PaymentStatus.FAILED, PaymentStatus.PENDING)
    # Grace runs on while a code waits: 2 + 7 = 9. The end does not.
    assert story.until(january(8)).subscription.status is Status.PAST_DUE
    movement = story.until(january(9)).last.movement
    assert movement is not None
    assert (movement.on, movement.before, movement.after) == (january(9), 2990, 0)
    assert story.until(january(31)).subscription.status is Status.SUSPENDED
    assert story.pay(at=january(31)).subscription.status is Status.ACTIVE


def test_a_code_that_was_paid_does_not_expire() -> None:
    story = expiring().pay(at=january(2))
    story.tell(PaymentExpired(payment_id=story.payment().id), at=january(2))

    assert (story.last.outcome, story.payment().status) == (Outcome.IGNORED, PaymentStatus.COMPLETED)


def test_money_for_an_expired_code_still_counts() -> None:
    story = expiring().until(january(3)).pay(at=january(3))

    assert (story.subscription.status, story.invoice.status) == (Status.ACTIVE, InvoiceStatus.PAID)


def test_an_invoice_that_a_card_pays_has_its_codes_closed() -> None:
    story = expiring()
    code = story.payment()
    story.tell(InvoicePaymentRequested(invoice_id=story.invoice.id, method=CARD), at=JAN_1).pay(at=JAN_1)

    closed = story.account.payments[code.id]
    assert (closed.status, closed.failure_code, closed.failed_at) == (
        PaymentStatus.FAILED,
        "superseded",
        noon(JAN_1),
    )
    assert story.until(january(3)).invoice.dunning is None
