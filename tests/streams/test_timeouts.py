"""Ending calls: in time, whatever becomes of their cancellation."""

import asyncio
from collections.abc import Awaitable

import pytest

from ciclo.streams import timeouts
from ciclo.streams.connection import Streams
from ciclo.streams.consumer import ConsumerOptions
from ciclo.streams.timeouts import Overdue, check_cancelled, stop_at_exit, with_timeout
from tests.streams.record import Record, publish_ids, run

BUSY = ConsumerOptions(block_ms=1, claim_interval_ms=0)
"""Sends one command after the other, so that a cancellation hits all kinds of moments."""
ENDED_S_MAX = 5.0


async def test_an_answer_in_time_is_returned() -> None:
    assert await with_timeout(asyncio.sleep(0, "answer"), ms=1_000) == "answer"


async def test_an_error_in_time_is_raised_as_it_is() -> None:
    async def fail() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own") as caught:
        await with_timeout(fail(), ms=1_000)
    assert not isinstance(caught.value, Overdue)


async def test_a_call_that_takes_too_long_is_cancelled() -> None:
    waiting = asyncio.Event()
    call = asyncio.ensure_future(waiting.wait())

    with pytest.raises(Overdue, match="no answer in 5 ms"):
        await with_timeout(call, ms=5)
    assert call.cancelled()


async def test_a_call_that_swallows_its_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timeouts, "CANCEL_AGAIN_MS", 5)
    swallowed: list[int] = []

    async def stubborn() -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed.append(1)
                if len(swallowed) > 2:
                    raise

    with pytest.raises(Overdue):
        await with_timeout(stubborn(), ms=5)
    assert len(swallowed) == 3


async def test_a_call_that_can_not_be_ended_is_left_alone_after_so_many_tries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timeouts, "CANCEL_AGAIN_MS", 1)
    leave = asyncio.Event()

    async def immortal() -> str:
        while not leave.is_set():
            try:
                await leave.wait()
            except asyncio.CancelledError:
                continue
        return "late"

    task = asyncio.create_task(immortal())
    async with stop_at_exit(task):
        await asyncio.sleep(0)

    assert not task.done()
    leave.set()
    assert await task == "late"


async def test_cancelling_the_caller_cancels_the_call() -> None:
    call = asyncio.ensure_future(asyncio.Event().wait())
    caller = asyncio.create_task(with_timeout(call, ms=60_000))
    await asyncio.sleep(0)

    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert call.cancelled()


async def test_a_swallowed_cancellation_is_noticed_later() -> None:
    async def deaf(first: Awaitable[object]) -> None:
        try:
            await first
        except asyncio.CancelledError:
            check_cancelled()

    task = asyncio.create_task(deaf(asyncio.Event().wait()))
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_consumer_can_be_cancelled_at_any_moment(streams: Streams) -> None:
    await publish_ids(streams, "evt_1")
    for turn in range(100):
        task = asyncio.create_task(
            run(streams, Record(), consumer=f"turn-{turn}", options=BUSY, stop=asyncio.Event())
        )
        await asyncio.sleep(turn % 13 / 1_000)  # the moment is what varies

        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=ENDED_S_MAX)

        assert done == {task}
        assert task.cancelled()
