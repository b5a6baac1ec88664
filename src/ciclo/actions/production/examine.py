"""What a production relies on, looked at in one list: a sentence each, and what to do where it is not so.

Every check asks what it is about; none changes anything. `ciclo doctor --live` shows them, and an API process
in live mode logs them once it has started.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import httpx
import structlog

from ciclo.actions.dependencies import Deps
from ciclo.actions.mails.smtp import MailServerAway, SmtpTransport
from ciclo.finding import Finding
from ciclo.gateways.protocol import GatewayError
from ciclo.settings.http import is_safe_address
from ciclo.settings.mail import MailDelivery
from ciclo.store.mongo.client import describe_mongo
from ciclo.store.mongo.migrations import read_migration_state
from ciclo.store.mongo.transient_errors import is_transient
from ciclo.streams.connection import StreamsUnavailable, check_server
from ciclo.streams.status import read_clock

CHECK_S_MAX: Final = 10.0
SKEW_MAX: Final = timedelta(seconds=2)
"""How far clocks may be apart: leases last three seconds and more, signatures five minutes."""

MONGO_MIN: Final = (5, 0)
WEBHOOKS: Final = "/api/webhooks/"
REJECTED: Final = "SIGNATURE_REJECTED"
"""What our own API answers to a notice that nobody signed."""

_log = structlog.get_logger(__name__)

Check = Callable[[Deps], Awaitable[Finding]]


async def examine_production(deps: Deps, *, from_outside: bool = True) -> AsyncIterator[Finding]:
    """Look at everything, one after the other; a check that fails or takes too long is a finding itself.

    *from_outside* asks the API by its public address, too: it has to be running.
    """
    checks = {**CHECKS, "Public address": _answers_outside} if from_outside else CHECKS
    for what, check in checks.items():
        try:
            async with asyncio.timeout(CHECK_S_MAX):
                found = await check(deps)
        except TimeoutError:
            found = Finding(what, ok=False, detail=f"no answer within {CHECK_S_MAX:.0f} seconds")
        except Exception as error:  # noqa: BLE001 - whatever it is, the other checks are wanted
            if not isinstance(error, StreamsUnavailable | httpx.HTTPError) and not is_transient(error):
                _log.error("production_check_failed", what=what, exc_info=error)
            found = Finding(what, ok=False, detail=f"can't be looked at: {type(error).__name__}")
        yield Finding(what, found.ok, found.detail)


@asynccontextmanager
async def reporting(deps: Deps) -> AsyncIterator[None]:
    """Log each finding, once, beside what is done in the block; in the sandbox nothing is asked of one."""
    task = None if deps.settings.is_sandbox else asyncio.create_task(_report(deps))
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            await asyncio.wait({task})


async def _report(deps: Deps) -> None:
    async for finding in examine_production(deps, from_outside=False):
        tell = _log.info if finding.ok else _log.error
        tell("production_checked", what=finding.what, ok=finding.ok, detail=finding.detail)


async def _mode(deps: Deps) -> Finding:
    if deps.settings.is_sandbox:
        return _fault("CICLO_MODE is sandbox, where no money moves: set it to live")
    return _good("live")


async def _secrets(deps: Deps) -> Finding:
    settings = deps.settings
    wanted = {
        "CICLO_WEBHOOK_SECRETS": settings.webhook_secrets,
        "CICLO_ENCRYPTION_KEYS": settings.encryption_keys,
        "CICLO_METRICS_TOKEN": settings.metrics_token,
    }
    missing = [name for name, value in wanted.items() if not value]
    return _fault(f"set {', '.join(missing)}") if missing else _good("set, and none of the repository's own")


async def _tokens(deps: Deps) -> Finding:
    url = deps.settings.jwks_url
    if url is None:
        return _good("signed with CICLO_JWT_SECRET, which whoever issues them has too")
    async with _http() as http:
        keys = (await http.get(url)).raise_for_status().json()["keys"]
    return _good(f"by {len(keys)} published keys") if keys else _fault(f"{url} publishes no keys")


async def _tls(deps: Deps) -> Finding:
    settings = deps.settings
    if not is_safe_address(settings.base_url):
        return _fault("CICLO_BASE_URL is no https:// address: anybody on the way reads tokens")
    mongo, redis = settings.mongo_url.get_secret_value(), settings.redis_url.get_secret_value()
    plain = [
        *(["MongoDB"] if "tls=true" not in mongo and not mongo.startswith("mongodb+srv:") else []),
        *(["Redis"] if not redis.startswith(("rediss:", "unix:")) else []),
    ]
    if plain:
        return _good(f"https; {' and '.join(plain)} without: keep them in a network of your own")
    return _good("https, and to MongoDB and Redis, too")


async def _mongo(deps: Deps) -> Finding:
    found = await describe_mongo(deps.store)
    version = ".".join(map(str, found.version))
    if found.version < MONGO_MIN:
        return _fault(f"MongoDB {version} is too old: 5.0 or newer is needed")
    if found.members == 1:
        return _good(f"{version}, a replica set of one: while it is away nothing is taken")
    return _good(f"{version}, a replica set of {found.members}")


async def _schema(deps: Deps) -> Finding:
    behind = (await read_migration_state(deps.store)).behind
    return (
        _fault(f"{len(behind)} migrations wait: ciclo migrate") if behind else _good("as this release has it")
    )


async def _redis(deps: Deps) -> Finding:
    found = await check_server(deps.streams)
    if found.problem:
        return _fault(found.problem)
    if found.appendonly is False:
        return _fault(
            "appendonly is no: after each restart work waits until the relay has announced it again"
        )
    return _good(f"{'.'.join(map(str, found.version))}, evicts nothing, keeps its file")


async def _clocks(deps: Deps) -> Finding:
    async def skew(read: Awaitable[datetime]) -> timedelta:
        before = deps.wall()
        shown = await read
        # It was read at some moment between.
        return max(shown - deps.wall(), before - shown, timedelta())

    skews = {
        "MongoDB's": await skew(_mongo_clock(deps)),
        "Redis's": await skew(read_clock(deps.streams)),
    }
    whose, most = max(skews.items(), key=lambda one: one[1])
    if most > SKEW_MAX:
        return _fault(f"{whose} clock and this one are {most.total_seconds():.0f} s apart: run NTP on both")
    return _good(f"within {SKEW_MAX.total_seconds():.0f} s of MongoDB's and Redis's")


async def _mongo_clock(deps: Deps) -> datetime:
    return (await describe_mongo(deps.store)).clock


async def _providers(deps: Deps) -> Finding:
    refused = []
    for name, gateway in deps.gateways.by_name.items():
        try:
            await gateway.try_key()
        except GatewayError as error:
            refused.append(f"{name}: {error}")
    names = ", ".join(deps.gateways.by_name)
    return _fault("; ".join(refused)) if refused else _good(f"{names} took our keys")


async def _mail(deps: Deps) -> Finding:
    server, sender = deps.settings.mail_server, deps.settings.mail_from
    if deps.settings.mails_go is not MailDelivery.SMTP or server is None or sender is None:
        return _fault("nobody is told anything by mail: set CICLO_SMTP_URL and CICLO_MAIL_FROM")
    async with SmtpTransport(server, sender=sender) as transport:
        try:
            await transport.try_server()
        except MailServerAway as error:
            return _fault(f"{server.host} does not take mails of {sender}: {error}")
    return _good(f"{server.host} takes mails of {sender}")


async def _answers_outside(deps: Deps) -> Finding:
    """Post an unsigned notice to each address that a provider is given: our own API refuses it by name."""
    base = deps.settings.base_url.rstrip("/")
    names = ["payment", *(name for name in deps.gateways.by_name if name != "sandbox")]
    async with _http() as http:
        for name in names:
            try:
                answer = await http.post(f"{base}{WEBHOOKS}{name}", json={})
            except httpx.HTTPError as error:
                return _fault(f"{urlsplit(base).netloc} can't be asked from here: {type(error).__name__}")
            if REJECTED not in answer.text:
                return _fault(
                    f"{WEBHOOKS}{name} is answered {answer.status_code} by something before the API"
                )
    return _good(f"{base} takes notices of {', '.join(names)}, asked from here")


def _http() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=CHECK_S_MAX, trust_env=False)


def _good(detail: str) -> Finding:
    return Finding("", ok=True, detail=detail)


def _fault(detail: str) -> Finding:
    return Finding("", ok=False, detail=detail)


CHECKS: Final[dict[str, Check]] = {
    "Mode": _mode,
    "Secrets": _secrets,
    "Tokens": _tokens,
    "TLS": _tls,
    "MongoDB": _mongo,
    "Database": _schema,
    "Redis": _redis,
    "Clocks": _clocks,
    "Providers": _providers,
    "Mail": _mail,
}
