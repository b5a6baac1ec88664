"""Time, as `Deps` hands it out: the wall clock, and the billing clock that a sandbox can move."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Protocol

from ciclo.settings import Settings
from ciclo.store.clock import ClockSetting, read_clock, set_clock
from ciclo.store.mongo.client import Store

SETTING_S_MAX: Final = 0.1
"""How long a process may go by the setting it read: others follow a move within this time."""


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
        self._setting, self._read_at = setting, time.monotonic()


def open_clock(settings: Settings, store: Store, wall: Wall) -> Clock:
    """Return the clock that *settings* ask for."""
    return SandboxClock(store, wall) if settings.is_sandbox else WallClock(wall)
