"""Events: every type has a name, and what the engine brings about has one identity."""

from datetime import date
from typing import get_args

import pytest

from ciclo.domain.events.commands import Command
from ciclo.domain.events.event import (
    PAYLOADS,
    Payload,
    Source,
    answer_key,
    charge_key,
    new_order,
)
from ciclo.domain.events.event_type import EventType
from ciclo.domain.events.facts import Fact
from ciclo.domain.events.orders import ChargeRequested, RegistrationRequested
from ciclo.domain.lifecycle.apply import RULES, apply
from tests.builders import CUSTOMER, POLICY, SUBSCRIPTION, Story, noon


def test_every_name_is_that_of_one_payload() -> None:
    assert set(PAYLOADS) == set(EventType)
    assert set(PAYLOADS.values()) == set(get_args(Payload))


def test_every_command_and_fact_has_its_rule_and_no_order_has_one() -> None:
    assert set(RULES) == set(get_args(Command | Fact))


def test_an_order_is_for_the_collection_worker_and_not_for_the_rules() -> None:
    story = Story(date(2026, 1, 1)).start()

    with pytest.raises(TypeError, match="no rule applies registration_requested"):
        apply(story.account, story.last.follow_ups[0], POLICY)


def test_an_event_is_called_by_its_payload() -> None:
    assert Story(date(2026, 1, 1)).created.type == "subscription_created"


def test_a_follow_up_is_the_same_event_whoever_computes_it() -> None:
    at = noon(date(2026, 1, 1))

    one, same, other = (
        new_order(SUBSCRIPTION, RegistrationRequested(customer_id=CUSTOMER), key=key, at=at)
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
