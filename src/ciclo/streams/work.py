"""What a consumer is given: the work, its limits, and its seat in a group."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from ciclo.streams.connection import SOCKET_TIMEOUT_MS, Streams
from ciclo.streams.entry import Entry

DEAD_STREAM: Final = "dead"
DELIVERIES_MAX_MIN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is done with entries. Entries may come again at any time, so all of it must bear repetition.

    Attributes:
        handle: does all entries or none; its errors are raised.
        is_passing: tells errors of the surroundings (connection, time-out, write conflict), for which no
            entry is to blame.
        failed: counts a failure of an entry's own fault in the record; returns whether it is dead now.
            It is acknowledged either way: what is not dead yet, the record's relay publishes again.
        buried: records that an entry was given up, because it was delivered too often without an answer
            (it kills its worker, or never ends).
    """

    handle: Callable[[Sequence[Entry]], Awaitable[None]]
    is_passing: Callable[[BaseException], bool]
    failed: Callable[[Entry, str], Awaitable[bool]]
    buried: Callable[[Entry, str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerOptions:
    """The bounds of a consumer.

    Attributes:
        batch_max: entries read, claimed and handled at once.
        block_ms: how long a read waits for entries; claims are late by as much.
        claim_interval_ms: time between two looks at what others left pending.
        idle_ms_min: an entry that its consumer did not renew for this long is taken over. Consumers renew
            what they work on three times as often, so `handle_ms_max` may be longer.
        deliveries_max: an entry delivered this often without an answer is given up.
        handle_ms_max: one call of the work; after it the entries count as not answered.
        passing_tries_max: calls of the work for the same entries while the surroundings fail.
        backoff_ms_min: the pause after a first failure; it doubles with each, less a random part.
        backoff_ms_max: the longest pause.
    """

    batch_max: int = 500
    block_ms: int = 2_000
    claim_interval_ms: int = 10_000
    idle_ms_min: int = 30_000
    deliveries_max: int = 10
    handle_ms_max: int = 10_000
    passing_tries_max: int = 8
    backoff_ms_min: int = 100
    backoff_ms_max: int = 5_000

    def __post_init__(self) -> None:
        if not 0 < self.block_ms <= SOCKET_TIMEOUT_MS // 2:
            raise ValueError(f"block_ms must be 1 to {SOCKET_TIMEOUT_MS // 2}: 0 would wait for ever")
        if self.deliveries_max < DELIVERIES_MAX_MIN:
            raise ValueError(
                f"deliveries_max must be {DELIVERIES_MAX_MIN} or more: an entry comes twice with others, "
                "and must come alone before it is given up"
            )


class Outcome(StrEnum):
    """What consumers count per group; the names are the fields of the statistics hash."""

    HANDLED = "handled"
    RETRIED = "retried"
    FAILED = "failed"
    DEAD = "dead"
    CLAIMED = "claimed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A consumer's seat in a group: everything that reading, settling and claiming share."""

    streams: Streams
    stream: str
    group: str
    consumer: str
    work: Work
    options: ConsumerOptions
    stop: asyncio.Event
    log: Any
    counts: Counter[Outcome] = field(default_factory=Counter)
    """Not yet written to the statistics; goes with the next acknowledgement."""

    @property
    def key(self) -> str:
        """Return the Redis key of the stream."""
        return self.streams.key(self.stream)


def statistics_key(streams: Streams, *, stream: str, group: str) -> str:
    """Return the Redis key of the hash that counts a group's outcomes."""
    return streams.key(f"statistics:{stream}:{group}")
