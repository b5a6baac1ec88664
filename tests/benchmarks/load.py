"""HTTP load from a process of its own: prepared requests over raw keep-alive connections.

A client library would cost more than the server that is measured.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final

from tests.benchmarks.measuring import P50, P99, percentile

DRAIN_S_MAX: Final = 60.0
_END_OF_HEAD: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
_STATUS: Final = slice(9, 12)
"""Where a status line has its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is sent: each request once, until the time is up, then what is under way is awaited."""

    port: int
    connections: int
    seconds: float
    requests: Sequence[bytes]
    per_second: float | None = None
    """The pace of all connections together; None: as fast as each has its answer.

    A latency then counts from the instant at which a request was due: one that has to wait for the answer
    before it is late, and is not left out.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came back."""

    seconds: float
    statuses: dict[int, int]
    latencies_s: list[float]
    bytes_last: int
    """The length of the last body: an answer much shorter than expected is none."""
    cpu_s: float
    """What sending and receiving itself took of the processors that it shares with what is measured."""

    @property
    def answered(self) -> int:
        """Return how many requests were answered."""
        return len(self.latencies_s)

    @property
    def rate(self) -> float:
        """Return answers per second."""
        return self.answered / self.seconds

    @property
    def p50_s(self) -> float:
        """Return the median latency."""
        return percentile(self.latencies_s, P50)

    @property
    def p99_s(self) -> float:
        """Return the latency that one in a hundred exceeds."""
        return percentile(self.latencies_s, P99)


class Loader:
    """The process that sends."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    async def send(self, load: Load) -> Outcome:
        """Send *load*."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, _run, load)


@contextmanager
def loader() -> Iterator[Loader]:
    """Start the process; it ends with the block."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        yield Loader(pool)


def request(path: str, body: bytes, *, headers: dict[str, str] | None = None, method: str = "POST") -> bytes:
    """Return a request as it goes over the wire."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "host: 127.0.0.1",
        "content-type: application/json",
        f"content-length: {len(body)}",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return "\r\n".join(lines).encode("ascii") + _END_OF_HEAD + body


def _run(load: Load) -> Outcome:
    return asyncio.run(_sent(load))


async def _sent(load: Load) -> Outcome:
    loop = asyncio.get_running_loop()
    waiting = iter(load.requests)
    clients = [
        (await loop.create_connection(_Client, "127.0.0.1", load.port))[1] for _ in range(load.connections)
    ]
    began, used_s = time.perf_counter(), time.process_time()
    async with asyncio.timeout(load.seconds + DRAIN_S_MAX):
        every_s = load.connections / load.per_second if load.per_second else 0.0
        runs = (
            client.run(
                waiting,
                until=began + load.seconds,
                first_at=began + every_s * place / load.connections,
                every_s=every_s,
            )
            for place, client in enumerate(clients)
        )
        await asyncio.gather(*runs)
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - used_s
    statuses: Counter[int] = Counter()
    for client in clients:
        statuses += client.statuses
        client.close()
    return Outcome(
        seconds=seconds,
        statuses=dict(statuses),
        latencies_s=[one for client in clients for one in client.latencies_s],
        bytes_last=clients[0].bytes_last,
        cpu_s=cpu_s,
    )


class _Client(asyncio.Protocol):
    """One connection: a request, its answer, the next request."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.latencies_s: list[float] = []
        self.bytes_last = 0
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._done: asyncio.Future[None] | None = None
        self._waiting: Iterator[bytes] = iter(())
        self._until = 0.0
        self._sent_at = 0.0
        self._due_at = 0.0
        self._every_s = 0.0

    async def run(
        self, waiting: Iterator[bytes], *, until: float, first_at: float = 0.0, every_s: float = 0.0
    ) -> None:
        """Send what *waiting* gives until that instant, and take the last answer.

        With *every_s* a request is due so often, from *first_at* on.
        """
        self._done = asyncio.get_running_loop().create_future()
        self._waiting, self._until = waiting, until
        self._due_at, self._every_s = first_at, every_s
        self._next()
        await self._done

    def close(self) -> None:
        """Close the connection."""
        assert self._transport is not None
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(exc or ConnectionError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(_END_OF_HEAD)
        if head < 0:
            return
        length = _length(self._received[:head])
        if len(self._received) < head + len(_END_OF_HEAD) + length:
            return
        self.latencies_s.append(time.perf_counter() - self._sent_at)
        self.statuses[int(self._received[_STATUS])] += 1
        self.bytes_last, self._received = length, b""
        self._next()

    def _next(self) -> None:
        assert self._transport is not None
        assert self._done is not None
        now = time.perf_counter()
        due_at = self._due_at if self._every_s else now
        following = next(self._waiting, None) if due_at < self._until else None
        if following is None:
            self._done.set_result(None)
            return
        self._sent_at = due_at
        self._due_at += self._every_s
        if due_at > now:
            asyncio.get_running_loop().call_later(due_at - now, self._transport.write, following)
        else:
            self._transport.write(following)


def _length(head: bytes) -> int:
    lowered = head.lower()
    start = lowered.index(_LENGTH) + len(_LENGTH)
    end = lowered.find(b"\r\n", start)
    return int(lowered[start : end if end >= 0 else None])
