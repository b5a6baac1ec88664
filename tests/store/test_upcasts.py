"""What older releases stored is read by this one; what newer ones stored is left to them."""

from dataclasses import MISSING, field, fields, make_dataclass, replace
from typing import Any

import pytest

from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.apply_events import apply_recorded
from ciclo.domain.events.commands import CancellationRefund, CancellationRequested, InvoiceVoided
from ciclo.domain.events.event import EventType
from ciclo.domain.events.facts import PaymentSucceeded
from ciclo.domain.ids import EventId, InvoiceId, PaymentId
from ciclo.store.codec import DOCUMENTS, decode, decode_payload, encode
from ciclo.store.events.dead_letters import list_dead
from ciclo.store.events.lists import event_query, find_event, list_events
from ciclo.store.events.outbox import is_drained, read_backlog
from ciclo.store.events.records import is_known, new_document
from ciclo.store.events.upcasts import Upcasts, present_version
from ciclo.store.ledger.chain import digest
from ciclo.store.mongo.client import Document
from tests.builders import Story, event, noon, terms
from tests.store.delivering import Handler, waiting_events
from tests.store.delivering import stored as stored_event
from tests.store.documents import FIRST, one_of_each
from tests.store.storing import stored

VOIDED = EventType.INVOICE_VOIDED


def _renamed(data: Document) -> Document:
    return {"invoice_id": data["invoice"], "reason": data["why"]}


def _explained(data: Document) -> Document:
    return data | {"reason": data["reason"] or "unsaid"}


STEPS: Upcasts = {VOIDED: (_renamed, _explained)}


@pytest.mark.parametrize(
    ("version", "data", "reason"),
    [
        (1, {"invoice": "inv_1", "why": None}, "unsaid"),
        (2, {"invoice_id": "inv_1", "reason": None}, "unsaid"),
        (3, {"invoice_id": "inv_1", "reason": None}, None),
    ],
)
def test_data_of_every_version_become_what_the_type_holds_today(
    version: int, data: Document, reason: str | None
) -> None:
    before = dict(data)

    read = decode_payload(VOIDED, data, version=version, upcasts=STEPS)

    assert read == InvoiceVoided(invoice_id=InvoiceId("inv_1"), reason=reason)
    assert data == before


@pytest.mark.parametrize(
    ("stored_as", "refund"),
    [
        ({"credit": "PRORATED"}, CancellationRefund.CREDIT),
        ({"credit": "NONE"}, CancellationRefund.NONE),
        ({}, CancellationRefund.NONE),
    ],
)
def test_a_cancellation_of_before_money_could_go_back_is_read(
    stored_as: Document, refund: CancellationRefund
) -> None:
    data = {"immediately": True, "reason": "moving"} | stored_as

    read = decode_payload(EventType.CANCELLATION_REQUESTED, data, version=1)

    assert read == CancellationRequested(immediately=True, reason="moving", refund=refund)


@pytest.mark.parametrize("version", [0, 4])
def test_a_version_that_nobody_wrote_is_not_guessed_at(version: int) -> None:
    with pytest.raises(ValueError, match=f"has data of version {version}"):
        decode_payload(VOIDED, {"invoice_id": "inv_1"}, version=version, upcasts=STEPS)


def test_the_present_version_is_one_more_than_the_steps_that_lead_to_it() -> None:
    assert present_version(VOIDED, STEPS) == 3
    assert present_version(EventType.PLAN_CHANGED, STEPS) == 1


def test_what_is_written_says_in_which_version() -> None:
    document = new_document(
        event(InvoiceVoided(invoice_id=InvoiceId("inv_1")), at=FIRST),
        recorded_at=noon(FIRST),
        next_publish_at=noon(FIRST),
    )

    assert document["payload_version"] == present_version(VOIDED)


@pytest.mark.parametrize(
    ("type_", "version", "known"),
    [
        (VOIDED, 3, True),
        (VOIDED, 4, False),
        (EventType.PLAN_CHANGED, 2, False),
        ("coupon_redeemed", 1, False),
        (VOIDED, None, True),
    ],
)
def test_a_record_is_known_by_its_type_and_version(type_: str, version: int | None, *, known: bool) -> None:
    document = {"type": type_, **({"payload_version": version} if version else {})}

    assert is_known(document, STEPS) is known


