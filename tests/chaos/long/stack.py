"""A stack as in production, small: three MongoDBs, a Valkey, two of each process, a provider that counts."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pymongo
from pymongo import MongoClient

from ciclo.actions.dependencies import Deps, open_deps
from ciclo.localstack.folder import StackFolder
from ciclo.localstack.keys import Keys, keys_of
from ciclo.localstack.ports import LOOPBACK, free_port, open_listener
from ciclo.localstack.processes import Process
from ciclo.localstack.programs import find_mongod, find_valkey
from ciclo.localstack.servers import local_mongo, local_valkey
from ciclo.localstack.stack import ciclo
from ciclo.settings.settings import Settings
from tests.chaos.cards import by_stripe
from tests.chaos.long.members import Member, environment_of
from tests.chaos.processes import environment
from tests.gateways.fake_stripe import FakeStripe
from tests.gateways.serving import serving
from tests.servers import scratch
from tests.stack import settings_for

MEMBERS: Final = 3
WORKERS: Final = ("billing", "collection", "delivery", "mailer", "relay", "scheduler")
EACH: Final = 2
CLAIM_IDLE_MS: Final = 5_000
"""After this a claimed entry is somebody else's: short, so that a freeze may outlast it."""
PRIMARY_S_MAX: Final = 60.0
ANSWER_MS_MAX: Final = 2_000


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a run is made of."""

    appends: bool = True
    """Whether Valkey keeps its append-only file."""
    election_ms: int = 10_000
    """After so long without a primary the others elect one; MongoDB's own default."""


@dataclass(frozen=True, kw_only=True)
class ChaosStack:
    """The stack, and the ways to hurt it."""

    folder: Path
    url: str
    settings: Settings
    deps: Deps
    """Of whoever judges: it reads what is stored."""
    provider: FakeStripe
    mongods: tuple[Member, ...]
    valkey: Member
    apis: tuple[Member, ...]
    workers: tuple[Member, ...]
    ports: tuple[int, ...]

    @property
    def members(self) -> tuple[Member, ...]:
        """Return all processes."""
        return (*self.mongods, self.valkey, *self.apis, *self.workers)

    def workers_of(self, kind: str) -> list[Member]:
        """Return the workers of one kind."""
        return [worker for worker in self.workers if worker.name.startswith(kind)]

    async def primary(self) -> Member:
        """Return the mongod that is the primary now; waits for one."""
        async with asyncio.timeout(PRIMARY_S_MAX):
            while True:
                for member, port in zip(self.mongods, self.ports, strict=True):
                    if await asyncio.to_thread(_is_primary, port):
                        return member
                await asyncio.sleep(0.1)

    async def secondaries(self) -> list[Member]:
        """Return the others."""
        primary = await self.primary()
        return [member for member in self.mongods if member is not primary]


@asynccontextmanager
async def a_chaos_stack(options: Options) -> AsyncIterator[ChaosStack]:
    """Run a stack until the block ends; nothing of it is left."""
    folder = scratch()
    (folder / "logs").mkdir()
    async with AsyncExitStack() as held:
        held.callback(shutil.rmtree, folder, ignore_errors=True)
        provider = FakeStripe()
        provider_url = await held.enter_async_context(serving(provider.app()))
        listener = held.enter_context(open_listener(0, exactly=False))
        mongods, ports, mongo_url = _mongods(folder, options)
        valkey, redis_url = _valkey(folder, options)
        servers = (*mongods, valkey)
        await _run(held, servers)
        await asyncio.to_thread(_initiate, ports, mongo_url, options)
        settings = _settings(
            mongo_url, redis_url, provider_url, url=f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        )
        deps = await held.enter_async_context(open_deps(settings))
        apis, workers = _own(folder, settings, listener=listener.fileno())
        await _run(held, apis)
        for api in apis:
            await api.ready()
        await _run(held, workers)
        yield ChaosStack(
            folder=folder,
            url=settings.base_url,
            settings=settings,
            deps=deps,
            provider=provider,
            mongods=mongods,
            valkey=valkey,
            apis=apis,
            workers=workers,
            ports=ports,
        )


