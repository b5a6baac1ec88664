"""A worker with two batches in hand: every event once, those of one account in their order."""

import asyncio
from collections.abc import Sequence
from typing import Final

from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.publish_events import BILLING, publish_events
from ciclo.domain.ids import EventId
from ciclo.streams.consumer import ConsumerOptions, Delivered, consume
from ciclo.streams.entry import Entry
from ciclo.streams.groups import consumer_name
from tests.benchmarks.accounts import RENEWAL, notice_document, owing
from workers import billing
from workers.process import delivering, delivery_options

ACCOUNTS: Final = 6
NOTICES: Final = 5
BATCH: Final = 4


async def test_a_backlog_is_applied_once_and_each_account_s_events_in_their_order(deps: Deps) -> None:
    for documents in (owing().cast(number) for number in range(ACCOUNTS)):
        for name, document in documents.items():
            await deps.store[name].insert_one(document)
    # Told in turn, so that batches share accounts.
    notices = [
        notice_document(number, now=RENEWAL)
        | {"_id": f"evt_{time}_{number}", "dedupe_key": f"{time} {number}"}
        for time in range(NOTICES)
        for number in range(ACCOUNTS)
    ]
    await deps.store["events"].insert_many(notices)
    await publish_events(deps, [(one["_id"], one["type"]) for one in notices])

    in_hand = await _consumed(deps, len(notices))

    applied = await deps.store["events"].find({"type": "payment_success"}).to_list(None)
    assert {one["processed"] for one in applied} == {True}
    for number in range(ACCOUNTS):
        own = sorted(
            (one for one in applied if one["_id"].endswith(f"_{number}")), key=lambda one: one["_id"]
        )
        seqs = [one["seq"] for one in own]
        assert seqs == list(range(seqs[0], seqs[0] + NOTICES))
        assert own[0]["outcome"] == "PAYMENT_RECORDED"
    assert in_hand == 2


async def _consumed(deps: Deps, events: int) -> int:
    """Work until all is answered; return how many batches were in hand at a time, at the most."""
    stop, left, in_hand, in_hand_max = asyncio.Event(), events, 0, 0
    deliver = delivering(
        deps, billing.handle, stream=BILLING, options=delivery_options(deps.settings), stop=stop
    )

    async def deliver_and_count(entries: Sequence[Entry]) -> Delivered:
        nonlocal left, in_hand, in_hand_max
        in_hand += 1
        in_hand_max = max(in_hand, in_hand_max)
        delivered = await deliver(entries)
        in_hand -= 1
        left -= len({EventId(entry.event_id) for entry in entries})
        if left == 0:
            stop.set()
        return delivered

    await consume(
        deps.streams,
        stream=BILLING,
        group=BILLING,
        consumer=consumer_name(),
        deliver=deliver_and_count,
        options=ConsumerOptions(batch_max=BATCH),
        stop=stop,
        begins_ahead=deps.account_locks.next_write,
    )
    return in_hand_max
