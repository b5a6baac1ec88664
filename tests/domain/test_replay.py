"""The audit: stored documents are what their history says, or they are named."""

from dataclasses import replace
from datetime import date

import pytest

from ciclo.domain.events.commands import PlanChanged, RefundCreated, SubscriptionPaused
from ciclo.domain.ids import RefundId
from ciclo.domain.invoice import Invoice
from ciclo.domain.payment import Payment
from ciclo.domain.replay import (
    Difference,
    RecordedEvent,
    StoredSubscription,
    beginning,
    contradictions,
    find_differences,
)
from tests.builders import POLICY, Story, terms
from tests.domain.chronicle import Answer, Chronicle

JAN_1 = date(2026, 1, 1)


def chronicle() -> Chronicle:
    """Return three paid months with an upgrade, a refund and a pause."""
    life = Chronicle(Story(JAN_1, of=terms(2990), policy=replace(POLICY, tax_basis_points=1000), credit=100))
    life.happens(life.story.created)
    life.answered(Answer.PAID)
    life.run_clock(until=life.now.replace(month=2, day=10), answer=Answer.PAID)
    assert life.asked(PlanChanged(terms=terms(5990, plan="plus"))) is None
    life.answered(Answer.PAID)
    refund = RefundCreated(
        refund_id=RefundId("ref_1"), payment_id=next(iter(life.account.payments)), amount=100
    )
    assert life.asked(refund) is None
    assert life.asked(SubscriptionPaused()) is None
    return life


LIFE = chronicle()
STORED, POSTINGS = LIFE.stored(), LIFE.postings()
INVOICE: Invoice = LIFE.story.invoices[0]
PAYMENT: Payment = LIFE.story.payment(INVOICE)
NOTE = LIFE.account.credit_notes[0]
MOVE = next(iter(STORED.movements.values()))
CHANGED = next(iter(STORED.credit_changes))


def audited(stored: StoredSubscription, postings: list[RecordedEvent] = POSTINGS) -> list[Difference]:
    start = beginning(LIFE.story.created)
    return [*find_differences(start, postings, stored), *contradictions(stored)]


def test_a_faithful_ledger_has_no_differences() -> None:
    assert audited(STORED) == []


def test_numbers_are_the_stores_to_give() -> None:
    numbered = replace(STORED, invoices={**STORED.invoices, INVOICE.id: replace(INVOICE, number="2026-1")})

    assert audited(numbered) == []


def with_invoice(**changes: object) -> StoredSubscription:
    return replace(STORED, invoices={**STORED.invoices, INVOICE.id: replace(INVOICE, **changes)})


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (
            replace(STORED, subscription=replace(STORED.subscription, version=99)),
            Difference(STORED.subscription.id, f"version is 99, expected {len(POSTINGS)}"),
        ),
        (
            replace(STORED, payments={**STORED.payments, PAYMENT.id: replace(PAYMENT, amount=1)}),
            Difference(PAYMENT.id, f"amount is 1, expected {PAYMENT.amount}"),
        ),
        (replace(STORED, credit_notes={}), Difference(NOTE.id, "is missing")),
        (
            replace(STORED, credit_notes={**STORED.credit_notes, "crn_forged": NOTE}),
            Difference("crn_forged", "has no event that made it"),
        ),
        (
            replace(STORED, movements={**STORED.movements, MOVE.event_id: replace(MOVE, after=1)}),
            Difference(MOVE.event_id, f"after is 1, expected {MOVE.after}"),
        ),
        (
            replace(STORED, credit_changes={**STORED.credit_changes, CHANGED: 7}),
            Difference(CHANGED, f"is 7, expected {STORED.credit_changes[CHANGED]}"),
        ),
        (with_invoice(subtotal=1), Difference(INVOICE.id, "its lines do not add up to its subtotal")),
        (with_invoice(tax=1), Difference(INVOICE.id, "the tax of its lines does not add up")),
        (
            with_invoice(credit_applied=1),
            Difference(INVOICE.id, "its total is not its subtotal less the credit"),
        ),
        (with_invoice(credited=10**6), Difference(INVOICE.id, "more was given back than it billed")),
        (
            replace(STORED, payments={**STORED.payments, PAYMENT.id: replace(PAYMENT, amount=1)}),
            Difference(PAYMENT.id, "more was refunded than was paid"),
        ),
    ],
)
def test_what_was_altered_is_named(stored: StoredSubscription, expected: Difference) -> None:
    assert expected in audited(stored)


def test_a_gap_in_the_history_is_named() -> None:
    moved = [*POSTINGS[:-1], replace(POSTINGS[-1], seq=99)]

    assert audited(STORED, moved) == [
        Difference(POSTINGS[-1].event.id, f"seq is 99, expected {len(POSTINGS)}")
    ]


def test_a_history_begins_with_a_creation() -> None:
    with pytest.raises(TypeError, match="is not the event of a creation"):
        beginning(POSTINGS[-1].event)


def test_an_order_that_was_decided_and_is_not_recorded_is_named() -> None:
    orders = sorted(STORED.orders)

    [missing] = audited(replace(STORED, orders=orders[1:]))

    assert f"{orders[0]}, which is not recorded" in missing.what
