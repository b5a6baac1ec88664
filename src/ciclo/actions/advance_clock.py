"""The sandbox's time machine: the shared clock moves, and all that is due on the way happens in order."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from ciclo.actions.access.operations import new_operation
from ciclo.actions.clock import SandboxClock
from ciclo.actions.dependencies import Deps
from ciclo.actions.mails.reminders import next_reminder_instant, write_reminders
from ciclo.actions.mails.send import fill_mailbox
from ciclo.actions.processing.due_work import next_due_instant, run_due_work
from ciclo.domain.errors.general import DateInPast, LimitExceeded, SandboxOnly
from ciclo.store.access.operations import log_operation
from ciclo.store.events.lists import is_empty
from ciclo.store.events.outbox import is_drained
from ciclo.viewer import Actor

LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""No clock goes further: what is added to an instant must never leave the years that Python has."""

ADVANCE_MAX: Final = timedelta(days=3_660)
"""Ten years at once: each stop on the way is work, and there is no way back."""

IDLE_WAIT_S_MAX: Final = 60.0
"""How long the workers may take over what fell due at one instant."""

POLL_S: Final = 0.006
"""Between two looks at the outbox."""

ROUNDS_MAX: Final = 10_000
"""Batches of one instant: far more than any day has, so more is a subscription that stays due."""

NOW_IS: Final = timedelta(seconds=1)
"""A target this little in the past means now: the clock runs while a request is on its way."""


async def advance_clock(
    deps: Deps, *, to: datetime, by: Actor | None = None, running: bool = True
) -> datetime:
    """Move the billing clock to *to*, stopping at every instant at which something falls due.

    At each stop the clock stands still until all that it brought about, charges and their notices
    included, is done. Afterwards it runs on if *running*, else it stays where it is.

    That *by* moves it is logged before it moves: everybody's time changes even if it fails on its way. None:
    nobody does, a demo is played.

    Raises:
        SandboxOnly: money is real here.
        DateInPast: time does not run backwards.
        ClockMoving: somebody else moves it, or has done so meanwhile.
        LimitExceeded: it is after LATEST or more than ADVANCE_MAX away, or the workers did not keep up;
            then the clock runs on from the stop that it reached.
    """
    clock = deps.clock
    if not isinstance(clock, SandboxClock):
        raise SandboxOnly("moving the clock")
    async with clock.hold() as holder:
        now = await clock.now()
        _require_reachable(to, now=now)
        to = max(to, now)
        if by is not None:
            move = new_operation(
                deps, by, "advanceClock", "clock", before={"shown": now}, after={"shown": to}
            )
            await log_operation(deps.store, move)
        # What runs already belongs to the time before.
        await wait_until_idle(deps)
        await fill_mailbox(deps)
        while (due_at := await _next_instant(deps)) is not None and due_at <= to:
            now = max(now, due_at)
            await holder.move(now, frozen=True)
            await run_until_idle(deps, now=now)
        await write_reminders(deps, now=to)
        await holder.move(max(to, await clock.now()), frozen=not running)
    return to


async def _next_instant(deps: Deps) -> datetime | None:
    """Return when something falls due next: of a subscription, or to be told of an invoice."""
    found = (await next_due_instant(deps), await next_reminder_instant(deps))
    return min((at for at in found if at is not None), default=None)


def _require_reachable(to: datetime, *, now: datetime) -> None:
    if to < now - NOW_IS:
        raise DateInPast("the clock only moves forward", field=("to",))
    if to - now > ADVANCE_MAX:
        raise LimitExceeded("the clock moves ten years at once at most")
    _require_near(to)


async def set_first_instant(deps: Deps, *, at: datetime) -> None:
    """Let the clock of an empty ledger begin at any time, past or future.

    Raises:
        SandboxOnly: money is real here.
        DateInPast: something happened already, and time does not run backwards.
        LimitExceeded: it is after LATEST.
    """
    clock = deps.clock
    if not isinstance(clock, SandboxClock):
        raise SandboxOnly("moving the clock")
    if not await is_empty(deps.store):
        raise DateInPast("something happened already; the clock only moves forward")
    _require_near(at)
    await clock.set(at, frozen=False)


def _require_near(at: datetime) -> None:
    if at > LATEST:
        raise LimitExceeded(f"the clock goes to the year {LATEST.year} at most")


async def run_until_idle(deps: Deps, *, now: datetime) -> None:
    """Do all that is due at *now*, and what follows from it, until nothing is left.

    Raises:
        LimitExceeded: the workers did not finish in time, or what is due stays due.
    """
    for _ in range(ROUNDS_MAX):
        await run_due_work(deps, now=now)
        await wait_until_idle(deps)
        due_at = await next_due_instant(deps)
        if due_at is None or due_at > now:
            await write_reminders(deps, now=now)
            await fill_mailbox(deps)
            return
    raise LimitExceeded("a subscription stays due whatever is done")


async def wait_until_idle(deps: Deps) -> None:
    """Wait until the workers have nothing to do.

    Raises:
        LimitExceeded: they still have after IDLE_WAIT_S_MAX.
    """
    ends_at = time.monotonic() + IDLE_WAIT_S_MAX
    while not await is_drained(deps.store):
        if time.monotonic() > ends_at:
            raise LimitExceeded("the workers did not finish in time; are they running?")
        await asyncio.sleep(POLL_S)
