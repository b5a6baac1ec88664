"""What happens to the stack, as a table: each row a fault, and how soon all should be well again."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from pydantic import SecretStr
from pymongo.errors import AutoReconnect

from ciclo.settings.settings import Settings
from tests.chaos.long.client import Client
from tests.chaos.long.members import UNLIMITED, Member
from tests.chaos.long.stack import CLAIM_IDLE_MS, ChaosStack
from tests.chaos.processes import ROOT, environment

GOAL_S: Final = 6.0
ELECTION_GOAL_S: Final = 12.0
PAST_CLAIM_S: Final = CLAIM_IDLE_MS / 1_000 + 3
PRIMARY_FROZEN_S: Final = 12.0
AWAY_S: Final = 8.0
API_FROZEN_S: Final = 3.0
STEP_DOWN_S: Final = 10
AUDIT_S_MAX: Final = 120.0
FULL: Final = 1
"""Bytes that a file may have on a disk that is full."""

ROLLING: Final = "rolling restart of the APIs"
MOVING: Final = "advanceClock"
DURATIONS: Final = ("PT6H", "P1D", "P3D", "P1M")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What a fault has at hand."""

    stack: ChaosStack
    client: Client
    random: Random

    def any_of(self, members: list[Member]) -> Member:
        """Return one of some processes."""
        return self.random.choice(members)


Act = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One kind of fault."""

    name: str
    act: Act
    """Brings it about; returns when the stack is left to itself."""
    goal_s: float = GOAL_S
    """How soon a fresh notice should be applied then."""
    is_quick: bool = False
    """Whether it is one of the short form, too."""


def worker_killed(kind: str) -> Act:
    """Return what kills a worker of one kind."""

    async def act(scene: Scene) -> None:
        scene.any_of(scene.stack.workers_of(kind)).kill()

    return act


def worker_frozen(kind: str) -> Act:
    """Return what stops a worker for longer than it may hold what it has."""

    async def act(scene: Scene) -> None:
        await _frozen([scene.any_of(scene.stack.workers_of(kind))], seconds=PAST_CLAIM_S)

    return act


async def _frozen(members: list[Member], *, seconds: float) -> None:
    for member in members:
        member.freeze()
    try:
        await asyncio.sleep(seconds)
    finally:
        for member in members:
            member.thaw()


async def api_killed(scene: Scene) -> None:
    scene.any_of(list(scene.stack.apis)).kill()


async def api_frozen(scene: Scene) -> None:
    await _frozen([scene.any_of(list(scene.stack.apis))], seconds=API_FROZEN_S)


async def all_workers_killed(scene: Scene) -> None:
    for worker in scene.stack.workers:
        worker.kill()


async def valkey_killed(scene: Scene) -> None:
    scene.stack.valkey.kill()


async def valkey_frozen(scene: Scene) -> None:
    await _frozen([scene.stack.valkey], seconds=AWAY_S)


async def valkey_disk_full(scene: Scene) -> None:
    scene.stack.valkey.limit_files(FULL)
    await asyncio.sleep(AWAY_S)
    scene.stack.valkey.limit_files(UNLIMITED)


async def redis_emptied(scene: Scene) -> None:
    await scene.stack.deps.streams.redis.flushall()


async def group_destroyed(scene: Scene) -> None:
    streams = scene.stack.deps.streams
    for name in ("billing", "collection"):
        # Early in a run there may be no stream yet, and so no group of it.
        if await streams.redis.exists(streams.key(name)):
            await streams.redis.xgroup_destroy(streams.key(name), name)


async def stream_deleted(scene: Scene) -> None:
    await scene.stack.deps.streams.redis.delete(scene.stack.deps.streams.key("billing"))


async def scripts_forgotten(scene: Scene) -> None:
    await scene.stack.deps.streams.redis.script_flush()


async def primary_steps_down(scene: Scene) -> None:
    admin = scene.stack.deps.store.client.admin
    try:
        await admin.command("replSetStepDown", STEP_DOWN_S, force=True)
    except AutoReconnect:
        return  # it closes its connections


async def primary_killed(scene: Scene) -> None:
    (await scene.stack.primary()).kill()


async def primary_frozen(scene: Scene) -> None:
    await _frozen([await scene.stack.primary()], seconds=PRIMARY_FROZEN_S)


async def secondary_killed(scene: Scene) -> None:
    scene.any_of(await scene.stack.secondaries()).kill()


async def majority_frozen(scene: Scene) -> None:
    await _frozen(await scene.stack.secondaries(), seconds=AWAY_S)


async def primary_disk_full(scene: Scene) -> None:
    """Let the primary write nothing more: it ends itself, and starts again on a disk with room."""
    primary = await scene.stack.primary()
    primary.doom()
    primary.limit_files(FULL)
    await asyncio.sleep(AWAY_S)
    if primary.is_alive:
        primary.kill()


async def clock_moved(scene: Scene) -> None:
    query = "mutation($input: AdvanceClockInput!) { advanceClock(input: $input) { userErrors { code } } }"
    by = scene.random.choice(DURATIONS)
    await scene.client.graphql(MOVING, query, {"input": {"by": by}})


async def apis_restarted(scene: Scene) -> None:
    with scene.client.record.during(ROLLING):
        for api in scene.stack.apis:
            await api.replace()


async def workers_restarted(scene: Scene) -> None:
    for worker in scene.stack.workers:
        await worker.restart()


async def audited(scene: Scene) -> None:
    """Audit while everything goes on, by reading secondaries, as operators are told to."""
    settings = scene.stack.settings
    url = f"{settings.mongo_url.get_secret_value()}&readPreference=secondary"
    found = await audit(settings.model_copy(update={"mongo_url": SecretStr(url)}))
    if found:
        scene.client.record.findings.append(f"audit under load: {found}")


async def audit(settings: Settings) -> str:
    """Return what `ciclo audit` finds; nothing if it finds nothing."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ciclo", "audit"),
        env=environment(settings),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(AUDIT_S_MAX):
        output, _ = await process.communicate()
    return output.decode()[-2_000:] if process.returncode else ""


