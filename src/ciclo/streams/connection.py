"""The connection to Redis: opening, checking and closing it, and the one error that callers see."""

from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.typing import EncodableT

from ciclo.streams.timeouts import with_timeout

SOCKET_TIMEOUT_MS: Final = 10_000
CONNECT_TIMEOUT_MS: Final = 2_000
POOL_WAIT_MS: Final = 5_000
CONNECTIONS_MAX: Final = 64
PING_MS_MAX: Final = 1_000
VERSION_MIN: Final = (7, 0)
"""Older servers hand out entries that were deleted, and know no lag. Valkey calls itself Redis 7.2."""


T = TypeVar("T")


class StreamsUnavailable(Exception):
    """Redis did not do what was asked: it is away, refuses, or did not answer in time."""


FAILURES: Final = (RedisError, OSError, StreamsUnavailable)
"""What a call to Redis may raise; OSError includes TimeoutError."""


@contextmanager
def translate_errors(doing: str) -> Iterator[None]:
    """Turn the driver's errors into StreamsUnavailable, because no other package knows the driver."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise StreamsUnavailable(f"{doing}: {type(error).__name__}: {error}") from error


async def within(doing: str, call: Awaitable[T], *, ms: int) -> T:
    """Return what *call* answers.

    Raises:
        StreamsUnavailable: it failed, or did not end within *ms*.
    """
    with translate_errors(doing):
        return await with_timeout(call, ms=ms)


@dataclass(frozen=True, slots=True)
class Streams:
    """A Redis server and the prefix that keeps our keys apart from others."""

    redis: Redis
    prefix: str

    def key(self, name: str) -> str:
        """Return the Redis key of the stream or hash called *name*."""
        return f"{self.prefix}:{name}"

    async def ping(self, *, timeout_ms: int = PING_MS_MAX) -> None:
        """Ask the server for a sign of life.

        Raises:
            StreamsUnavailable: none came within *timeout_ms*.
        """
        await within("ping", self.redis.ping(), ms=timeout_ms)

    async def aclose(self) -> None:
        """Close every connection."""
        await self.redis.aclose()


def open_streams(url: str, *, prefix: str) -> Streams:
    """Return the streams at *url* (redis://, rediss:// or unix://); nothing is sent yet.

    The driver retries nothing: a repeated XADD leaves two entries, and a repeated XREADGROUP leaves
    the entries of the first reply with nobody. A full pool makes callers wait instead of failing.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        protocol=2,
        max_connections=CONNECTIONS_MAX,
        timeout=POOL_WAIT_MS / 1_000,
        socket_timeout=SOCKET_TIMEOUT_MS / 1_000,
        socket_connect_timeout=CONNECT_TIMEOUT_MS / 1_000,
        retry=Retry(NoBackoff(), retries=0),
    )
    return Streams(redis=Redis.from_pool(pool), prefix=prefix)


async def run_script(streams: Streams, name: str, *, key: str, args: Sequence[EncodableT] = ()) -> int:
    """Run `lua/NAME.lua` on the stream *key*, named without prefix; return its number, or 0 for none.

    A script is a transaction: nothing else happens within it.

    Raises:
        RedisError: as the driver raises it.
    """
    script = streams.redis.register_script(_script(name))
    return int(await script(keys=[streams.key(key)], args=args) or 0)


@cache
def _script(name: str) -> str:
    return files("ciclo.streams").joinpath("lua", f"{name}.lua").read_text()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerReport:
    """What a server says about keeping things; None where it does not tell."""

    version: tuple[int, ...]
    maxmemory_policy: str | None
    appendonly: bool | None
    appendfsync: str | None

    @property
    def problem(self) -> str | None:
        """Return why this server must not be used, in words for its operator, or None."""
        if self.version < VERSION_MIN:
            return f"Redis {_dotted(self.version)} is too old: {_dotted(VERSION_MIN)} or later is needed"
        if self.maxmemory_policy not in {None, "noeviction"}:
            return (
                f"maxmemory-policy is {self.maxmemory_policy}: a full server would drop whole streams "
                "with their groups; set it to noeviction"
            )
        return None


async def check_server(streams: Streams) -> ServerReport:
    """Ask the server how it keeps what it is given.

    Reads INFO, which managed servers answer too; only `appendfsync` needs CONFIG, which they may refuse.

    Raises:
        StreamsUnavailable: the server did not answer.
    """
    with translate_errors("check the server"):
        info = await streams.redis.info()
        try:
            config = await streams.redis.config_get("appendfsync")
        except ResponseError:
            config = {}
    policy = info.get("maxmemory_policy")
    aof = info.get("aof_enabled")
    fsync = config.get("appendfsync")
    return ServerReport(
        version=tuple(int(part) for part in str(info["redis_version"]).split(".") if part.isdigit()),
        maxmemory_policy=None if policy is None else str(policy),
        appendonly=None if aof is None else bool(aof),
        appendfsync=None if fsync is None else str(fsync),
    )


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)