async def _run(held: AsyncExitStack, members: Iterable[Member]) -> None:
    """Start processes, and keep them running until *held* is left."""
    for member in members:
        held.callback(member.end)
        member.start()
        task = asyncio.create_task(member.keep())
        held.push_async_callback(_cancel, task)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _mongods(folder: Path, options: Options) -> tuple[tuple[Member, ...], tuple[int, ...], str]:
    program, keys = find_mongod(), _keys(folder)
    ports = tuple(free_port(0) for _ in range(MEMBERS))
    members = []
    for number, port in enumerate(ports, start=1):
        place = StackFolder(folder / f"mongo-{number}")
        place.mongo.mkdir(parents=True)
        process = local_mongo(place, keys, port=port, program=program).process
        assert process is not None
        members.append(Member(replace(process, name=f"mongod-{number}"), folder=folder))
    hosts = ",".join(f"{LOOPBACK}:{port}" for port in ports)
    return tuple(members), ports, f"mongodb://{hosts}/?replicaSet={keys.replica_set}"


def _valkey(folder: Path, options: Options) -> tuple[Member, str]:
    place = StackFolder(folder / "redis")
    place.valkey.mkdir(parents=True)
    server = local_valkey(place, _keys(folder), port=free_port(0), program=find_valkey())
    assert server.process is not None
    appending = () if options.appends else ("--appendonly", "no")
    process = replace(server.process, command=(*server.process.command, *appending))
    return Member(process, folder=folder), server.url


def _keys(folder: Path) -> Keys:
    place = StackFolder(folder / "keys")
    place.mongo.mkdir(parents=True, exist_ok=True)
    place.keys.mkdir(exist_ok=True)
    return keys_of(place)


def _initiate(ports: tuple[int, ...], url: str, options: Options) -> None:
    """Make the set, and wait for its primary."""
    members = [{"_id": number, "host": f"{LOOPBACK}:{port}"} for number, port in enumerate(ports)]
    name = pymongo.uri_parser.parse_uri(url)["options"]["replicaSet"]
    configuration = {
        "_id": name,
        "members": members,
        "settings": {"electionTimeoutMillis": options.election_ms},
    }
    for port in ports:
        with _direct(port, wait_ms=int(1_000 * PRIMARY_S_MAX)) as mongod:
            mongod.admin.command("ping")
    with _direct(ports[0], wait_ms=ANSWER_MS_MAX) as mongod:
        mongod.admin.command("replSetInitiate", configuration)
    with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=int(1_000 * PRIMARY_S_MAX)) as client:
        client.ciclo.command({"ping": 1})


def _direct(port: int, *, wait_ms: int) -> MongoClient[dict[str, Any]]:
    return MongoClient(LOOPBACK, port, directConnection=True, serverSelectionTimeoutMS=wait_ms)


def _is_primary(port: int) -> bool:
    with MongoClient[dict[str, Any]](
        LOOPBACK, port, directConnection=True, timeoutMS=ANSWER_MS_MAX, serverSelectionTimeoutMS=ANSWER_MS_MAX
    ) as client:
        try:
            return bool(client.admin.command("hello").get("isWritablePrimary"))
        except pymongo.errors.PyMongoError:
            return False


def _settings(mongo_url: str, redis_url: str, provider_url: str, *, url: str) -> Settings:
    settings = settings_for(
        mongo_url,
        redis_url,
        database="ciclo",
        prefix="ciclo",
        base_url=url,
        claim_idle_ms_min=CLAIM_IDLE_MS,
        tries_max=5,
        relay_interval_ms=1_000,
        scheduler_interval_ms=1_000,
        webhook_audience_ms=0,
        log_level="INFO",
        log_json=True,
    )
    return by_stripe(settings, provider_url)


def _own(folder: Path, settings: Settings, *, listener: int) -> tuple[tuple[Member, ...], tuple[Member, ...]]:
    values = environment_of(environment(settings))

    def member(name: str, *command: str, files: tuple[int, ...] = ()) -> Member:
        process = Process(name=name, command=ciclo(*command), environment=values, files=files)
        return Member(process, folder=folder)

    numbers = range(1, EACH + 1)
    apis = tuple(
        member(f"api-{number}", "api", "--fd", str(listener), files=(listener,)) for number in numbers
    )
    workers = tuple(member(f"{kind}-{number}", "worker", kind) for kind in WORKERS for number in numbers)
    return apis, workers
