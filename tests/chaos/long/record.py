"""What happened in a run, seen from outside: what was acknowledged, answered, broken and endured."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from tests.chaos.cpu_wait import waited_s

SAMPLE_S: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, or the want of one."""

    what: str
    started_at: float
    """By the monotonic clock, in seconds, as `ended_at`."""
    ended_at: float
    status: int | None
    """None: the connection broke off, or the client's own time was up."""
    code: str | None
    """Of the error in it, if there is one."""
    retry_after: bool

    @property
    def seconds(self) -> float:
        """Return how long it took."""
        return self.ended_at - self.started_at

    @property
    def is_good(self) -> bool:
        """Return whether it is what was asked for."""
        return self.status in {200, 202} and self.code is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of a run in which something was done to the stack."""

    name: str
    started_at: float
    ended_at: float

    def overlaps(self, answer: Answer) -> bool:
        """Return whether a request was under way meanwhile."""
        return answer.started_at < self.ended_at and self.started_at < answer.ended_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """How long a fresh notice took after a fault had ended."""

    fault: str
    endured_s: float
    """How long the fault itself lasted."""
    acknowledged_s: float | None
    applied_s: float | None
    """None: not within the time that it was waited for."""
    goal_s: float


@dataclass(slots=True)
class Record:
    """The record of one run."""

    notices: dict[str, str] = field(default_factory=dict)
    """Acknowledged ones: the webhook's id, and the event's."""
    subscriptions: dict[str, str] = field(default_factory=dict)
    """Acknowledged creations: the customer's address, and the subscription's id."""
    tried: set[str] = field(default_factory=set)
    """Addresses for which a creation was asked, acknowledged or not."""
    commands: dict[str, str] = field(default_factory=dict)
    """Acknowledged mutations: the reason that was given, no two alike, and the event that it leaves."""
    reasons: set[str] = field(default_factory=set)
    """All reasons that were given, acknowledged or not."""
    refunds: set[str] = field(default_factory=set)
    """Payments whose refund was acknowledged."""
    answers: list[Answer] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    recoveries: list[Recovery] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    """What was wrong on the way, before anything is judged."""
    stalls: list[tuple[float, float]] = field(default_factory=list)
    """When, and for how long, callers and APIs together had to wait for a processor: the machine's fault."""

    @contextmanager
    def during(self, name: str) -> Iterator[None]:
        """Note that something is being done to the stack."""
        started_at = time.monotonic()
        try:
            yield
        finally:
            self.spans.append(Span(name=name, started_at=started_at, ended_at=time.monotonic()))

    async def watch_machine(self, servers: Callable[[], Iterable[int]]) -> None:
        """Note how long this process and the slowest of *servers* wait for a processor, until cancelled."""
        before = {pid: waited_s(pid) for pid in servers()}
        own = waited_s()
        while True:
            await asyncio.sleep(SAMPLE_S)
            now = {pid: waited_s(pid) for pid in servers()}
            slowest_s = max((now[pid] - before[pid] for pid in now.keys() & before.keys()), default=0.0)
            own_s = waited_s() - own
            self.stalls.append((time.monotonic(), slowest_s + own_s))
            before, own = now, own + own_s

    def stalled_s(self, answer: Answer) -> float:
        """Return how much of an answer's time was the machine's, in seconds."""
        ended_at = answer.ended_at + SAMPLE_S
        return sum(late_s for at, late_s in self.stalls if answer.started_at <= at <= ended_at)
