"""Contention: work starts again while somebody is faster, a bounded number of times."""

import pytest

from ciclo.actions.contention import CONTENTION_ATTEMPTS_MAX, retry_on_contention
from ciclo.domain.errors.general import Conflict
from ciclo.domain.errors.subscriptions import PlanNotFound
from ciclo.store.mongo.contention import Contention


class Rival:
    """Somebody who is faster *times* times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.attempts = 0

    async def attempt(self) -> int:
        self.attempts += 1
        if self.attempts <= self.times:
            raise Contention
        return self.attempts


async def test_work_starts_again_until_nobody_is_faster() -> None:
    assert await retry_on_contention(Rival(times=2).attempt) == 3


async def test_whoever_is_always_too_late_is_told_so() -> None:
    rival = Rival(times=CONTENTION_ATTEMPTS_MAX)
    with pytest.raises(Conflict):
        await retry_on_contention(rival.attempt)

    assert rival.attempts == CONTENTION_ATTEMPTS_MAX


async def test_a_refusal_is_nobody_elses_doing_and_is_not_tried_again() -> None:
    attempts = []

    async def refuse() -> None:
        attempts.append(1)
        raise PlanNotFound

    with pytest.raises(PlanNotFound):
        await retry_on_contention(refuse)

    assert len(attempts) == 1
