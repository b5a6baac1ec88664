"""What MongoDB itself says that a piece of work cost: its profiler, for one database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from ciclo.store.mongo.client import Store

PROFILE_BYTES: Final = 64 << 20
"""Room for some ten thousand operations: the profiler's own collection forgets after a megabyte."""


@dataclass(frozen=True, slots=True)
class Read:
    """One read or update, and what the server had to look at for it."""

    collection: str
    plan: str
    documents: int
    keys: int
    is_sorted: bool
    """Whether what was found had to be put in order: no index has it so."""


@dataclass(slots=True)
class Profile:
    """The reads of the block, known once it is over."""

    reads: list[Read] = field(default_factory=list)

    @property
    def collections(self) -> set[str]:
        return {one.collection for one in self.reads}


@asynccontextmanager
async def profiled(store: Store) -> AsyncIterator[Profile]:
    """Record every read of the block, and every write that had to look for what it writes to."""
    database = store.database
    await database.command("profile", 0)
    await database.drop_collection("system.profile")
    await database.create_collection("system.profile", capped=True, size=PROFILE_BYTES)
    profile = Profile()
    await database.command("profile", 2)
    try:
        yield profile
    finally:
        await database.command("profile", 0)
        async for one in database["system.profile"].find({"planSummary": {"$exists": True}}):
            profile.reads.append(_read(one))
        await database.drop_collection("system.profile")


def _read(one: dict[str, Any]) -> Read:
    return Read(
        collection=one["ns"].partition(".")[2],
        plan=one["planSummary"],
        documents=one.get("docsExamined", 0),
        keys=one.get("keysExamined", 0),
        is_sorted=one.get("hasSortStage", False),
    )
