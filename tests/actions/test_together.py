"""Asking together: what is asked at the same time goes as one batch, and each has an answer of its own."""

import asyncio
from collections.abc import Sequence

import pytest

from ciclo.actions.entitlements.together import BATCH_MAX, WAITING_MAX, Together, TooManyWaiting


class Oracle:
    """Answers each number with its double, odd ones with an error; *held*, not before it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.let_go = asyncio.Event()
        self.let_go.set()

    async def answer(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(numbers))
        await self.let_go.wait()
        return [number * 2 if number % 2 == 0 else ValueError(number) for number in numbers]


async def turns() -> None:
    """Let the loop run until nobody has anything to do at once."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_is_asked_while_a_batch_is_under_way_is_the_next_one_and_each_has_its_own_answer() -> None:
    oracle = Oracle()
    together = Together(oracle.answer)
    oracle.let_go.clear()
    first = asyncio.create_task(together.ask(2))
    await turns()
    rest = [asyncio.create_task(together.ask(number)) for number in (4, 5, 6, 8)]
    await turns()
    # Who has gone is not asked for.
    rest.pop().cancel()
    oracle.let_go.set()

    assert await first == 4
    assert [str(one) for one in await asyncio.gather(*rest, return_exceptions=True)] == ["8", "5", "12"]
    assert oracle.batches == [[2], [4, 5, 6]]
    await together.aclose()


async def test_a_batch_that_fails_is_everybodys_failure_and_the_next_is_answered() -> None:
    async def answer(numbers: Sequence[int]) -> list[int]:
        if 0 in numbers:
            raise ConnectionError
        return list(numbers)

    together = Together(answer)
    failed = await asyncio.gather(*(together.ask(number) for number in (0, 1)), return_exceptions=True)

    assert [type(one) for one in failed] == [ConnectionError] * 2
    assert await together.ask(3) == 3


async def test_batches_and_those_who_wait_are_bounded() -> None:
    oracle = Oracle()
    together = Together(oracle.answer)
    oracle.let_go.clear()
    asked = [asyncio.create_task(together.ask(2)) for _ in range(WAITING_MAX)]
    await asyncio.sleep(0)

    with pytest.raises(TooManyWaiting):
        await together.ask(2)
    oracle.let_go.set()
    await asyncio.gather(*asked)
    assert {len(batch) for batch in oracle.batches} == {BATCH_MAX}


async def test_who_asks_alone_waits_for_nobody_and_several_wait_for_each_other() -> None:
    oracle = Oracle()
    together = Together(oracle.answer, apart_s=1.0)
    for _ in range(20):
        await together.ask(2)

    await asyncio.gather(together.ask(4), together.ask(6))
    later = []
    for number in (8, 10):
        later.append(asyncio.create_task(together.ask(number)))
        await turns()

    assert await asyncio.gather(*later) == [16, 20]
    assert oracle.batches == [*[[2]] * 20, [4, 6], [8, 10]]
