"""Migrations: what a database of an older release needs, as numbered steps that may be killed at any moment.

A step works in batches and may do any of them again. It adds; what nothing reads any more is removed one
release later, so that the release before still runs beside this one. It never changes what a digest seals.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pymongo.errors import DuplicateKeyError

from ciclo.store.customers import key_customers
from ciclo.store.ledger.sealing import seal_batch
from ciclo.store.ledger.subscription_price import price_subscriptions
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.retired_indexes import drop_retired
from ciclo.store.plan_grouping import group_plans

Step = Callable[[Store, str], Awaitable[str | None]]
"""Does the batch after a position, "" at first, and returns the next position; None once nothing is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step; its number is never given again."""

    number: int
    what: str
    step: Step


MIGRATIONS: Final = (
    Migration(number=1, what="seal the histories of before there were digests", step=seal_batch),
    Migration(number=2, what="make plans that differ by price only prices of a product", step=group_plans),
    Migration(number=3, what="give customers the words by which they are found", step=key_customers),
    Migration(number=4, what="drop indexes that nothing is found by any more", step=drop_retired),
    Migration(number=5, what="give customers the pairs of words by which they are found", step=key_customers),
    Migration(number=6, what="keep the price that subscriptions are sorted by", step=price_subscriptions),
    Migration(number=7, what="let addresses that nobody has proved stand beside others", step=drop_retired),
)

LEASE: Final = timedelta(seconds=60)
"""How long a runner that says nothing more keeps the others out; a batch takes far less."""

_LEASE_ID: Final = "lease"


class MigratedElsewhere(Exception):
    """Another process is at it, or took over from this one."""

    def __init__(self) -> None:
        super().__init__("another process is migrating this database")


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationState:
    """How far a database is: steps still to be done here, and numbers that only a newer release knows."""

    behind: tuple[Migration, ...]
    ahead: tuple[int, ...]


async def read_migration_state(store: Store, migrations: Sequence[Migration] = MIGRATIONS) -> MigrationState:
    """Return how far the database is."""
    query: Document = {"_id": {"$type": "number"}, "done_at": {"$type": "date"}}
    done = {document["_id"] async for document in store["migrations"].find(query, {"_id": 1})}
    return MigrationState(
        behind=tuple(migration for migration in migrations if migration.number not in done),
        ahead=tuple(sorted(done - {migration.number for migration in migrations})),
    )


async def mark_new(store: Store, *, now: datetime, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Note that a database without documents needs none of the steps."""
    for migration in migrations:
        await store["migrations"].update_one(
            {"_id": migration.number}, {"$setOnInsert": {"what": migration.what, "done_at": now}}, upsert=True
        )


async def migrate(
    store: Store,
    *,
    holder: str,
    now: Callable[[], datetime],
    migrations: Sequence[Migration] = MIGRATIONS,
) -> AsyncIterator[tuple[Migration, int]]:
    """Do every step that is not done, in their order; yield a step and its batches after each batch.

    Args:
        store: The database.
        holder: A name that no other runner has.
        now: The wall clock.
        migrations: The steps.

    Raises:
        MigratedElsewhere: another runner holds the lease, or took it since this one fell silent.
    """
    await _take_lease(store, holder=holder, now=now())
    try:
        for migration in (await read_migration_state(store, migrations)).behind:
            kept = await store["migrations"].find_one({"_id": migration.number}) or {}
            position, batches = kept.get("position", ""), kept.get("batches", 0)
            while position is not None:
                position = await migration.step(store, position)
                batches += 1
                await _take_lease(store, holder=holder, now=now())
                await _note(store, migration, position=position, batches=batches, now=now())
                yield migration, batches
    finally:
        await store["migrations"].delete_one({"_id": _LEASE_ID, "holder": holder})


async def _take_lease(store: Store, *, holder: str, now: datetime) -> None:
    """Take the lease, or keep it.

    Raises:
        MigratedElsewhere: somebody else has it.
    """
    free = {"_id": _LEASE_ID, "$or": [{"holder": holder}, {"until": {"$lte": now}}]}
    try:
        await store["migrations"].update_one(
            free, {"$set": {"holder": holder, "until": now + LEASE}}, upsert=True
        )
    except DuplicateKeyError:
        raise MigratedElsewhere from None


async def _note(
    store: Store, migration: Migration, *, position: str | None, batches: int, now: datetime
) -> None:
    """Note how far a step is; without a position it is done."""
    reached: Document = {"what": migration.what, "batches": batches, "position": position}
    done: Document = {"done_at": now} if position is None else {}
    await store["migrations"].update_one({"_id": migration.number}, {"$set": reached | done}, upsert=True)
