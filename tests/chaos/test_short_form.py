"""The short form of `make chaos`: ten kinds of faults, each once, and nothing may be lost or doubled."""

from typing import Final

from tests.chaos.long.report import lines
from tests.chaos.long.run import Plan, run
from tests.chaos.long.stack import Options

SEED: Final = 13
SECONDS: Final = 300.0
"""Far more than its faults take: it ends when each was once."""


async def test_what_was_acknowledged_is_there_once_whatever_happens_meanwhile() -> None:
    plan = Plan(seed=SEED, seconds=SECONDS, rate=4.0, quick=True, options=Options(election_ms=2_000))

    result = await run(plan, tell=print)

    assert result.findings == [], "\n".join(lines(result))
    assert {one.fault for one in result.record.recoveries} == {fault.name for fault in plan.faults()}
