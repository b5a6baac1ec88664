"""The whole stack in one process, on real servers: the API on a real port, workers as tasks."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import httpx
import jwt
import orjson
import uvicorn
from pydantic import SecretStr

from ciclo.actions.dependencies import Deps, open_deps
from ciclo.actions.mails.send import Mailer, send_mails
from ciclo.actions.processing.delivery import DeliveryOptions
from ciclo.actions.processing.inbox import Inbox
from ciclo.actions.processing.publish_events import BILLING, COLLECTION
from ciclo.backoff import Backoff
from ciclo.cli.serve import server_config
from ciclo.settings.mail import MailDelivery
from ciclo.settings.settings import Settings
from ciclo.store.mongo.indexes import COLLECTIONS
from ciclo.streams.consumer import ConsumerOptions, Deliver, consume
from ciclo.streams.groups import consumer_name
from ciclo.web.app import create_app
from ciclo.web.webhooks.signature import sign
from workers import billing, collection
from workers.delivery import deliver_webhooks
from workers.process import delivering
from workers.relay import relay_once

JWT_SECRET: Final = "a secret of the tests, long enough for HS256"
WEBHOOK_SECRET: Final = "whsec_" + base64.b64encode(b"a webhook secret of the tests...").decode()
ENCRYPTION_KEY: Final = "an-encryption-key-of-the-tests-long-enough"
AWAIT_S_MAX: Final = 15.0
TLS: Final = httpx.create_ssl_context()
"""Read once: a client of its own would read all certificates anew, and speaks to loopback alone."""

FAST: Final = ConsumerOptions(block_ms=200, claim_interval_ms=200, idle_ms_min=1_000)
DELIVERY: Final = DeliveryOptions(
    lease=timedelta(seconds=1), tries_max=2, deliveries_max=4, backoff=Backoff(first=0.01, max=1.0)
)


def settings_for(mongo_url: str, redis_url: str, *, database: str, prefix: str, **changes: Any) -> Settings:
    """Return settings of the tests; *changes* override."""
    values: dict[str, Any] = {
        "mongo_url": SecretStr(mongo_url),
        "redis_url": SecretStr(redis_url),
        "mongo_database": database,
        "stream_prefix": prefix,
        "jwt_secret": SecretStr(JWT_SECRET),
        "webhook_secrets": (SecretStr(WEBHOOK_SECRET),),
        "encryption_keys": (SecretStr(ENCRYPTION_KEY),),
        "tries_max": 2,
        "relay_interval_ms": 50,
        "scheduler_interval_ms": 50,
        "mail_delivery": MailDelivery.OFF,
    }
    return Settings(**values | changes)


def token(
    *,
    role: str = "admin",
    email: str = "",
    subject: str | None = None,
    roles: Sequence[str] | None = None,
    user_type: str | None = None,
) -> str:
    """Return a token as an identity provider would issue it."""
    now = datetime.now(UTC)
    claims = {
        "sub": subject or email or "operator",
        "role": role,
        **({"email": email} if email else {}),
        **({"roles": list(roles)} if roles is not None else {}),
        **({"user_type": user_type} if user_type is not None else {}),
        "aud": "ciclo",
        "iss": "ciclo",
        "iat": now,
        "exp": now + timedelta(hours=2),
    }
    return jwt.encode(claims, JWT_SECRET, algorithm="HS256")


async def emptied(deps: Deps) -> None:
    """Remove everything that an earlier test left in this process's database and streams."""
    names = await _filled(deps, sorted(COLLECTIONS.keys() - {"policies", "migrations"}))
    await asyncio.gather(*(deps.store[name].delete_many({}) for name in names))
    keys = [key async for key in deps.streams.redis.scan_iter(f"{deps.streams.prefix}:*")]
    if keys:
        await deps.streams.redis.delete(*keys)