@pytest.mark.parametrize("value", one_of_each(), ids=lambda one: type(one).__name__)
def test_a_document_of_before_a_field_was_added_is_read_and_has_its_default(value: Any) -> None:
    added = {one.name: one.default for one in fields(value) if one.default is not MISSING}
    old = {name: part for name, part in encode(value).items() if name not in added}

    assert decode(old, type(value)) == replace(value, **added)


@pytest.mark.parametrize("value", one_of_each(), ids=lambda one: type(one).__name__)
def test_a_field_with_a_default_changes_no_digest_of_before_it(value: Any) -> None:
    kind = type(value)
    newer = make_dataclass(
        kind.__name__,
        [("coupon", str | None, field(default=None))],
        bases=(kind,),
        frozen=True,
        slots=True,
        kw_only=True,
    )

    with_it = newer(**{one.name: getattr(value, one.name) for one in fields(kind)})

    assert digest(with_it) == digest(value)
    assert digest(replace(with_it, coupon="SUMMER")) != digest(value)


def test_every_type_of_document_is_among_those_tested() -> None:
    assert {type(one) for one in one_of_each()} == set(DOCUMENTS)


UNKNOWN = {"type": "coupon_redeemed", "data": {"coupon": "SUMMER"}}


async def test_an_event_that_only_a_newer_release_knows_is_left_alone_and_the_rest_is_applied(
    deps: Deps,
) -> None:
    story = Story(FIRST, of=terms()).start()
    await stored(deps, story)
    payment = story.payment()
    paid = event(
        PaymentSucceeded(amount=payment.amount, currency="BRL", payment_id=PaymentId(payment.id)), at=FIRST
    )
    known = new_document(paid, recorded_at=noon(FIRST), next_publish_at=noon(FIRST))
    newer = known | UNKNOWN | {"_id": f"{paid.id}x", "dedupe_key": "newer"}
    later = known | {"_id": f"{paid.id}y", "dedupe_key": "later", "payload_version": 2}
    await deps.store["events"].insert_many([known, newer, later])

    applied = await apply_recorded(deps, [EventId(one["_id"]) for one in (newer, known, later)])

    assert [entry.event.id for entry in applied.entries] == [paid.id]
    assert (applied.faulty, applied.duplicates) == ([], 0)
    for left in (newer, later):
        assert await deps.store["events"].find_one({"_id": left["_id"]}) == left
    waiting = await read_backlog(deps.store, now=noon(FIRST))
    assert (waiting.unprocessed, waiting.dead, waiting.unknown) == (2, 0, 2)
    assert not await is_drained(deps.store)


async def test_lists_leave_out_what_they_have_no_word_for(deps: Deps) -> None:
    voided = event(InvoiceVoided(invoice_id=InvoiceId("inv_1")), at=FIRST)
    known = new_document(voided, recorded_at=noon(FIRST), next_publish_at=noon(FIRST)) | {"dead": True}
    newer = known | UNKNOWN | {"_id": f"{voided.id}x", "dedupe_key": "newer"}
    await deps.store["events"].insert_many([known, newer])

    listed = await list_events(deps.store, event_query(), after=None, size=10)
    dead = await list_dead(deps.store, after=None, size=10)

    assert [one.id for one in listed.items] == [one.id for one in dead.items] == [voided.id]
    assert await find_event(deps.store, newer["_id"]) is None


async def test_what_only_a_newer_release_knows_is_neither_handed_over_nor_blamed(deps: Deps) -> None:
    known, newer = await waiting_events(deps.store, 2)
    await deps.store["events"].update_one({"_id": newer}, {"$set": UNKNOWN})
    before = await stored_event(deps.store, newer)
    handler = Handler(deps)

    await handler.deliver([known, newer])

    assert handler.calls == [[known]]
    assert await stored_event(deps.store, newer) == before
