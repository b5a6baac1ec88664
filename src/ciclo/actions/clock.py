"""Time, as `Deps` hands it out: the wall clock, and the billing clock that a sandbox can move."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from ciclo.domain.errors.general import ClockMoving
from ciclo.settings.settings import Settings
from ciclo.store.clock import ClockSetting, move_clock, read_clock, renew_clock, set_clock, take_clock
from ciclo.store.mongo.client import Store

SETTING_S_MAX: Final = 0.1
"""How long a process may go by the setting it read: others follow a move within this time."""


LEASE: Final = timedelta(seconds=10)
"""How long the clock stays with a mover who died; then it runs on from where it stands."""

RENEWALS_PER_LEASE: Final = 3

Wall = Callable[[], datetime]
"""A wall clock: shows the instant in UTC, to the millisecond."""


def read_wall_clock() -> datetime:
    """Return the instant in UTC, to the millisecond: BSON keeps no more."""
    return datetime.fromtimestamp(time.time_ns() // 1_000_000 / 1_000, UTC)


class Clock(Protocol):
    """The billing clock: what decides which day it is for billing."""

    async def now(self) -> datetime:
        """Return the billing instant in UTC, to the millisecond."""
        ...


class WallClock:
    """Billing time is real time: the only clock where money is real."""

    def __init__(self, wall: Wall) -> None:
        self._wall = wall

    async def now(self) -> datetime:
        """Return the present instant."""
        return self._wall()


class SandboxClock:
    """Billing time as the database says, so that all processes agree on it."""

    def __init__(self, store: Store, wall: Wall) -> None:
        self._store = store
        self._wall = wall
        self._setting: ClockSetting | None = None
        self._read_at: float | None = None
        self._reading: asyncio.Task[None] | None = None

    async def now(self) -> datetime:
        """Return what the shared clock shows; real time as long as nobody has set it."""
        if self._read_at is None or time.monotonic() - self._read_at > SETTING_S_MAX:
            # All who find it stale at a time wait for one reading.
            if self._reading is None or self._reading.done():
                self._reading = asyncio.create_task(self._read())
            await asyncio.shield(self._reading)
        wall = self._wall()
        return self._setting.now(wall) if self._setting else wall

    async def _read(self) -> None:
        read_at = time.monotonic()
        setting = await read_clock(self._store)
        # What was set here meanwhile is newer.
        if self._read_at is None or read_at > self._read_at:
            self._setting, self._read_at = setting, read_at

    async def set(self, shown: datetime, *, frozen: bool) -> None:
        """Set the clock for every process, from now on for this one."""
        setting = ClockSetting(shown=shown, set_at=self._wall(), frozen=frozen)
        await set_clock(self._store, setting)
        self.show(setting)

    @asynccontextmanager
    async def hold(self, *, lease: timedelta = LEASE) -> AsyncIterator["ClockHolder"]:
        """Hold the clock, so that nobody else moves it; if the block fails on the way, it runs on from there.

        Raises:
            ClockMoving: somebody else holds it.
        """
        wall, before = self._wall(), await read_clock(self._store)
        if before is not None and before.is_held(wall):
            raise ClockMoving
        name = secrets.token_hex(8)
        start = ClockSetting(
            shown=before.now(wall) if before else wall,
            set_at=wall,
            frozen=before is not None and before.frozen and before.held_until is None,
            held_by=name,
            held_until=wall + lease,
        )
        holder = ClockHolder(name, start, clock=self, store=self._store, wall=self._wall, lease=lease)
        if not await take_clock(self._store, start, before=before):
            raise ClockMoving
        self.show(start)
        renewing = asyncio.create_task(holder.keep())
        try:
            yield holder
        except BaseException:
            await holder.release(renewing, failed=True)
            raise
        await holder.release(renewing)

    def show(self, setting: ClockSetting) -> None:
        """Go by *setting*, which was just stored."""
        self._setting, self._read_at = setting, time.monotonic()


class ClockHolder:
    """The one who may move the clock, for as long as they renew their lease, and forward only."""

    def __init__(
        self,
        name: str,
        start: ClockSetting,
        *,
        clock: SandboxClock,
        store: Store,
        wall: Wall,
        lease: timedelta,
    ) -> None:
        self.name: Final = name
        self._start: Final = start
        self._last = start
        self._clock: Final = clock
        self._store: Final = store
        self._wall: Final = wall
        self._lease: Final = lease

    async def move(self, shown: datetime, *, frozen: bool) -> None:
        """Set the clock for every process, from now on for this one.

        Raises:
            ClockMoving: it is not held any more, or shows a later time already.
        """
        wall = self._wall()
        setting = ClockSetting(
            shown=shown, set_at=wall, frozen=frozen, held_by=self.name, held_until=wall + self._lease
        )
        if not await move_clock(self._store, setting, holder=self.name, wall=wall):
            raise ClockMoving
        self._last = setting
        self._clock.show(setting)

    async def keep(self) -> None:
        """Renew the lease until cancelled, or until it is lost."""
        held = True
        while held:
            await asyncio.sleep(self._lease.total_seconds() / RENEWALS_PER_LEASE)
            wall = self._wall()
            held = await renew_clock(self._store, holder=self.name, wall=wall, until=wall + self._lease)

    async def release(self, renewing: "asyncio.Task[None]", *, failed: bool = False) -> None:
        """Give the clock back; if it is lost, it is somebody else's already."""
        renewing.cancel()
        await asyncio.wait({renewing})
        wall, last = self._wall(), self._last
        stays = last.frozen and (last is self._start or not failed)
        setting = ClockSetting(shown=last.now(wall), set_at=wall, frozen=stays)
        if await move_clock(self._store, setting, holder=self.name, wall=wall):
            self._clock.show(setting)


def open_clock(settings: Settings, store: Store, wall: Wall) -> Clock:
    """Return the clock that *settings* ask for."""
    return SandboxClock(store, wall) if settings.is_sandbox else WallClock(wall)
