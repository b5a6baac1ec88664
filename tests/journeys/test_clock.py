import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest

from ciclo.actions.clock import SandboxClock, open_clock
from ciclo.domain.errors.general import ClockMoving
from ciclo.store.clock import ClockSetting, set_clock
from tests.journeys.asking import a_plan, subscribe
from tests.stack import Stack, local, until

HISTORY = """
query($id: ID!) {
  subscription(id: $id) {
    status nextBillingDate currentPeriod { start end }
    invoices(first: 50) { edges { node { number status total { amount } period { start end }
      payments { status attempts failureCode } } } }
  }
}"""


async def history(stack: Stack, subscription_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await stack.data(HISTORY, {"id": subscription_id}))["subscription"]
    return found


async def test_trial_then_first_charge_then_renewals(stack: Stack) -> None:
    await stack.advance(to=local(date(2028, 1, 24)))
    plan_id = await a_plan(stack)
    sub = await subscribe(stack, plan_id, "ana@example.com", card="tok_visa")
    await stack.advance(to=local(date(2028, 4, 30)))

    found = await history(stack, sub)

    assert found["status"] == "ACTIVE"
    assert found["nextBillingDate"] == "2028-05-31"
    assert [
        (edge["node"]["period"]["start"], edge["node"]["status"], edge["node"]["total"]["amount"])
        for edge in reversed(found["invoices"]["edges"])
    ] == [
        ("2028-01-31", "PAID", "29.99"),
        ("2028-02-29", "PAID", "29.99"),
        ("2028-03-31", "PAID", "29.99"),
        ("2028-04-30", "PAID", "29.99"),
    ]


@pytest.mark.parametrize(
    "given",
    [
        {"to": "9999-12-31T23:59:59Z"},
        {"to": "2101-01-01T00:00:00Z"},
        {"to": "2046-01-01T00:00:00Z"},
        {"by": "P999M"},
        {"by": "P9999D"},
    ],
)
async def test_the_clock_goes_so_far_and_no_further(stack: Stack, given: dict[str, str]) -> None:
    before = await stack.deps.clock.now()

    answer = await stack.data(
        "mutation($input: AdvanceClockInput!) { advanceClock(input: $input) {"
        " clock { now } userErrors { code } } }",
        {"input": given},
    )

    assert answer["advanceClock"] == {"clock": None, "userErrors": [{"code": "LIMIT_EXCEEDED"}]}
    assert (await stack.deps.clock.now()).year == before.year


DAY: Final = timedelta(days=1)
BRIEF: Final = timedelta(seconds=1)


async def asked(stack: Stack) -> list[str]:
    """Ask for a day more; return the codes of why not."""
    answer = await stack.data(
        'mutation { advanceClock(input: {by: "P1D"}) { clock { now } userErrors { code } } }'
    )
    return [error["code"] for error in answer["advanceClock"]["userErrors"]]


def another_clock(stack: Stack) -> SandboxClock:
    """Return the clock as another process has it."""
    clock = open_clock(stack.deps.settings, stack.deps.store, stack.deps.wall)
    assert isinstance(clock, SandboxClock)
    return clock


async def test_while_somebody_moves_the_clock_nobody_else_does(stack: Stack) -> None:
    clock = another_clock(stack)
    before = await clock.now()

    async with clock.hold(lease=BRIEF) as holder:
        await holder.move(before + DAY, frozen=True)
        # Renewed for longer than the lease: whoever lives keeps it.
        ends_at = stack.deps.wall() + 1.5 * BRIEF
        while stack.deps.wall() < ends_at:
            assert await asked(stack) == ["CLOCK_MOVING"]
        assert await clock.now() == before + DAY

    assert await asked(stack) == []
    assert await another_clock(stack).now() >= before + 2 * DAY


async def test_a_clock_whose_mover_died_runs_on_from_where_it_stood(stack: Stack) -> None:
    wall, shown = stack.deps.wall(), await stack.deps.clock.now() + DAY
    left = ClockSetting(shown=shown, set_at=wall, frozen=True, held_by="dead", held_until=wall + BRIEF)
    await set_clock(stack.deps.store, left)
    clock = another_clock(stack)

    async def runs() -> bool:
        return await clock.now() > shown

    assert await clock.now() >= shown
    await until(runs)
    assert await clock.now() < shown + DAY
    assert await asked(stack) == []


async def test_a_mover_who_lost_the_clock_does_not_move_it_back(stack: Stack) -> None:
    slow, quick = another_clock(stack), another_clock(stack)
    before = await slow.now()

    async with slow.hold() as holder:
        await expire(stack)
        async with quick.hold() as other:
            await other.move(before + 10 * DAY, frozen=False)
        with pytest.raises(ClockMoving):
            await holder.move(before + 5 * DAY, frozen=True)

    assert before + 10 * DAY <= await another_clock(stack).now() < before + 11 * DAY


async def test_of_several_who_move_the_clock_at_a_time_one_does_and_it_never_goes_back(stack: Stack) -> None:
    before = await another_clock(stack).now()

    codes = await asyncio.gather(*(asked(stack) for _ in range(5)))

    assert [] in codes
    assert {code for refused in codes for code in refused} <= {"CLOCK_MOVING"}
    assert await another_clock(stack).now() >= before + DAY


async def expire(stack: Stack) -> None:
    """Let the lease on the clock end, as it does while its holder is frozen."""
    over = datetime(2020, 1, 1, tzinfo=UTC)
    await stack.deps.store["settings"].update_one(
        {"_id": "clock"}, {"$set": {"held_until": over, "frozen": False}}
    )
