"""What older rules decided is not decided again: it is checked by its digests, and from a checkpoint on anew.

The rules of version 1 are played by the kept ledger, those of a newer release by this one under its number.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from ciclo.actions.audit.ledger import AuditCounts, audit_ledger
from ciclo.actions.clock import read_wall_clock
from ciclo.actions.dependencies import Deps, open_deps
from ciclo.actions.processing.due_work import run_due_work
from ciclo.domain.lifecycle import RULES_VERSION
from ciclo.domain.replay import Difference
from ciclo.settings.settings import Settings
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.migrations import migrate
from tests.ledgers.kept import LEDGERS, audited, load

LEDGER: Final = LEDGERS[0]
NEWER: Final = RULES_VERSION + 1
MONTH: Final = timedelta(days=31)


@pytest.fixture
async def first(store: Store, settings: Settings) -> AsyncIterator[Deps]:
    """A kept ledger that is not migrated, under the rules of version 1."""
    await load(LEDGER, store)
    async with open_deps(settings) as deps:
        yield replace(deps, rules_version=1)


@pytest.fixture
async def sealed(first: Deps) -> Deps:
    """The same ledger, migrated."""
    await sealing(first)
    return first


@pytest.fixture
async def second(sealed: Deps) -> Deps:
    """The same ledger a month later, which the rules of version 2 decided about."""
    later = replace(sealed, rules_version=2)
    await live_on(later, months=1)
    return later


async def sealing(deps: Deps) -> None:
    async for _ in migrate(deps.store, holder="test", now=read_wall_clock):
        pass


async def live_on(deps: Deps, *, months: int) -> None:
    """Let the clock do what falls due in some months from the ledger's end on."""
    now = await deps.clock.now() + months * MONTH
    while await run_due_work(deps, now=now):
        pass


async def differences(deps: Deps) -> list[Difference]:
    return [one async for one in audit_ledger(deps, AuditCounts())]


async def rounded_otherwise(deps: Deps) -> str:
    """Let a paid invoice, with all that follows from it, be a cent dearer than today's rules have it."""
    payment = await deps.store["payments"].find_one({"status": "COMPLETED", "refunds": []})
    assert payment is not None
    cent = {"total": 1, "subtotal": 1, "lines.0.amount": 1}
    await deps.store["invoices"].update_one({"_id": payment["invoice_id"]}, {"$inc": cent})
    await deps.store["payments"].update_one({"_id": payment["_id"]}, {"$inc": {"amount": 1}})
    return str(payment["invoice_id"])


async def test_a_refined_rounding_turns_no_old_account_red(first: Deps) -> None:
    invoice_id = await rounded_otherwise(first)
    assert invoice_id in {one.document for one in await differences(first)}
    await sealing(first)

    later = replace(first, rules_version=2)
    before = await audited(later)
    await live_on(later, months=2)
    after = await audited(later)

    assert (before.redecided, before.sealed) == (0, before.events)
    assert after.redecided > 0
    assert after.sealed == before.events


async def test_a_history_of_before_there_were_digests_outlives_its_rules_too(first: Deps) -> None:
    later = replace(first, rules_version=2)
    before = await audited(later)
    await live_on(later, months=2)
    after = await audited(later)

    assert (before.redecided, before.sealed) == (0, 0)
    assert (after.redecided, after.sealed) == (after.events - before.events, 0)


async def test_two_releases_side_by_side_leave_a_ledger_that_both_find_clean(sealed: Deps) -> None:
    older, newer = replace(sealed, rules_version=RULES_VERSION), replace(sealed, rules_version=NEWER)
    for months, deps in ((1, newer), (2, older), (3, newer)):
        await live_on(deps, months=months)

    await audited(older)
    await audited(newer)


async def test_one_checkpoint_is_made_where_other_rules_begin_and_none_after(second: Deps) -> None:
    await live_on(second, months=3)

    checkpoints = second.store["checkpoints"]
    assert len(await checkpoints.distinct("event_id")) == len(await checkpoints.distinct("subscription_id"))


async def test_an_event_of_a_release_that_kept_no_chain_is_followed_by_a_checkpoint(second: Deps) -> None:
    sealed = replace(second, rules_version=RULES_VERSION)
    await live_on(sealed, months=1)
    query = {"seq": {"$gt": 1}, "source": "CLOCK", "processed": True}
    last = await sealed.store["events"].find_one(query, sort=[("processed_at", -1), ("seq", -1)])
    assert last is not None
    before = await sealed.store["events"].find_one(
        {"subscription_id": last["subscription_id"], "seq": last["seq"] - 1}
    )
    assert before is not None
    # As such a release leaves it: it knows nothing of these fields, and does not touch the head.
    await sealed.store["events"].update_one(
        {"_id": last["_id"]}, {"$unset": {"chain": 1, "documents": 1, "rules": 1}}
    )
    head = {"head.chain": before["chain"], "head.seq": before["seq"], "head.rules": before["rules"]}
    await sealed.store["subscriptions"].update_one({"_id": last["subscription_id"]}, {"$set": head})

    made = set(await sealed.store["checkpoints"].distinct("event_id"))
    await audited(sealed)
    await live_on(sealed, months=3)
    await audited(sealed)

    anew = await sealed.store["checkpoints"].distinct("subscription_id", {"event_id": {"$nin": list(made)}})
    assert last["subscription_id"] in anew
    await audited(replace(sealed, rules_version=NEWER))


