from datetime import date
from typing import Any

import pytest

from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.apply_events import apply_recorded
from ciclo.domain.events.event import Event
from ciclo.domain.events.facts import PaymentFailed, PaymentSucceeded
from ciclo.domain.ids import EventId, PaymentId
from ciclo.store.events.records import new_document
from ciclo.store.ledger.chain import HEAD
from tests.builders import Story, event, noon, terms
from tests.store.storing import as_stored, stored

FIRST, SECOND = date(2026, 1, 10), date(2026, 2, 10)


@pytest.mark.parametrize("succeeds", [True, False])
async def test_what_is_set_leaves_the_document_that_a_replacement_would(
    deps: Deps, *, succeeds: bool
) -> None:
    story = Story(FIRST, of=terms()).start()
    story.pay(at=FIRST).until(SECOND)
    payment = story.payment()
    facts: dict[str, Any] = {
        "amount": payment.amount,
        "currency": payment.currency,
        "payment_id": PaymentId(payment.id),
    }
    happened: Event = event(
        PaymentSucceeded(**facts) if succeeds else PaymentFailed(**facts, failure_code="insufficient_funds"),
        at=SECOND,
    )
    await stored(deps, story)
    waiting = new_document(happened, recorded_at=noon(SECOND), next_publish_at=noon(SECOND))
    await deps.store["events"].insert_one(waiting)
    [entry] = (await apply_recorded(deps, [EventId(happened.id)])).entries

    after = entry.decision.account
    kept = await deps.store["subscriptions"].find_one({}, {HEAD: 0})
    assert kept == as_stored(after.subscription)
    for invoice in after.invoices.values():
        assert await deps.store["invoices"].find_one({"_id": invoice.id}) == as_stored(invoice)
    for one in after.payments.values():
        assert await deps.store["payments"].find_one({"_id": one.id}) == as_stored(one)
    assert {one.id for one in after.payments.values()} >= {payment.id}
    assert after.subscription.version == story.subscription.version + 1
