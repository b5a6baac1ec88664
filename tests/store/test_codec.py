"""Documents as domain values: any of them, as older versions wrote them, and what is refused."""

from dataclasses import MISSING, fields
from datetime import date
from typing import Any, Final

import pytest
from bson.int64 import Int64
from hypothesis import given
from hypothesis import strategies as st

from ciclo.domain.events.event import PAYLOADS
from ciclo.domain.events.facts import PaymentDisputed
from ciclo.domain.payment import Payment
from ciclo.store.codec import DOCUMENTS, decode, encode
from ciclo.store.ledger.bare import bare
from ciclo.store.mongo.client import Document
from tests.builders import Story
from tests.store.drawn import values_of
from tests.store.storing import as_stored

JAN_1, JAN_5 = date(2026, 1, 1), date(2026, 1, 5)
drawn: Final = st.sampled_from([*DOCUMENTS, *PAYLOADS.values()]).flatmap(values_of)


@given(drawn)
def test_whatever_the_domain_holds_comes_back_from_the_store(value: Any) -> None:
    read = decode(as_stored(value) | {"of_a_newer_release": 1}, type(value))

    assert read == value
    # The driver has an integer type of its own for large amounts.
    assert all(type(getattr(read, one.name)) is not Int64 for one in fields(read))


@given(drawn)
def test_what_is_sealed_of_a_value_leaves_out_its_defaults_and_nothing_else(value: Any) -> None:
    sealed = bare(value)

    assert isinstance(sealed, dict)
    for one in fields(value):
        default = one.default if one.default_factory is MISSING else one.default_factory()
        part = getattr(value, one.name)
        assert (one.name in sealed) is (part != default), one.name
        if one.name in sealed:
            assert sealed[one.name] == bare(part)


def paid() -> Payment:
    return Story(JAN_1).start().pay(at=JAN_1).payment()


@pytest.mark.parametrize(
    "damage",
    [
        {"amount": "2990"},
        {"amount": None},
        {"amount": 29.9},
        {"status": "MISLAID"},
        {"created_at": "2026-01-01T00:00:00Z"},
        {"refunds": [{"amount": 1}]},
        {"refunds": 7},
        {"customer_id": 7},
        {"boleto": {"digitable_line": "1", "barcode": None, "due_on": "soon", "url": None}},
    ],
    ids=str,
)
def test_a_document_that_does_not_hold_its_value_is_refused(damage: Document) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        decode(encode(paid()) | damage, Payment)


@pytest.mark.parametrize("name", ["_id", "amount", "status"])
def test_a_document_that_lacks_a_field_without_a_default_is_refused(name: str) -> None:
    document = encode(paid())
    del document[name]

    with pytest.raises((KeyError, TypeError, ValueError)):
        decode(document, Payment)


def test_a_dispute_of_before_its_end_had_a_date_is_what_its_event_makes_of_the_payment() -> None:
    story = Story(JAN_1).start().pay(at=JAN_1)
    story.tell(PaymentDisputed(payment_id=story.payment().id, amount=2990, currency="BRL"), at=JAN_5)
    document = encode(story.payment())
    del document["dispute_closed_at"]

    assert document["disputed"] is True
    assert decode(document, Payment) == story.payment()
