"""One reading for all who ask at the same time."""

import asyncio

import pytest

from ciclo.web.shared_reading import SharedReading


class Well:
    """Something that takes time to read, and counts how often that is done."""

    def __init__(self) -> None:
        self.readings = 0
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    async def read(self, subject: str) -> str:
        self.readings += 1
        self.begun.set()
        await self.go_on.wait()
        if subject == "broken":
            raise ConnectionError(subject)
        return f"{subject} {self.readings}"


async def test_who_asks_meanwhile_gets_the_same_and_who_comes_later_a_new_one() -> None:
    well = Well()
    reading = SharedReading(well.read)

    asking = [asyncio.create_task(reading.get("a")) for _ in range(100)]
    well.go_on.set()

    assert await asyncio.gather(*asking) == ["a 1"] * 100
    assert await reading.get("a") == "a 2"


async def test_one_who_hangs_up_takes_it_from_nobody() -> None:
    well = Well()
    reading = SharedReading(well.read)
    first, second = (asyncio.create_task(reading.get("a")) for _ in range(2))
    await well.begun.wait()

    first.cancel()
    well.go_on.set()

    assert await second == "a 1"
    assert first.cancelled() or first.cancelling()


async def test_a_failure_is_told_to_all_and_remembered_by_none() -> None:
    well = Well()
    well.go_on.set()
    reading = SharedReading(well.read)

    for _ in range(2):
        with pytest.raises(ConnectionError):
            await reading.get("broken")

    assert await reading.get("a") == "a 3"
