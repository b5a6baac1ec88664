"""What actions work with: open connections, the billing clock and the policy, in one frozen value."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import structlog

from ciclo.actions.clock import Clock, Wall, open_clock, read_wall_clock
from ciclo.actions.mails.rules import KnownRules, RemindedTo
from ciclo.actions.processing.account_locks import AccountLocks
from ciclo.actions.webhooks.audience import Audience
from ciclo.domain.ids import ENTROPY_BYTES, new_id
from ciclo.domain.lifecycle import RULES_VERSION
from ciclo.domain.policy import Policy
from ciclo.gateways.registry import Gateways, open_gateways
from ciclo.outage import Outage
from ciclo.settings.settings import Settings
from ciclo.store.mongo.breaker import Breaker
from ciclo.store.mongo.client import NoReplicaSet, Store, check_mongo, open_store
from ciclo.store.mongo.indexes import prepare
from ciclo.store.mongo.migrations import read_migration_state
from ciclo.store.mongo.transient_errors import is_transient
from ciclo.store.policies import digest_policy, save_policy
from ciclo.streams.connection import Streams, StreamsUnavailable, check_server, open_streams

_log = structlog.get_logger(__name__)

STORE_AWAITED_S_MAX: Final = 20.0
"""How long a process that starts waits for MongoDB: longer than it needs to elect a primary, and shorter
than orchestrators let a process take to end."""

AGAIN_S: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Everything that an action may touch outside the domain."""

    settings: Settings
    store: Store
    breaker: Breaker
    """Between the API's callers and `store`; workers have nobody who waits for them, and try again."""
    streams: Streams
    gateways: Gateways
    clock: Clock
    wall: Wall
    """For bookkeeping, leases and signatures; what is billed goes by `clock`."""
    policy: Policy
    policy_id: str
    rules_version: int = RULES_VERSION
    """What this process decides by; only tests name another one."""
    audience: Audience = field(default_factory=Audience)
    """Whether messages are written at all."""
    mail_rules: KnownRules = field(default_factory=KnownRules)
    reminded: RemindedTo = field(default_factory=RemindedTo)
    account_locks: AccountLocks = field(default_factory=AccountLocks)
    """Of the commands and batches that this process has in hand."""
    publication_put_off: Outage = field(default_factory=lambda: Outage("publication_put_off"))
    calls_not_counted: Outage = field(default_factory=lambda: Outage("calls_not_counted"))


@asynccontextmanager
async def open_deps(
    settings: Settings,
    *,
    wall: Wall = read_wall_clock,
    read_only: bool = False,
    store_s_max: float = 0.0,
) -> AsyncIterator[Deps]:
    """Connect, check what Ciclo relies on, make missing collections, and close it all at the end.

    *wall* is the clock that all goes by. Redis may be away: work is then published by the relay once it
    is back. *read_only* makes and writes nothing, so that rights to read are enough, on a secondary too.
    *store_s_max* is for how many seconds it is tried again while MongoDB is away.

    Raises:
        StoreUnavailable: MongoDB can't be reached, or can't commit transactions.
    """
    store = open_store(settings)
    breaker = Breaker.of(store)
    streams = open_streams(settings.redis_url.get_secret_value(), prefix=settings.stream_prefix)
    gateways = open_gateways(settings, now=wall)
    try:
        policy_id = await _prepare_in_time(
            store, settings.policy, now=wall, read_only=read_only, wait_s_max=store_s_max
        )
        await _check_streams(streams)
        yield Deps(
            settings=settings,
            store=store,
            breaker=breaker,
            streams=streams,
            gateways=gateways,
            clock=open_clock(settings, store, wall),
            wall=wall,
            policy=settings.policy,
            policy_id=policy_id,
        )
    finally:
        await gateways.aclose()
        await streams.aclose()
        await breaker.aclose()
        store.close()


def generate_id(prefix: str, at: datetime) -> str:
    """Return a new id of *at*."""
    return new_id(prefix, at=at, entropy=secrets.token_bytes(ENTROPY_BYTES))


async def _prepare_in_time(
    store: Store, policy: Policy, *, now: Wall, read_only: bool, wait_s_max: float
) -> str:
    """Prepare the store, again while it is away, and return the policy's id.

    A process that starts in an outage would else end, and its orchestrator would let it rest for
    minutes after a few such ends, long after MongoDB is back.
    """
    ends_at = time.monotonic() + wait_s_max
    away = Outage("store_awaited")
    while True:
        try:
            policy_id = await _prepare_store(store, policy, now=now, read_only=read_only)
        except Exception as error:
            if not is_transient(error) or isinstance(error, NoReplicaSet) or time.monotonic() >= ends_at:
                raise
            away.count(error=str(error))
            await asyncio.sleep(AGAIN_S)
        else:
            away.end()
            return policy_id


async def _prepare_store(store: Store, policy: Policy, *, now: Wall, read_only: bool) -> str:
    await check_mongo(store)
    if not read_only:
        await prepare(store, now=now())
    await _report_migrations(store)
    return digest_policy(policy) if read_only else await save_policy(store, policy)


async def _report_migrations(store: Store) -> None:
    """Say where the database is of another release: a newer one will do, an older one needs a migration."""
    found = await read_migration_state(store)
    if found.behind:
        steps = [f"{migration.number}: {migration.what}" for migration in found.behind]
        _log.warning("database_behind", steps=steps, remedy="ciclo migrate")
    if found.ahead:
        _log.info("database_ahead", steps=found.ahead)


async def _check_streams(streams: Streams) -> None:
    try:
        report = await check_server(streams)
    except StreamsUnavailable as error:
        _log.warning("streams_unavailable", error=str(error))
        return
    if report.problem:
        _log.error("streams_unsafe", problem=report.problem)
    _log.info("streams_checked", appendonly=report.appendonly, appendfsync=report.appendfsync)
