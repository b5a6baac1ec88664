"""Time, as entry points read it: the wall clock, and the billing clock that a sandbox can move."""

from datetime import UTC, datetime
from typing import Protocol

from ciclo.settings import Settings
from ciclo.store.client import Store
from ciclo.store.clock import read_clock


def wall_now() -> datetime:
    """Return the instant in UTC, to the millisecond: BSON keeps no more."""
    instant = datetime.now(UTC)
    return instant.replace(microsecond=instant.microsecond // 1_000 * 1_000)


class Clock(Protocol):
    """The billing clock: what decides which day it is for billing."""

    async def now(self) -> datetime:
        """Return the billing instant in UTC, to the millisecond."""
        ...


class WallClock:
    """Billing time is real time: the only clock where money is real."""

    async def now(self) -> datetime:
        """Return the present instant."""
        return wall_now()


class SandboxClock:
    """Billing time as the database says, so that all processes agree on it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def now(self) -> datetime:
        """Return what the shared clock shows; real time as long as nobody has set it."""
        setting = await read_clock(self._store)
        return setting.now(wall_now()) if setting else wall_now()


def open_clock(settings: Settings, store: Store) -> Clock:
    """Return the clock that *settings* ask for."""
    return SandboxClock(store) if settings.is_sandbox else WallClock()