FAULTS: Final = (
    Fault(name="billing worker killed", act=worker_killed("billing"), is_quick=True),
    Fault(name="collection worker killed", act=worker_killed("collection"), is_quick=True),
    Fault(name="delivery worker killed", act=worker_killed("delivery")),
    Fault(name="relay killed", act=worker_killed("relay")),
    Fault(name="scheduler killed", act=worker_killed("scheduler")),
    Fault(name="API killed", act=api_killed, is_quick=True),
    Fault(name="all workers killed", act=all_workers_killed),
    Fault(name="billing worker frozen past the claim time", act=worker_frozen("billing")),
    Fault(name="collection worker frozen past its lease", act=worker_frozen("collection")),
    Fault(name="API frozen", act=api_frozen),
    Fault(name="Valkey killed", act=valkey_killed, is_quick=True),
    Fault(name="Valkey frozen", act=valkey_frozen),
    Fault(name="Valkey's disk full", act=valkey_disk_full),
    Fault(name="FLUSHALL", act=redis_emptied, is_quick=True),
    Fault(name="consumer groups destroyed", act=group_destroyed, is_quick=True),
    Fault(name="stream deleted", act=stream_deleted),
    Fault(name="scripts forgotten", act=scripts_forgotten),
    Fault(name="primary steps down", act=primary_steps_down, goal_s=ELECTION_GOAL_S, is_quick=True),
    Fault(name="primary killed", act=primary_killed, goal_s=ELECTION_GOAL_S, is_quick=True),
    Fault(name="primary frozen", act=primary_frozen, goal_s=ELECTION_GOAL_S),
    Fault(name="secondary killed", act=secondary_killed),
    Fault(name="majority frozen", act=majority_frozen, goal_s=ELECTION_GOAL_S),
    Fault(name="primary's disk full", act=primary_disk_full, goal_s=ELECTION_GOAL_S),
    Fault(name="clock moved", act=clock_moved, is_quick=True),
    Fault(name=ROLLING, act=apis_restarted, is_quick=True),
    Fault(name="rolling restart of the workers", act=workers_restarted),
    Fault(name="audit under load", act=audited),
)
