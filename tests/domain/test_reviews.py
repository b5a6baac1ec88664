"""Rule 20: reviews end, by a person's decision or because their cause is gone."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.account import Account
from ciclo.domain.errors.general import AmountOutOfRange, BillingError, CurrencyMismatch
from ciclo.domain.errors.payments import InvoiceNotFound, InvoiceWantsMoney
from ciclo.domain.events.booking import MoneyAssigned
from ciclo.domain.events.commands import RefundCreated
from ciclo.domain.events.event_type import EventType
from ciclo.domain.events.facts import (
    DisputeClosed,
    PaymentAuthorized,
    PaymentDisputed,
    PaymentRefunded,
    RefundFailed,
)
from ciclo.domain.ids import EventId, InvoiceId, RefundId
from ciclo.domain.invoice import InvoiceStatus
from ciclo.domain.lifecycle import Review
from ciclo.domain.lifecycle.payments.reviews import (
    EndedCause,
    ReviewDecision,
    find_ended,
    possible_decisions,
)
from tests.builders import CARD, Story, noon
from tests.domain.plans import BASIC

JAN_1, JAN_2, JAN_3, JAN_4 = (date(2026, 1, day) for day in range(1, 5))
MONEY = MoneyAssigned(
    review_id=EventId("evt_1"),
    invoice_id=InvoiceId("inv_1"),
    amount=2990,
    currency="BRL",
    came_at=noon(JAN_2),
)


def assigned(story: Story, **changes: object) -> MoneyAssigned:
    return replace(MONEY, **{"invoice_id": story.invoice.id, **changes})  # type: ignore[arg-type]


def test_money_that_is_applied_pays_the_invoice_on_the_day_it_came() -> None:
    story = Story(JAN_1, of=BASIC).start()

    story.tell(assigned(story, provider="sandbox", provider_reference="ch_9"), at=JAN_3)

    assert (story.invoice.status, story.invoice.paid_at) == (InvoiceStatus.PAID, noon(JAN_2))
    paid = next(one for one in story.account.payments.values() if one.is_paid)
    assert (paid.received_amount, paid.provider_reference, paid.method) == (2990, "ch_9", None)


def test_money_that_is_applied_leaves_the_rest_due_or_a_surplus_on_the_balance() -> None:
    less, more = Story(JAN_1, of=BASIC).start(), Story(JAN_1, of=BASIC).start()

    # 2990 - 2000 = 990 stay due; 3500 - 2990 = 510 are on the balance
    less.tell(assigned(less, amount=2000), at=JAN_3)
    more.tell(assigned(more, amount=3500), at=JAN_3)

    assert (less.invoice.amount_due, less.account.credit) == (990, 0)
    assert (more.invoice.amount_due, more.account.credit) == (0, 510)


def test_money_for_the_balance_goes_past_an_invoice_that_needs_none() -> None:
    story = Story(JAN_1, of=BASIC).start().pay(at=JAN_1)

    story.tell(assigned(story, amount=1200, to_balance=True), at=JAN_3)

    assert (story.account.credit, story.invoice.overpaid) == (1200, 1200)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"invoice_id": InvoiceId("inv_nothing")}, InvoiceNotFound),
        ({"currency": "USD"}, CurrencyMismatch),
        ({"amount": 0}, AmountOutOfRange),
        ({"to_balance": True}, InvoiceWantsMoney),
    ],
)
def test_money_that_can_not_be_booked_so_is_refused(
    changes: dict[str, object], refusal: type[BillingError]
) -> None:
    story = Story(JAN_1, of=BASIC).start()
    before = story.account

    with pytest.raises(refusal):
        story.tell(assigned(story, **changes), at=JAN_3)
    assert story.account is before


@pytest.mark.parametrize(
    ("review", "event_type", "possible"),
    [
        (Review.CURRENCY_MISMATCH, EventType.PAYMENT_SUCCESS, "APPLY BALANCE CLOSE REFUND"),
        (Review.UNKNOWN_SUBSCRIPTION, EventType.PAYMENT_SUCCESS, "APPLY BALANCE CLOSE REFUND"),
        (Review.REFUND_FAILED, EventType.REFUND_FAILED, "CLOSE REFUND"),
        (Review.DISPUTED, EventType.PAYMENT_DISPUTED, "CLOSE"),
        (Review.REFUND_EXCEEDS_PAYMENT, EventType.PAYMENT_REFUNDED, "CLOSE"),
    ],
)
def test_a_review_allows_what_makes_sense_of_it(review: Review, event_type: EventType, possible: str) -> None:
    assert possible_decisions(review, event_type) == {ReviewDecision(one) for one in possible.split()}


def causes(before: Account, story: Story) -> list[EndedCause]:
    return list(find_ended(before, story.account))


def test_a_dispute_that_is_closed_ends_the_review_of_its_beginning() -> None:
    story = Story(JAN_1, of=BASIC).start().pay(at=JAN_1)
    payment = story.payment()
    contested = PaymentDisputed(payment_id=payment.id, amount=2990, currency="BRL", dispute_id="dp_1")
    story.tell(contested, at=JAN_2)
    before = story.account
    story.tell(DisputeClosed(payment_id=payment.id, won=True, dispute_id="dp_1"), at=JAN_3)

    assert causes(before, story) == [
        EndedCause(review=Review.DISPUTED, payment_id=payment.id, dispute_id="dp_1")
    ]
    assert causes(story.account, story) == []


def test_a_beginning_that_is_told_after_a_lost_end_is_not_looked_at_once_more() -> None:
    story = Story(JAN_1, of=BASIC).start().pay(at=JAN_1)
    payment = story.payment()
    story.tell(DisputeClosed(payment_id=payment.id, won=False, dispute_id="dp_1"), at=JAN_3)
    contested = PaymentDisputed(payment_id=payment.id, amount=2990, currency="BRL", dispute_id="dp_1")

    assert story.tell(contested, at=JAN_2).last.review is None


def test_a_refund_that_waited_and_one_that_failed_end_their_reviews() -> None:
    story = Story(JAN_1, of=BASIC, method=CARD).start().pay(at=JAN_1)
    payment = story.payment()
    asked = RefundCreated(
        refund_id=RefundId("ref_1"), payment_id=payment.id, amount=None, waits_for_reference=True
    )
    assert story.tell(asked, at=JAN_2).last.review is Review.REFUND_WAITS
    waiting = story.account
    taken = PaymentAuthorized(payment_id=payment.id, provider="sandbox", provider_reference="ch_1")
    story.tell(taken, at=JAN_2)
    assert causes(waiting, story) == [
        EndedCause(review=Review.REFUND_WAITS, payment_id=payment.id, refund_id=RefundId("ref_1"))
    ]

    story.tell(RefundFailed(payment_id=payment.id, refund_id=RefundId("ref_1")), at=JAN_3)
    failed = story.account
    returned = PaymentRefunded(
        amount=2990, currency="BRL", payment_id=payment.id, refund_id=RefundId("ref_1")
    )
    story.tell(returned, at=JAN_4)
    assert causes(failed, story) == [
        EndedCause(review=Review.REFUND_FAILED, payment_id=payment.id, refund_id=RefundId("ref_1"))
    ]


def test_a_payment_that_changed_otherwise_ends_no_review() -> None:
    story = Story(JAN_1, of=BASIC).start()
    before = story.account
    story.pay(at=JAN_1)
    paid = story.account
    contested = PaymentDisputed(payment_id=story.payment().id, amount=1, currency="BRL", dispute_id="dp_1")
    story.tell(contested, at=JAN_2)
    disputed = story.account
    story.tell(replace(contested, dispute_id="dp_2"), at=JAN_2)

    assert [causes(one, story) for one in (before, paid, disputed)] == [[], [], []]
