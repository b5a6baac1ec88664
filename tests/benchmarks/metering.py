"""Entitlements: checks at a steady pace, and consumption as fast as it is taken and never counted twice."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
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
from tests.benchmarks.accounts import Names
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
        _, port = await held.enter_async_context(api(deps.settings))
        subject = _Subject(bench, sender, port, deps, customers)
        variants: dict[str, Callable[[], Awaitable[Outcome]]] = {
            "check": subject.check,
            "consume one": partial(subject.consume, ONE),
            "consume": partial(subject.consume, MANY),
            "consume of one customer": partial(subject.consume, MANY, customers=1),
        }
        samples = await in_turns(variants, repetitions=bench.scale.repetitions)
    return _findings(samples)


@dataclass(frozen=True)
class _Subject:
    bench: Bench
    sender: Loader
    port: int
    deps: Deps
    customers: Sequence[str]

    async def check(self) -> Outcome:
        """Ask at a steady pace; a latency counts from the instant at which a question was due."""
        asked = [
            request(f"/api/entitlements/{self._customer(number)}/alunos", b"", headers=_HEADERS, method="GET")
            for number in range(self.bench.scale.notices_max)
        ]
        return await self._sent(asked, connections=MANY, per_second=CHECKS_PER_SECOND)

    async def consume(self, connections: int, *, customers: int = CUSTOMERS) -> Outcome:
        """Consume as fast as it is taken, under a key each.

        Raises:
            MiscountedUse: what is used then is not what was answered.
        """
        numbers = self.bench.take(self.bench.scale.notices_max)
        before = await self._used()
        outcome = await self._sent(
            [_consumption(self._customer(number % customers), number) for number in numbers],
            connections=connections,
        )
        used = await self._used() - before
        if used != outcome.answered:
            raise MiscountedUse(f"{outcome.answered} were answered and {used} are used")
        return outcome

    async def _sent(
        self, requests: Sequence[bytes], *, connections: int, per_second: float | None = None
    ) -> Outcome:
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
        return outcome

    async def _used(self) -> int:
        usages = await self.deps.store["entitlement_usage"].find({}, {"used": 1}).to_list(None)
        return sum(usage["used"] for usage in usages)

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


def _findings(samples: dict[str, list[Outcome]]) -> list[Finding]:
    rates = {name: [one.rate for one in taken] for name, taken in samples.items()}
    checks = samples["check"]
    return [
        at_most(
            P99_MS_MAX,
            [one.p99_s * 1e3 for one in checks],
            goal="F1",
            subject=f"p99 of checks at {CHECKS_PER_SECOND:,}/s",
            unit="ms",
            note=f"p50 {median(one.p50_s for one in checks) * 1e3:.1f} ms at {median(rates['check']):,.0f}/s",
        ),
        at_least(
            CONSUMED_PER_SECOND_MIN,
            rates["consume"],
            goal="F2",
            subject=f"consumption by {CUSTOMERS} customers, {MANY} connections",
            unit="/s",
            note=f"p50 {median(one.p50_s for one in samples['consume']) * 1e3:.1f} ms",
        ),
        at_least(
            CONSUMED_PER_SECOND_MIN,
            rates["consume of one customer"],
            goal="F2",
            subject="the same by one customer",
            unit="/s",
        ),
        at_least(
            4,
            ratios(rates["consume"], rates["consume one"]),
            goal="F2",
            subject="consumption at 64 connections against one: what a batch saves",
            note=f"one: {median(rates['consume one']):,.0f}/s",
        ),
    ]
