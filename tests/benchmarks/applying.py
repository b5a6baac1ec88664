"""Applying events: batches in one transaction each, against singles and against the driver's limit."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Final

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import MongoClient

from ciclo.actions.clock import read_wall_clock
from ciclo.actions.dependencies import Deps
from ciclo.actions.processing.apply_events import apply_recorded
from ciclo.actions.processing.publish_events import BILLING
from ciclo.domain.ids import EventId
from ciclo.store.mongo.client import Document, Store
from ciclo.streams.consumer import ConsumerOptions, Delivered, consume
from ciclo.streams.entry import Entry
from ciclo.streams.groups import consumer_name
from tests.benchmarks import usage
from tests.benchmarks.accounts import Names, notice_document, owing
from tests.benchmarks.bench import Bench, ring
from tests.benchmarks.limit import Heard, send
from tests.benchmarks.measuring import Finding, at_least, at_most, in_turns, ratios
from workers import billing
from workers.process import delivering, delivery_options

BATCH: Final = 500
AHEAD_MIN: Final = 1.1
"""Less is not worth a second batch in hand."""

PYTHON_US_MAX: Final = 100
MONGOD_US_MAX: Final = 260
DRAIN_S_MAX: Final = 120.0
PAID_VERSION: Final = 4
"""What an owing account's version is after its payment: one more than before."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Some events applied."""

    events: int
    seconds: float
    python_s: float
    mongod_s: float

    @property
    def rate(self) -> float:
        """Return events per second."""
        return self.events / self.seconds

    @property
    def python_us(self) -> float:
        """Return the CPU time of this process per event, in microseconds."""
        return self.python_s / self.events * 1e6

    @property
    def mongod_us(self) -> float:
        """Return the CPU time of mongod per event, in microseconds."""
        return self.mongod_s / self.events * 1e6


async def measure(bench: Bench) -> list[Finding]:
    """Compare batches of 500 with batches of one, and with the same writes sent without any thought."""
    async with bench.deps("applying") as deps, bench.deps("applying_rehearsal") as rehearsal:
        subject = Subject(bench, deps, rehearsal, await mongod_pid(deps))
        samples = await in_turns(
            {
                "stream, batches": lambda: subject.through_stream(bench.scale.events, batch=BATCH),
                "stream, one batch at a time": lambda: subject.through_stream(
                    bench.scale.events, batch=BATCH, begins_ahead=False
                ),
                "stream, singles": lambda: subject.through_stream(bench.scale.singles, batch=1),
                "batches": lambda: subject.directly(bench.scale.events, batch=BATCH),
                "singles": lambda: subject.directly(bench.scale.singles, batch=1),
                "limit": lambda: subject.limit(bench.scale.events),
            },
            repetitions=bench.scale.repetitions,
        )
    return _findings(samples)


def _findings(samples: dict[str, list[Sample]]) -> list[Finding]:
    rates = {name: [one.rate for one in taken] for name, taken in samples.items()}
    python_us = [one.python_us for one in samples["stream, batches"]]
    mongod_us = [one.mongod_us for one in samples["stream, batches"]]
    cpu_us = {"worker": median(python_us), "mongod": median(mongod_us)}
    said = {name: f"{median(taken):,.0f}/s" for name, taken in rates.items()}
    return [
        at_least(
            8,
            ratios(rates["batches"], rates["singles"]),
            goal="A",
            subject="batch of 500 against a transaction an event",
            note=f"{said['batches']} against {said['singles']}",
        ),
        at_least(
            8,
            ratios(rates["stream, batches"], rates["stream, singles"]),
            goal="A",
            subject="the same through the stream: XREADGROUP, apply, XACK",
            note=f"{said['stream, batches']} against {said['stream, singles']}",
        ),
        replace(
            at_least(
                0.70,
                ratios(rates["stream, batches"], rates["limit"]),
                goal="A2",
                subject="worker against PyMongo sending the same writes, prepared",
                note=f"limit {said['limit']}",
            ),
            cpu_us=cpu_us,
        ),
        at_most(
            PYTHON_US_MAX,
            python_us,
            goal="A2",
            subject="CPU of the worker's process per event",
            unit="µs",
        ),
        at_least(
            AHEAD_MIN,
            ratios(rates["stream, batches"], rates["stream, one batch at a time"]),
            goal="A2",
            subject="the next batch begun while one is written, against one at a time",
            note=f"{said['stream, batches']} against {said['stream, one batch at a time']}",
        ),
        at_most(MONGOD_US_MAX, mongod_us, goal="A2", subject="CPU of mongod per event", unit="µs"),
    ]


async def mongod_pid(deps: Deps) -> int:
    """Return the process id of the MongoDB that *deps* use."""
    return int((await deps.store.database.command("serverStatus"))["pid"])


