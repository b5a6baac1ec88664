"""Two batches in hand: the next one begins while the one before is being written, and no third."""

import asyncio
from collections.abc import Sequence

import pytest

from ciclo.streams.connection import Streams
from ciclo.streams.consumer import ConsumerOptions, Delivered, consume
from ciclo.streams.entry import Entry
from ciclo.streams.groups import consumer_name
from ciclo.streams.hand import open_hand
from tests.stack import until
from tests.streams.record import GROUP, STREAM, nothing_pending, publish_ids


class Gates:
    """Deliveries that a test lets begin to write, and end."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.writes: list[asyncio.Future[None]] = []
        self.ends: list[asyncio.Event] = []

    def begins_ahead(self) -> "asyncio.Future[None]":
        self.writes.append(asyncio.get_running_loop().create_future())
        return self.writes[-1]

    async def tell(self, number: int) -> None:
        """Wait until so much was told."""

        async def is_told() -> bool:
            return len(self.told) >= number

        await until(is_told)

    async def deliver(self, entries: Sequence[Entry]) -> Delivered:
        number = len(self.ends)
        self.ends.append(asyncio.Event())
        self.told.append(f"{number} begins with {len(entries)}")
        await self.ends[number].wait()
        self.told.append(f"{number} ends")
        return Delivered()


async def test_after_a_full_batch_the_next_begins_once_that_is_written_and_no_third_before_it_is_over(
    streams: Streams,
) -> None:
    await publish_ids(streams, *(f"evt_{number}" for number in range(5)))
    gates, stop = Gates(), asyncio.Event()
    consuming = asyncio.create_task(
        consume(
            streams,
            stream=STREAM,
            group=GROUP,
            consumer=consumer_name(),
            deliver=gates.deliver,
            options=ConsumerOptions(batch_max=2, block_ms=50),
            stop=stop,
            begins_ahead=gates.begins_ahead,
        )
    )
    try:
        await gates.tell(1)
        gates.writes[0].set_result(None)
        await gates.tell(2)
        gates.writes[1].set_result(None)
        gates.ends[1].set()
        await gates.tell(3)
        gates.ends[0].set()
        await gates.tell(5)
        # What is in hand at a stop is delivered and acknowledged.
        stop.set()
        gates.ends[2].set()
    finally:
        stop.set()
        await consuming

    assert gates.told == [
        "0 begins with 2",
        "1 begins with 2",
        "1 ends",
        "0 ends",
        "2 begins with 1",
        "2 ends",
    ]
    assert await nothing_pending(streams)


def written() -> "asyncio.Future[None]":
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    future.set_result(None)
    return future


async def failing() -> None:
    raise ConnectionError("Redis is away")


async def test_a_failure_of_one_is_told_and_the_other_is_finished_all_the_same() -> None:
    done: list[str] = []

    async def finishing() -> None:
        await asyncio.sleep(0)
        done.append("the other")

    async def work() -> None:
        async with open_hand() as hand:
            await hand.take(failing(), next_begins=written())
            await hand.take(finishing(), next_begins=None)

    with pytest.raises(ConnectionError):
        await work()
    assert done == ["the other"]


async def test_what_is_in_hand_is_given_up_when_all_is_cancelled() -> None:
    given_up: list[str] = []
    all_begun = asyncio.Event()

    async def endless(name: str) -> None:
        if name == "after":
            all_begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            given_up.append(name)

    async def work() -> None:
        async with open_hand() as hand:
            await hand.take(endless("before"), next_begins=written())
            await hand.take(endless("after"), next_begins=None)

    working = asyncio.create_task(work())
    await all_begun.wait()
    working.cancel()
    await asyncio.wait({working})

    assert working.cancelled()
    assert sorted(given_up) == ["after", "before"]
