"""The sandbox's clock, shared by all processes: where it was set, whether it runs, and who moves it."""

from dataclasses import asdict, dataclass
from datetime import datetime

from pymongo.errors import DuplicateKeyError

from ciclo.store.mongo.client import Store

_ID = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSetting:
    """At the wall clock's `set_at` the billing clock showed `shown`; it has run since unless it is frozen.

    Who moves it holds it until `held_until`. If they die it is nobody's from then on, and runs again.
    """

    shown: datetime
    set_at: datetime
    frozen: bool
    held_by: str | None = None
    held_until: datetime | None = None

    def now(self, wall: datetime) -> datetime:
        """Return what the billing clock shows when the wall clock shows *wall*."""
        if not self.frozen:
            return self.shown + (wall - self.set_at)
        if self.held_until is None or wall < self.held_until:
            return self.shown
        return self.shown + (wall - self.held_until)

    def is_held(self, wall: datetime) -> bool:
        """Return whether somebody moves it."""
        return self.held_until is not None and wall < self.held_until


async def read_clock(store: Store) -> ClockSetting | None:
    """Return how the clock was set, None if it never was."""
    document = await store["settings"].find_one({"_id": _ID})
    if document is None:
        return None
    return ClockSetting(
        shown=document["shown"],
        set_at=document["set_at"],
        frozen=document["frozen"],
        held_by=document.get("held_by"),
        held_until=document.get("held_until"),
    )


async def set_clock(store: Store, setting: ClockSetting) -> None:
    """Set the clock for every process."""
    await store["settings"].replace_one({"_id": _ID}, asdict(setting), upsert=True)


async def take_clock(store: Store, setting: ClockSetting, *, before: ClockSetting | None) -> bool:
    """Set the clock if it is still as it was *before*; return whether it was."""
    if before is None:
        try:
            await store["settings"].insert_one({"_id": _ID, **asdict(setting)})
        except DuplicateKeyError:
            return False
        return True
    # What an older release has set knows no holder: null finds that, too.
    taken = await store["settings"].update_one({"_id": _ID, **asdict(before)}, {"$set": asdict(setting)})
    return taken.matched_count == 1


async def move_clock(store: Store, setting: ClockSetting, *, holder: str, wall: datetime) -> bool:
    """Set the clock forward if *holder* still holds it; return whether that was so."""
    held = {"_id": _ID, "held_by": holder, "held_until": {"$gt": wall}, "shown": {"$lte": setting.shown}}
    moved = await store["settings"].update_one(held, {"$set": asdict(setting)})
    return moved.matched_count == 1


async def renew_clock(store: Store, *, holder: str, wall: datetime, until: datetime) -> bool:
    """Let *holder* hold the clock for longer; return whether they still held it."""
    held = {"_id": _ID, "held_by": holder, "held_until": {"$gt": wall}}
    renewed = await store["settings"].update_one(held, {"$set": {"held_until": until}})
    return renewed.matched_count == 1
