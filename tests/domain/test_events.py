"""Events: every type has a name, and what the engine brings about has one identity."""

from datetime import date
from typing import get_args

from ciclo.domain.events import (
    EVENT_TYPES,
    TYPE_NAMES,
    WORK_ORDERS,
    ChargeRequested,
    Payload,
    RegistrationRequested,
    Source,
    answer_key,
    charge_key,
    follow_up,
)
from ciclo.domain.lifecycle.apply import RULES
from tests.builders import CUSTOMER, SUBSCRIPTION, Story, noon


def test_every_payload_has_one_name() -> None:
    assert set(EVENT_TYPES.values()) == set(get_args(Payload))
    assert {name: TYPE_NAMES[kind] for name, kind in EVENT_TYPES.items()} == {
        name: name for name in EVENT_TYPES
    }


def test_every_event_is_applied_by_a_rule_or_carried_out_by_the_collection_worker() -> None:
    assert {TYPE_NAMES[kind] for kind in RULES} | WORK_ORDERS == set(EVENT_TYPES)
    assert not {TYPE_NAMES[kind] for kind in RULES} & WORK_ORDERS


def test_an_event_is_called_by_its_payload() -> None:
    assert Story(date(2026, 1, 1)).created.type == "subscription_created"


def test_a_follow_up_is_the_same_event_whoever_computes_it() -> None:
    at = noon(date(2026, 1, 1))

    one, same, other = (
        follow_up(SUBSCRIPTION, RegistrationRequested(customer_id=CUSTOMER), key=key, at=at)
        for key in ("a", "a", "b")
    )

    assert one == same
    assert (one.source, one.dedupe_key, one.actor) == (Source.ENGINE, "registration_requested:a", None)
    assert one.id != other.id


def test_the_keys_of_a_charge_and_its_answer_follow_from_what_they_are_about() -> None:
    story = Story(date(2026, 1, 1)).start()
    order = next(one for one in story.last.follow_ups if isinstance(one.payload, ChargeRequested))

    assert charge_key(story.payment().id, 1) == order.dedupe_key
    assert answer_key(order.id) == f"answer:{order.id}"
