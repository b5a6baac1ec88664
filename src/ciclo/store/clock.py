"""The sandbox's clock, shared by all processes: where it was set, and whether it has run since."""

from dataclasses import dataclass
from datetime import datetime

from ciclo.store.mongo.client import Store

_ID = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSetting:
    """At the wall clock's `set_at` the billing clock showed `shown`; it has run since unless it is frozen."""

    shown: datetime
    set_at: datetime
    frozen: bool

    def now(self, wall: datetime) -> datetime:
        """Return what the billing clock shows when the wall clock shows *wall*."""
        return self.shown if self.frozen else self.shown + (wall - self.set_at)


async def read_clock(store: Store) -> ClockSetting | None:
    """Return how the clock was set, None if it never was."""
    document = await store["settings"].find_one({"_id": _ID})
    if document is None:
        return None
    return ClockSetting(shown=document["shown"], set_at=document["set_at"], frozen=document["frozen"])


async def set_clock(store: Store, setting: ClockSetting) -> None:
    """Set the clock for every process."""
    await store["settings"].replace_one(
        {"_id": _ID},
        {"shown": setting.shown, "set_at": setting.set_at, "frozen": setting.frozen},
        upsert=True,
    )
