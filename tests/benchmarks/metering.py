"""Entitlements: checks at a steady pace, and consumption as fast as it is taken and never counted twice."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from statistics import median
from typing import Final

import orjson

from ciclo.actions.dependencies import Deps
from ciclo.domain.entitlements.allowance import Allowance
from ciclo.domain.ids import PlanId, SubscriptionId
from ciclo.domain.period import BillingCycle
from ciclo.store.codec import encode
from tests.benchmarks import usage
from tests.benchmarks.accounts import Names
from tests.benchmarks.applying import mongod_pid
from tests.benchmarks.bench import Bench, api
from tests.benchmarks.load import Load, Loader, Outcome, loader, request
from tests.benchmarks.measuring import Finding, at_least, at_most, in_turns, ratios
from tests.stack import token

CUSTOMERS: Final = 200
LIMIT: Final = 2_000_000_000
CHECKS_PER_SECOND: Final = 1_000
P99_MS_MAX: Final = 5.0
CONSUMED_PER_SECOND_MIN: Final = 2_000
ONE: Final = 1
MANY: Final = 64
GOOD: Final = 200


class MiscountedUse(Exception):
    """What is stored is not what was answered, so that a speed says nothing."""


async def measure(bench: Bench) -> list[Finding]:
    """Ask an API process over HTTP, as an app does."""
    async with AsyncExitStack() as held:
        deps = await held.enter_async_context(bench.deps("metering"))
        customers = await _filled(bench, deps)
        sender = held.enter_context(loader())
        process, port = await held.enter_async_context(api(deps.settings))
        pids = {"API": process.pid, "mongod": await mongod_pid(deps)}
        subject = _Subject(bench, sender, port, deps, customers, pids)
        variants: dict[str, Callable[[], Awaitable[Sample]]] = {
            "check": subject.check,
            "consume one": partial(subject.consume, ONE),
            "consume": partial(subject.consume, MANY),
            "consume of one customer": partial(subject.consume, MANY, customers=1),
        }
        samples = await in_turns(variants, repetitions=bench.scale.repetitions)
    return _findings(samples)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What came back, and what it cost."""

    outcome: Outcome
    cpu_us: Mapping[str, float]
    """CPU time of one answer, in microseconds, by process."""


@dataclass(frozen=True)
class _Subject:
    bench: Bench
    sender: Loader
    port: int
    deps: Deps
    customers: Sequence[str]
    pids: Mapping[str, int]

    async def check(self) -> Sample:
        """Ask at a steady pace; a latency counts from the instant at which a question was due."""
        asked = [
            request(f"/api/entitlements/{self._customer(number)}/alunos", b"", headers=_HEADERS, method="GET")
            for number in range(self.bench.scale.notices_max)
        ]
        return await self._sent(asked, connections=MANY, per_second=CHECKS_PER_SECOND)

    async def consume(self, connections: int, *, customers: int = CUSTOMERS) -> Sample:
        """Consume as fast as it is taken, under a key each.

        Raises:
            MiscountedUse: what is used then is not what was answered.
        """
        numbers = self.bench.take(self.bench.scale.notices_max)
        before = await self._used()
        sample = await self._sent(
            [_consumption(self._customer(number % customers), number) for number in numbers],
            connections=connections,
        )
        used = await self._used() - before
        if used != sample.outcome.answered:
            raise MiscountedUse(f"{sample.outcome.answered} were answered and {used} are used")
        return sample

    async def _sent(
        self, requests: Sequence[bytes], *, connections: int, per_second: float | None = None
    ) -> Sample:
        before = self._cpu_s()
        outcome = await self.sender.send(
            Load(
                port=self.port,
                connections=connections,
                seconds=self.bench.scale.load_s,
                requests=requests,
                per_second=per_second,
            )
        )
        if set(outcome.statuses) != {GOOD}:
            raise MiscountedUse(f"answers were {outcome.statuses}")
        used_s = {name: after - before[name] for name, after in self._cpu_s().items()}
        used_s["sender"] = outcome.cpu_s
        return Sample(
            outcome=outcome, cpu_us={name: 1e6 * spent / outcome.answered for name, spent in used_s.items()}
        )

    def _cpu_s(self) -> dict[str, float]:
        if not usage.is_known():
            return {}
        return {name: usage.cpu_s(pid) for name, pid in self.pids.items()}

    async def _used(self) -> int:
        usages = await self.deps.store["entitlement_usage"].find({}, {"used": 1}).to_list(None)
        return sum(one["used"] for one in usages)

    def _customer(self, number: int) -> str:
        return self.customers[number % len(self.customers)]


_HEADERS: Final = {"authorization": f"Bearer {token()}"}


def _consumption(customer: str, number: int) -> bytes:
    body = orjson.dumps({"customer": customer, "feature": "alunos", "idempotencyKey": f"use {number}"})
    return request("/api/entitlements/consume", body, headers=_HEADERS)


async def _filled(bench: Bench, deps: Deps) -> list[str]:
    """Keep a set for each of some customers, and return their ids."""
    sets = [_set(number) for number in bench.take(CUSTOMERS)]
    await deps.store["entitlement_sets"].insert_many(sets)
    return [kept["_id"] for kept in sets]


def _set(number: int) -> dict[str, object]:
    names = Names(number)
    allowance = Allowance(
        subscription_id=SubscriptionId(names.of("sub")),
        plan_id=PlanId(names.of("plan")),
        plan_version=1,
        quantity=1,
        currency="BRL",
        anchor=date(2026, 1, 1),
        billing_cycle=BillingCycle.MONTHLY,
        limits={"alunos": LIMIT},
    )
    return {
        "_id": names.of("cus"),
        "version": 1,
        "complete": True,
        "allowances": {allowance.subscription_id: encode(allowance)},
    }


def _findings(samples: dict[str, list[Sample]]) -> list[Finding]:
    outcomes = {name: [one.outcome for one in taken] for name, taken in samples.items()}
    rates = {name: [one.rate for one in taken] for name, taken in outcomes.items()}
    checks = outcomes["check"]
    checked = at_most(
        P99_MS_MAX,
        [one.p99_s * 1e3 for one in checks],
        goal="F1",
        subject=f"p99 of checks at {CHECKS_PER_SECOND:,}/s",
        unit="ms",
        note=f"p50 {median(one.p50_s for one in checks) * 1e3:.1f} ms at {median(rates['check']):,.0f}/s",
    )
    consumed = at_least(
        CONSUMED_PER_SECOND_MIN,
        rates["consume"],
        goal="F2",
        subject=f"consumption by {CUSTOMERS} customers, {MANY} connections",
        unit="/s",
        note=f"p50 {median(one.p50_s for one in outcomes['consume']) * 1e3:.1f} ms",
    )
    by_one = at_least(
        CONSUMED_PER_SECOND_MIN,
        rates["consume of one customer"],
        goal="F2",
        subject="the same by one customer",
        unit="/s",
    )
    saved = at_least(
        4,
        ratios(rates["consume"], rates["consume one"]),
        goal="F2",
        subject="consumption at 64 connections against one: what a batch saves",
        note=f"one: {median(rates['consume one']):,.0f}/s",
    )
    return [
        replace(checked, cpu_us=_cpu_us(samples["check"])),
        replace(consumed, cpu_us=_cpu_us(samples["consume"])),
        replace(by_one, cpu_us=_cpu_us(samples["consume of one customer"])),
        saved,
    ]


def _cpu_us(taken: Sequence[Sample]) -> dict[str, float]:
    return {name: median(one.cpu_us[name] for one in taken) for name in taken[0].cpu_us}
