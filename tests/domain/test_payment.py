"""Rule 20: reports of one payment join to the same payment in whatever order they come."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.domain.ids import CustomerId, InvoiceId, PaymentId, RefundId, SubscriptionId
from ciclo.domain.payment import (
    Payment,
    PaymentStatus,
    Refund,
    RefundStatus,
    record_refund,
    record_success,
)
from ciclo.domain.payments.attempt import (
    AUTHENTICATION_REQUIRED,
    awaits_confirmation,
    drop_attempt,
    record_failure,
    record_reference,
    supersede,
)
from tests.builders import CARD, noon

NOON = noon(date(2026, 1, 1))
HOURS = st.integers(0, 9).map(lambda hours: NOON + timedelta(hours=hours))
PAYMENT = Payment(
    id=PaymentId("pay_1"),
    invoice_id=InvoiceId("inv_1"),
    subscription_id=SubscriptionId("sub_1"),
    customer_id=CustomerId("cus_1"),
    amount=2990,
    currency="BRL",
    method=CARD,
    status=PaymentStatus.PENDING,
    created_at=NOON,
    attempts=3,
)
Report = Callable[[Payment], Payment]

SUCCESSES = HOURS.map(lambda at: lambda payment: record_success(payment, amount=payment.amount, at=at))
FAILURES = st.builds(
    lambda at, code, attempt, reference: (
        lambda payment: record_failure(payment, at=at, code=code, attempt=attempt, reference=reference)
    ),
    HOURS,
    st.sampled_from(["declined", "lost_card", AUTHENTICATION_REQUIRED]),
    st.sampled_from([None, 1, 2, 3, 4]),
    st.sampled_from([None, "pi_1", "pi_2"]),
)
DROPS = st.builds(
    lambda at, attempt: lambda payment: drop_attempt(payment, attempt=attempt, at=at),
    HOURS,
    st.integers(1, 3),
)
REFERENCES = st.builds(
    lambda at, reference: (
        lambda payment: record_reference(payment, provider="sandbox", reference=reference, at=at)
    ),
    HOURS,
    st.sampled_from(["ch_1", "ch_2"]),
)
REFUNDS = st.builds(
    lambda name, status: lambda payment: record_refund(payment, refund(name, status)),
    st.sampled_from(["ref_1", "ref_2"]),
    st.sampled_from(RefundStatus),
)


def refund(name: str = "ref_1", status: RefundStatus = RefundStatus.SUCCEEDED) -> Refund:
    """Return a refund: its id says of how much, and when it was made."""
    place = int(name[-1])
    return Refund(
        id=RefundId(name),
        amount=1000 * place,
        status=status,
        created_at=NOON + timedelta(hours=20 + place),
    )


@given(
    st.lists(st.one_of(SUCCESSES, FAILURES, DROPS, REFERENCES, REFUNDS), max_size=6).flatmap(
        lambda reports: st.tuples(st.just(reports), st.permutations([*reports, *reports[:2]]))
    )
)
def test_reports_join_to_the_same_payment_in_every_order(
    told: tuple[list[Report], list[Report]],
) -> None:
    in_order, arrived = PAYMENT, PAYMENT
    for report in told[0]:
        in_order = report(in_order)
    for report in told[1]:
        arrived = report(arrived)

    assert arrived == in_order


def test_a_failure_never_undoes_a_success() -> None:
    paid = record_success(PAYMENT, amount=PAYMENT.amount, at=NOON)

    assert record_failure(paid, at=NOON + timedelta(days=1), code="declined", attempt=None) == paid


@pytest.mark.parametrize(
    ("payment", "in_flight"),
    [
        (PAYMENT, True),
        (record_failure(PAYMENT, at=NOON, code="declined", attempt=3), False),
        # A later attempt was asked for, and nothing was heard of it
        (record_failure(PAYMENT, at=NOON, code="declined", attempt=2), True),
        (record_success(PAYMENT, amount=PAYMENT.amount, at=NOON), False),
        (record_refund(PAYMENT, refund()), False),
        (replace(PAYMENT, attempts=0), True),
    ],
)
def test_a_charge_is_in_flight_until_its_answer_comes(payment: Payment, *, in_flight: bool) -> None:
    assert payment.in_flight is in_flight


@pytest.mark.parametrize(
    ("status", "refunded_amount", "reserved_amount"),
    [(RefundStatus.PENDING, 0, 1000), (RefundStatus.SUCCEEDED, 1000, 1000), (RefundStatus.FAILED, 0, 0)],
)
def test_money_on_its_way_back_is_reserved_and_not_refunded_yet(
    status: RefundStatus, refunded_amount: int, reserved_amount: int
) -> None:
    payment = record_refund(record_success(PAYMENT, amount=PAYMENT.amount, at=NOON), refund(status=status))

    assert (payment.refunded_amount, payment.reserved_amount) == (refunded_amount, reserved_amount)


def test_a_needless_try_is_closed_unless_something_was_reported_of_it() -> None:
    closed = supersede(PAYMENT, at=NOON)
    declined = record_failure(PAYMENT, at=NOON, code="declined", attempt=1)

    assert (closed.status, closed.failure_code) == (PaymentStatus.FAILED, "superseded")
    assert supersede(declined, at=NOON + timedelta(days=1)) == declined
    assert record_failure(closed, at=NOON, code="declined", attempt=1) == declined
    assert record_success(closed, amount=PAYMENT.amount, at=NOON) == record_success(
        PAYMENT, amount=PAYMENT.amount, at=NOON
    )


def test_a_try_that_no_provider_was_asked_for_is_over() -> None:
    over = drop_attempt(PAYMENT, attempt=3, at=NOON)

    assert PAYMENT.in_flight
    assert not over.in_flight
    assert (over.status, over.failure_code, over.failed_at) == (PaymentStatus.FAILED, "superseded", NOON)
    assert drop_attempt(PAYMENT, attempt=2, at=NOON).in_flight
    assert record_success(over, amount=PAYMENT.amount, at=NOON).is_paid


def test_a_payment_awaits_its_reference_while_a_provider_may_have_been_asked() -> None:
    never_asked = replace(PAYMENT, attempts=0)
    named = record_reference(PAYMENT, provider="sandbox", reference="ch_1", at=NOON)

    assert PAYMENT.awaits_reference
    assert not never_asked.awaits_reference
    assert not named.awaits_reference
    assert not drop_attempt(PAYMENT, attempt=3, at=NOON).awaits_reference


def test_a_charge_waits_for_its_payer_until_it_is_made_or_tried_anew() -> None:
    asked = record_failure(PAYMENT, at=NOON, code=AUTHENTICATION_REQUIRED, attempt=3, reference="pi_3")

    assert awaits_confirmation(asked)
    assert not awaits_confirmation(PAYMENT)
    assert not awaits_confirmation(replace(asked, attempts=4))
    assert not awaits_confirmation(replace(asked, failure_reference=None))
    assert not awaits_confirmation(record_failure(asked, at=NOON, code="lost_card", attempt=3))
    paid = record_success(asked, amount=asked.amount, at=NOON + timedelta(hours=1))
    assert (awaits_confirmation(paid), paid.failure_reference) == (False, None)