async def test_histories_are_sealed_while_events_are_applied(first: Deps) -> None:
    present = replace(first, rules_version=RULES_VERSION)
    await asyncio.gather(sealing(present), live_on(present, months=2))

    checked = await audited(replace(first, rules_version=RULES_VERSION))
    later = await audited(replace(first, rules_version=NEWER))

    # What happened before its history was sealed begins with a checkpoint, and nothing seals what was before.
    assert checked.redecided > 0
    assert (later.redecided, later.sealed) == (0, checked.redecided + checked.sealed)


async def _old_event(deps: Deps) -> Document:
    """Return an event in the middle of what version 1 decided, of a subscription with a checkpoint."""
    checkpoint = await deps.store["checkpoints"].find_one({"kind": "invoices", "seq": {"$gt": 4}})
    assert checkpoint is not None
    query = {"subscription_id": checkpoint["subscription_id"], "seq": 3}
    found: Document | None = await deps.store["events"].find_one(query)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "change",
    [
        {"$set": {"data.forged": 1}},
        {"$set": {"outcome": "RECORDED BY NOBODY"}},
        {"$inc": {"credit_before": 1}},
        {"$set": {"rules": 2}},
        {"$unset": {"chain": 1}},
    ],
    ids=str,
)
async def test_an_old_event_that_was_altered_is_named(second: Deps, change: Document) -> None:
    event = await _old_event(second)
    await second.store["events"].update_one({"_id": event["_id"]}, change)

    assert event["_id"] in {one.document for one in await differences(second)}


async def test_an_old_event_that_was_dropped_is_noticed(second: Deps) -> None:
    event = await _old_event(second)
    await second.store["events"].delete_one({"_id": event["_id"]})
    following = await second.store["events"].find_one(
        {"subscription_id": event["subscription_id"], "seq": event["seq"] + 1}
    )
    assert following is not None

    assert following["_id"] in {one.document for one in await differences(second)}


async def test_an_event_that_was_put_in_is_named(second: Deps) -> None:
    event = await _old_event(second)
    forged = {**event, "_id": "evt_forged", "dedupe_key": "forged"}
    await second.store["events"].insert_one(forged)

    found = {one.document for one in await differences(second)}

    assert found & {"evt_forged", event["_id"]}


async def test_the_last_event_can_not_be_cut_off(sealed: Deps) -> None:
    later = replace(sealed, rules_version=2)
    last = await later.store["events"].find_one({"seq": {"$gt": 2}}, sort=[("seq", -1)])
    assert last is not None
    await later.store["events"].delete_one({"_id": last["_id"]})

    expected = Difference(last["subscription_id"], "its chain of digests ends with another event")
    assert expected in await differences(later)


@pytest.mark.parametrize(
    ("collection", "change"),
    [
        ("invoices", {"$set": {"number": "INV-999999"}}),
        ("invoices", {"$set": {"due_on": "2031-01-01"}}),
        ("payments", {"$set": {"provider_reference": "ch_forged"}}),
        ("subscriptions", {"$set": {"cancel_reason": "forged"}}),
        ("movements", {"$set": {"plan_id": "plan_forged"}}),
    ],
)
async def test_an_old_document_that_was_altered_is_named(
    sealed: Deps, collection: str, change: Document
) -> None:
    later = replace(sealed, rules_version=2)
    document = await later.store[collection].find_one({})
    assert document is not None
    await later.store[collection].update_one({"_id": document["_id"]}, change)

    assert document["_id"] in {one.document for one in await differences(later)}


@pytest.mark.parametrize("change", [{"document.paid_at": None}, {"document.total": 1}, None], ids=str)
async def test_a_checkpoint_that_was_altered_is_named(second: Deps, change: Document | None) -> None:
    checkpoint = await second.store["checkpoints"].find_one({"kind": "invoices"})
    assert checkpoint is not None
    if change:
        await second.store["checkpoints"].update_one({"_id": checkpoint["_id"]}, {"$set": change})
    else:
        await second.store["checkpoints"].delete_one({"_id": checkpoint["_id"]})

    expected = Difference(checkpoint["event_id"], "has a checkpoint that is not what its digest says")
    assert expected in await differences(second)


async def test_a_checkpoint_that_is_gone_is_told(second: Deps) -> None:
    event_id = (await second.store["checkpoints"].distinct("event_id"))[0]
    await second.store["checkpoints"].delete_many({"event_id": event_id})

    what = "follows events that other rules decided, and has no checkpoint before it"
    assert Difference(event_id, what) in await differences(second)


async def test_a_checkpoint_that_no_event_made_is_named(second: Deps) -> None:
    event = await _old_event(second)
    checkpoint = await second.store["checkpoints"].find_one({"subscription_id": event["subscription_id"]})
    assert checkpoint is not None
    await second.store["checkpoints"].insert_one(
        {**checkpoint, "_id": "forged", "event_id": event["_id"], "kind": "subscriptions"}
    )

    assert event["_id"] in {one.document for one in await differences(second)}
