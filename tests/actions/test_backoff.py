"""Pauses between tries: they grow up to a bound, and are never longer than asked for."""

import asyncio

import pytest

from ciclo.backoff import Backoff, pause


@pytest.mark.parametrize(
    ("backoff", "pauses"),
    [
        (Backoff(first=0.5, max=30.0), [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]),
        (Backoff(first=2.0, growth=1.5, max=5.0), [2.0, 3.0, 4.5, 5.0, 5.0]),
    ],
)
def test_pauses_grow_up_to_a_bound(backoff: Backoff, pauses: list[float]) -> None:
    assert [backoff.pause_s(failures) for failures in range(1, len(pauses) + 1)] == pauses
    assert backoff.pause_s(1_000_000) == backoff.max


def test_a_random_part_of_a_pause_lies_between_its_bounds() -> None:
    parts = [Backoff(first=4.0, max=4.0).spread_s(1, least=0.5) for _ in range(200)]

    assert all(2.0 <= part <= 4.0 for part in parts)
    assert len(set(parts)) > 1


async def test_a_pause_ends_at_once_when_everything_stops() -> None:
    stop = asyncio.Event()
    stop.set()

    assert not await pause(stop, seconds=3_600)
    assert await pause(asyncio.Event(), seconds=0)
