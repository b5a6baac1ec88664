"""One deadline of a request, whatever it waits for, and how often."""

import asyncio

import pytest

from ciclo.deadline import AnswerDeadline, DeadlinePassed, answering, current, in_time

SOON_S = 0.05


async def test_waits_within_each_other_end_together() -> None:
    deadline = AnswerDeadline(SOON_S)
    for _ in range(2):
        with pytest.raises(DeadlinePassed):
            async with deadline.bound(), deadline.bound():
                await asyncio.Event().wait()


async def test_what_takes_long_by_its_nature_is_waited_for() -> None:
    for give_time in (lambda one: one.put_off(60.0), AnswerDeadline.lift):
        deadline = AnswerDeadline(SOON_S)
        async with deadline.bound(), deadline.bound():
            give_time(deadline)
            await asyncio.sleep(4 * SOON_S)


async def test_a_time_out_of_the_work_itself_is_its_own() -> None:
    with answering(), pytest.raises(TimeoutError):
        async with in_time():
            raise TimeoutError
    assert current() is None
