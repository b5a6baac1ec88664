"""When a message is delivered again, and what is known of a delivery in whatever order that is told."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.domain.ids import MessageId, WebhookDeliveryId, WebhookEndpointId
from ciclo.domain.webhooks.message import MessageType
from ciclo.domain.webhooks.webhook_delivery import (
    ATTEMPTS_KEPT_MAX,
    ATTEMPTS_MAX,
    PAUSES,
    AttemptFailure,
    WebhookAttempt,
    WebhookDelivery,
    WebhookDeliveryState,
    delivery_id,
    is_success,
    record_attempt,
    replay,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def a_delivery(id_: str = "dlv_1") -> WebhookDelivery:
    return WebhookDelivery(
        id=WebhookDeliveryId(id_),
        message_id=MessageId("msg_1"),
        endpoint_id=WebhookEndpointId("whe_1"),
        type=MessageType.INVOICE_PAID,
        object_id="inv_1",
        sequence=3,
        place=0,
        created_at=NOON,
        began_at=NOON,
        next_at=NOON,
    )


def failed(after: timedelta, *, retry_after_s: int | None = None) -> WebhookAttempt:
    return WebhookAttempt(
        at=NOON + after, ms=5, status=500, failure=AttemptFailure.STATUS, retry_after_s=retry_after_s
    )


def succeeded(after: timedelta) -> WebhookAttempt:
    return WebhookAttempt(at=NOON + after, ms=5, status=204)


def test_a_delivery_that_fails_is_tried_ten_times_over_three_days() -> None:
    # 5 s + 5 min + 30 min + 2 h + 5 h + 10 h + 14 h + 20 h + 24 h = 75 h 35 min 5 s
    assert sum(PAUSES, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)
    delivery = a_delivery()
    for number in range(1, ATTEMPTS_MAX + 1):
        assert delivery.next_at is not None
        at = delivery.next_at
        delivery = record_attempt(delivery, failed(at - NOON))
        if number < ATTEMPTS_MAX:
            assert delivery.next_at is not None
            waited = delivery.next_at - at
            assert PAUSES[number - 1] * 0.8 <= waited <= PAUSES[number - 1] * 1.2
    assert delivery.state is WebhookDeliveryState.FAILED
    assert delivery.next_at is None
    assert delivery.last is not None
    assert delivery.last.at - NOON > timedelta(hours=60)


def test_those_that_fail_together_do_not_come_back_together() -> None:
    again = {record_attempt(a_delivery(f"dlv_{n}"), failed(timedelta())).next_at for n in range(50)}
    assert len(again) > 40


@pytest.mark.parametrize(
    ("asked_s", "least", "most"),
    [
        (None, timedelta(seconds=4), timedelta(seconds=6)),
        (1, timedelta(seconds=4), timedelta(seconds=6)),
        (120, timedelta(seconds=120), timedelta(seconds=120)),
        (10**9, timedelta(hours=24), timedelta(hours=24)),
    ],
)
def test_an_endpoint_may_ask_for_more_time_up_to_a_day_and_for_no_less(
    asked_s: int | None, least: timedelta, most: timedelta
) -> None:
    delivery = record_attempt(a_delivery(), failed(timedelta(), retry_after_s=asked_s))
    assert delivery.next_at is not None
    assert least <= delivery.next_at - NOON <= most


@pytest.mark.parametrize("failure", [AttemptFailure.GONE, AttemptFailure.NO_ANSWER])
def test_some_failures_are_the_last(failure: AttemptFailure) -> None:
    delivery = record_attempt(a_delivery(), WebhookAttempt(at=NOON, ms=1, failure=failure))
    assert delivery.state is WebhookDeliveryState.FAILED


attempts = st.lists(
    st.one_of(
        st.builds(failed, st.integers(0, 10**5).map(lambda s: timedelta(seconds=s))),
        st.builds(succeeded, st.integers(0, 10**5).map(lambda s: timedelta(seconds=s))),
        st.builds(
            lambda s: WebhookAttempt(at=NOON + timedelta(seconds=s), ms=9, failure=AttemptFailure.TIMEOUT),
            st.integers(0, 10**5),
        ),
    ),
    max_size=12,
)


@given(attempts, st.data())
def test_attempts_are_joined_in_any_order_and_any_number_of_times(
    known: list[WebhookAttempt], data: st.DataObject
) -> None:
    def log(order: list[WebhookAttempt]) -> WebhookDelivery:
        delivery = a_delivery()
        for attempt in order:
            delivery = record_attempt(delivery, attempt)
        return delivery

    again = data.draw(st.permutations([*known, *known[:3]]))
    assert log(list(again)) == log(known)


def test_a_hundred_orders_of_outcomes_give_one_log() -> None:
    outcomes = [failed(timedelta(seconds=n)) for n in range(4)] + [succeeded(timedelta(seconds=9))]
    logs = set()
    for order in list(permutations(outcomes))[:100]:
        delivery = a_delivery()
        for attempt in order:
            delivery = record_attempt(delivery, attempt)
        logs.add(delivery)
    assert len(logs) == 1
    assert logs.pop().state is WebhookDeliveryState.SUCCEEDED


def test_a_replay_begins_a_new_round_and_keeps_the_log() -> None:
    delivery = record_attempt(a_delivery(), succeeded(timedelta()))
    assert delivery.state is WebhookDeliveryState.SUCCEEDED
    again = replay(delivery, now=NOON + timedelta(days=1))
    assert (again.state, again.message_id) == (WebhookDeliveryState.PENDING, delivery.message_id)
    # An attempt of the round before that is told late says nothing about this one.
    late = record_attempt(again, failed(timedelta(seconds=1)))
    assert (late.state, late.next_at) == (WebhookDeliveryState.PENDING, NOON + timedelta(days=1))
    done = record_attempt(again, succeeded(timedelta(days=1)))
    assert done.state is WebhookDeliveryState.SUCCEEDED
    assert len(done.attempts) == 2


def test_a_log_is_bounded() -> None:
    delivery = a_delivery()
    for n in range(ATTEMPTS_KEPT_MAX + 5):
        delivery = record_attempt(delivery, failed(timedelta(seconds=n)))
    assert len(delivery.attempts) == ATTEMPTS_KEPT_MAX
    assert a_delivery().last is None


def test_a_delivery_has_one_id() -> None:
    ids = {delivery_id(MessageId("msg_1"), WebhookEndpointId(one), at=NOON) for one in ("a", "a", "b")}
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("status", "taken"), [(200, True), (204, True), (299, True), (301, False), (199, False)]
)
def test_a_message_is_taken_by_an_answer_of_2xx_alone(status: int, *, taken: bool) -> None:
    assert is_success(status) is taken
