"""Reading replies, in every shape that the driver gives them."""

import pytest
from redis.asyncio import Redis

from ciclo.streams.connection import Streams
from ciclo.streams.entry import Entry, Row, entry_of, rows_of
from ciclo.streams.groups import ensure_group
from tests.streams.record import GROUP, STREAM, publish_ids


@pytest.mark.parametrize(
    "options",
    [
        {"protocol": 2},
        {"protocol": 3},
        {"protocol": 3, "legacy_responses": False},
        {"protocol": 2, "legacy_responses": False},
    ],
    ids=["resp2", "resp3", "resp3-unified", "resp2-unified"],
)
@pytest.mark.parametrize("event_ids", [[], ["evt_1"], ["evt_1", "evt_2"]], ids=["none", "one", "two"])
async def test_replies_of_every_protocol_read_the_same(
    streams: Streams, redis_url: str, options: dict[str, bool | int], event_ids: list[str]
) -> None:
    await ensure_group(streams, STREAM, GROUP)
    await publish_ids(streams, *event_ids)

    async with Redis.from_url(redis_url, **options) as redis:
        reply = await redis.xreadgroup(GROUP, "one", {streams.key(STREAM): ">"}, count=10)

    entries = [entry_of(row) for row in rows_of(reply)]
    ids = [entry.id for entry in entries if entry]
    assert entries == [
        Entry(entry_id, event_id, "payment_succeeded")
        for entry_id, event_id in zip(ids, event_ids, strict=True)
    ]


@pytest.mark.parametrize(
    "row",
    [
        ("1-0", {}),
        ("1-0", {b"event_id": b"evt_1"}),
        ("1-0", {b"event_id": b"", b"type": b"payment_succeeded"}),
        ("1-0", {b"event_id": b"\xff", b"type": b"payment_succeeded"}),
    ],
)
def test_an_entry_that_leads_to_no_event_is_none(row: Row) -> None:
    assert entry_of(row) is None
