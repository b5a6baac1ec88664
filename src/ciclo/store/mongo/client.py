"""The connection to MongoDB, and what it must be able to do before Ciclo starts."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from ciclo.domain.ids import PlanId
from ciclo.domain.plan import Plan
from ciclo.settings.settings import Settings

Document = dict[str, Any]
Collection = AsyncIOMotorCollection[Document]

HEARTBEAT_MS: Final = 2_000
"""How soon a frozen primary is noticed: with the driver's default of 10 s calls hang that long."""


class StoreUnavailable(Exception):
    """MongoDB can't be reached, or is not a replica set that can commit transactions."""


class NoReplicaSet(StoreUnavailable):
    """It is a single server without transactions, which waiting does not change."""


@dataclass(frozen=True, slots=True)
class Store:
    """An open connection to one database."""

    client: AsyncIOMotorClient[Document]
    database: AsyncIOMotorDatabase[Document]
    plan_versions: dict[tuple[PlanId, int], Plan]
    """Those that were read: none of them ever changes."""
    collections: dict[str, Collection] = field(default_factory=dict, kw_only=True)
    """Those that were asked for: the driver would make an object each time, for a tenth of a small read."""

    def __getitem__(self, name: str) -> Collection:
        """Return the collection called *name*."""
        collection = self.collections.get(name)
        if collection is None:
            collection = self.collections[name] = self.database[name]
        return collection

    def close(self) -> None:
        """Close every connection."""
        self.client.close()


def open_store(settings: Settings, *, name: str = "ciclo") -> Store:
    """Return a store that connects when first used; a write is acknowledged by the majority's journal.

    *name* is what MongoDB's own log and profiler call the client.
    """
    client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
        settings.mongo_url.get_secret_value(),
        appname=name,
        connectTimeoutMS=HEARTBEAT_MS,
        heartbeatFrequencyMS=HEARTBEAT_MS,
        serverSelectionTimeoutMS=settings.mongo_timeout_ms,
        timeoutMS=settings.mongo_timeout_ms,
        maxPoolSize=settings.mongo_pool_size_max,
        waitQueueTimeoutMS=settings.mongo_timeout_ms,
    )
    database = client.get_database(
        settings.mongo_database,
        codec_options=CodecOptions(document_class=dict, tz_aware=True, tzinfo=UTC),
        write_concern=WriteConcern("majority", j=True),
        read_concern=ReadConcern("majority"),
    )
    return Store(client, database, {})


async def check_mongo(store: Store) -> None:
    """Fail early where MongoDB could not keep Ciclo's promises.

    Raises:
        StoreUnavailable: it can't be reached.
        NoReplicaSet: it is a single server without transactions.
    """
    try:
        hello = await store.database.command("hello")
    except (ConnectionFailure, OperationFailure) as error:
        raise StoreUnavailable(f"MongoDB does not answer: {type(error).__name__}") from error
    if "setName" not in hello:
        raise NoReplicaSet("MongoDB must be a replica set (one node is enough): transactions need one")


@dataclass(frozen=True, slots=True, kw_only=True)
class MongoReport:
    """What a replica set says of itself."""

    version: tuple[int, ...]
    members: int
    """Those that hold data."""
    clock: datetime


async def describe_mongo(store: Store) -> MongoReport:
    """Ask the server what it is, and what time it has.

    Raises:
        PyMongoError: it does not answer.
    """
    build = await store.database.command("buildInfo")
    hello = await store.database.command("hello")
    return MongoReport(
        version=tuple(build["versionArray"][:3]),
        members=len(hello.get("hosts", ())),
        clock=hello["localTime"].replace(tzinfo=UTC),
    )


async def ping(store: Store) -> bool:
    """Return whether the database answers."""
    try:
        await store.database.command("ping")
    except PyMongoError:
        return False
    return True