async def require_paid(deps: Deps, numbers: Sequence[int]) -> None:
    """Make sure that a sample's work was done, all of it: a rate counts what was asked for.

    Raises:
        WorkNotDone: an event is unprocessed, or did not pay its invoice.
    """
    names = [Names(number) for number in numbers]
    conditions: dict[str, Document] = {
        "events": {"_id": {"$in": [one.of("evt") for one in names]}, "outcome": "PAYMENT_RECORDED"},
        "payments": {"_id": {"$in": [one.of("pay") for one in names]}, "status": "COMPLETED"},
        "invoices": {"_id": {"$in": [one.of("inv") for one in names]}, "status": "PAID"},
        "subscriptions": {"_id": {"$in": [one.of("sub") for one in names]}, "version": PAID_VERSION},
    }
    for name, condition in conditions.items():
        done = await deps.store[name].count_documents(condition)
        if done != len(names):
            raise WorkNotDone(f"{done} of {len(names)} {name} are as the work should have left them")


class WorkNotDone(Exception):
    """A sample did less than it is counted for: its rate would mean nothing."""


@dataclass(frozen=True)
class Subject:
    """A worker to measure, on a database of its own."""

    bench: Bench
    deps: Deps
    rehearsal: Deps
    mongod: int

    async def directly(self, events: int, *, batch: int) -> Sample:
        """Apply events by calls."""
        numbers = await self._recorded(self.deps, self.bench.take(events))
        with self._watched(events) as watched:
            for start in range(0, events, batch):
                await apply_recorded(self.deps, _events(numbers[start : start + batch]))
        await require_paid(self.deps, numbers)
        return watched[0]

    async def through_stream(self, events: int, *, batch: int, begins_ahead: bool = True) -> Sample:
        """Apply events by a worker's loop."""
        numbers = await self._recorded(self.deps, self.bench.take(events))
        await ring(self.deps, _events(numbers))
        stop, left = asyncio.Event(), events
        options = delivery_options(self.deps.settings)
        deliver = delivering(self.deps, billing.handle, stream=BILLING, options=options, stop=stop)

        async def deliver_and_count(entries: Sequence[Entry]) -> Delivered:
            nonlocal left
            delivered = await deliver(entries)
            left -= len(entries)
            if left == 0:
                stop.set()
            return delivered

        with self._watched(events) as watched:
            async with asyncio.timeout(DRAIN_S_MAX):
                await consume(
                    self.deps.streams,
                    stream=BILLING,
                    group=BILLING,
                    consumer=consumer_name(),
                    deliver=deliver_and_count,
                    options=ConsumerOptions(batch_max=batch),
                    stop=stop,
                    begins_ahead=self.deps.account_locks.next_write if begins_ahead and batch > 1 else None,
                )
        await require_paid(self.deps, numbers)
        return watched[0]

    async def limit(self, events: int) -> Sample:
        """Send what the worker would write, learned from a rehearsal: nothing is read, nothing decided."""
        numbers = self.bench.take(events)
        commands = await self._rehearsed(await self._recorded(self.rehearsal, numbers))
        await self._recorded(self.deps, numbers)
        client: MongoClient[Document] = MongoClient(self.bench.servers.mongo_url)
        with client:
            database = client.get_database(self.deps.settings.mongo_database)
            database.command("ping")
            with self._watched(events) as watched:
                await asyncio.to_thread(send, client, database, commands)
        await require_paid(self.deps, numbers)
        return watched[0]

    async def _rehearsed(self, numbers: list[int]) -> list[list[Document]]:
        """Apply events elsewhere, and return the writes of each batch."""
        settings, heard = self.rehearsal.settings, Heard()
        options = self.rehearsal.store.database.codec_options
        client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
            settings.mongo_url.get_secret_value(), event_listeners=[heard]
        )
        database = client.get_database(settings.mongo_database, codec_options=options)
        deps, batches = replace(self.rehearsal, store=Store(client, database, {})), []
        for start in range(0, len(numbers), BATCH):
            await apply_recorded(deps, _events(numbers[start : start + BATCH]))
            batches.append(heard.taken())
        client.close()
        await require_paid(self.rehearsal, numbers)
        return batches

    async def _recorded(self, deps: Deps, numbers: list[int]) -> list[int]:
        """Store accounts that owe, and the notices that pay them."""
        now = read_wall_clock()

        def fill() -> None:
            with self.bench.ledger(deps.settings.mongo_database.partition("_")[2]) as ledger:
                ledger.add(owing().cast(number) for number in numbers)
                ledger.insert("events", (notice_document(number, now=now) for number in numbers))

        await asyncio.to_thread(fill)
        return numbers

    @contextmanager
    def _watched(self, events: int) -> Iterator[list[Sample]]:
        """Time the block, on the wall and on the CPUs."""
        taken: list[Sample] = []
        mongod_s = usage.cpu_s(self.mongod)
        python_s, began = time.process_time(), time.perf_counter()
        yield taken
        taken.append(
            Sample(
                events=events,
                seconds=time.perf_counter() - began,
                python_s=time.process_time() - python_s,
                mongod_s=usage.cpu_s(self.mongod) - mongod_s,
            )
        )


def _events(numbers: Sequence[int]) -> list[EventId]:
    return [EventId(Names(number).of("evt")) for number in numbers]