async def _filled(deps: Deps, names: Sequence[str]) -> list[str]:
    """Return the collections that hold anything, by one command: most of them are empty most of the time."""
    looks = [[{"$limit": 1}, {"$project": {"_id": 0, "name": {"$literal": name}}}] for name in names]
    others = [
        {"$unionWith": {"coll": name, "pipeline": look}}
        for name, look in zip(names[1:], looks[1:], strict=True)
    ]
    return [row["name"] async for row in deps.store[names[0]].aggregate([*looks[0], *others])]


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A running stack and the ways in."""

    deps: Deps
    url: str
    http: httpx.AsyncClient

    @property
    def operator(self) -> str:
        """Return an operator's token."""
        return token()

    async def graphql(
        self, query: str, variables: dict[str, Any] | None = None, *, bearer: str | None = None
    ) -> dict[str, Any]:
        """Post a query and return the whole answer."""
        headers = {"authorization": f"Bearer {bearer or token()}"} if bearer != "" else {}
        response = await self.http.post(
            "/graphql", json={"query": query, "variables": variables or {}}, headers=headers
        )
        answer: dict[str, Any] = response.json()
        return answer

    async def data(
        self, query: str, variables: dict[str, Any] | None = None, *, bearer: str | None = None
    ) -> dict[str, Any]:
        """Post a query that must succeed and return its data."""
        answer = await self.graphql(query, variables, bearer=bearer)
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    async def notify(
        self, body: dict[str, Any], *, webhook_id: str, at: datetime | None = None
    ) -> httpx.Response:
        """Post a signed notice."""
        raw = orjson.dumps(body)
        headers = sign(raw, webhook_id=webhook_id, secret=WEBHOOK_SECRET, at=at or datetime.now(UTC))
        return await self.http.post(
            "/api/webhooks/payment",
            content=raw,
            headers={**headers, "content-type": "application/json"},
        )

    async def idle(self) -> None:
        """Wait until no event waits to be processed."""

        async def nothing_waits() -> bool:
            waiting = {"processed": False, "dead": False}
            return await self.deps.store["events"].find_one(waiting) is None

        await until(nothing_waits)

    async def advance(self, *, by: str | None = None, to: datetime | None = None) -> None:
        """Move the clock."""
        given = {"by": by} if by else {"to": to.isoformat() if to else None}
        answer = await self.data(
            "mutation($input: AdvanceClockInput!) { advanceClock(input: $input) {"
            " clock { now } userErrors { code message } } }",
            {"input": given},
        )
        assert answer["advanceClock"]["userErrors"] == [], answer


@asynccontextmanager
async def browser_of(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client that keeps cookies and sends what the portal's pages send, as a browser does."""
    headers = {"x-ciclo-request": "1", "origin": stack.url, "sec-fetch-site": "same-origin"}
    async with httpx.AsyncClient(base_url=stack.url, timeout=30, headers=headers, verify=TLS) as browser:
        yield browser


async def until(holds: Callable[[], Awaitable[bool]], *, seconds: float = AWAIT_S_MAX) -> None:
    """Wait until a condition holds."""
    ends_at = time.monotonic() + seconds
    while not await holds():
        assert time.monotonic() < ends_at, "the condition did not come to hold"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def running_stack(
    settings: Settings,
    *,
    billing_workers: int = 1,
    collection_workers: int = 1,
    delivery_workers: int = 0,
    mailers: int = 0,
    relaying: bool = True,
    keep: bool = False,
    inbox: Callable[[Deps], Inbox] = Inbox,
) -> AsyncIterator[Stack]:
    """Run the API and the workers until the block ends; *keep* what was stored before, or empty it first."""
    stop = asyncio.Event()
    config = server_config("", host="127.0.0.1", port=0)
    sock = config.bind_socket()
    url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    settings = settings.model_copy(update={"base_url": url})
    config.app = create_app(settings, inbox=inbox)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    async with open_deps(settings) as deps, httpx.AsyncClient(base_url=url, timeout=30, verify=TLS) as http:
        if not keep:
            await emptied(deps)
        tasks = [asyncio.create_task(server.serve(sockets=[sock]))]
        if relaying:
            tasks.append(asyncio.create_task(_relay(deps, stop)))
        tasks += [_consumer(deps, BILLING, stop) for _ in range(billing_workers)]
        tasks += [_consumer(deps, COLLECTION, stop) for _ in range(collection_workers)]
        tasks += [
            asyncio.create_task(deliver_webhooks(deps, consumer=None, options=FAST, stop=stop))
            for _ in range(delivery_workers)
        ]
        tasks += [asyncio.create_task(send_mails(Mailer(deps=deps, stop=stop))) for _ in range(mailers)]
        try:
            await until(_started(server))
            yield Stack(deps=deps, url=url, http=http)
        finally:
            stop.set()
            server.should_exit = True
            await asyncio.gather(*tasks)


def _started(server: uvicorn.Server) -> Callable[[], Awaitable[bool]]:
    async def started() -> bool:
        return server.started

    return started


def _consumer(deps: Deps, name: str, stop: asyncio.Event) -> asyncio.Task[None]:
    return asyncio.create_task(
        consume(
            deps.streams,
            stream=name,
            group=name,
            consumer=consumer_name(),
            deliver=deliver_to(deps, name, stop),
            options=FAST,
            stop=stop,
        )
    )


def deliver_to(deps: Deps, name: str, stop: asyncio.Event) -> Deliver:
    """Return what a worker of the stream *name* does with its entries."""
    if name == BILLING:
        return delivering(deps, billing.handle, stream=name, options=DELIVERY, stop=stop)
    return delivering(
        deps, collection.handle, stream=name, options=collection.for_providers(DELIVERY), stop=stop
    )


async def _relay(deps: Deps, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await relay_once(deps)
        await asyncio.sleep(0.05)


def local(day: date) -> datetime:
    """Return noon of a day in UTC, which is that day in São Paulo too."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
