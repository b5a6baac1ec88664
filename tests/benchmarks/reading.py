"""Reading over GraphQL: pages and one object, against the same reads by hand and against plain Strawberry."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from statistics import median
from typing import Any, Final

import httpx
import orjson

from ciclo.actions.dependencies import Deps
from ciclo.domain.ids import ProductId
from ciclo.domain.products.product import first_price
from ciclo.store.products import write_product
from tests.benchmarks import usage
from tests.benchmarks.accounts import Names, plan_id, plan_of, resting
from tests.benchmarks.applying import mongod_pid
from tests.benchmarks.bench import Bench, api, app
from tests.benchmarks.load import Load, Loader, Outcome, loader, request
from tests.benchmarks.measuring import Finding, at_least, at_most, in_turns, ratios
from tests.benchmarks.reading_apps import ONE, PAGE
from tests.stack import token

CONNECTIONS: Final = 16
SUBSCRIPTIONS: Final = 500
SIZES: Final = (50, 100)
APPS: Final = "tests.benchmarks.reading_apps"
GOOD: Final = 200


class AnswersDiffer(Exception):
    """Two applications did not answer the same, so that their speeds can't be compared."""


@dataclass(frozen=True)
class Sample:
    """Some requests answered: how many a second, and what one costs each process, in microseconds."""

    rate: float
    cpu_us: Mapping[str, float]


@dataclass(frozen=True)
class _Query:
    document: str
    variables: Mapping[str, object]

    @property
    def body(self) -> bytes:
        return orjson.dumps({"query": self.document, "variables": self.variables})


async def measure(bench: Bench) -> list[Finding]:
    """Ask the same of each application, after making sure that they answer the same."""
    async with AsyncExitStack() as held:
        deps = await held.enter_async_context(bench.deps("reading"))
        number = await _filled(bench, deps)
        sender = held.enter_context(loader())
        mongod = await mongod_pid(deps)
        served = {"ours": await held.enter_async_context(api(deps.settings))}
        for name in ("floor", "plain"):
            served[name] = await held.enter_async_context(app(f"{APPS}:{name}", deps.settings))
        ports = {name: port for name, (_, port) in served.items()}
        queries = {f"page of {size}": _Query(PAGE, {"first": size}) for size in SIZES}
        queries["one"] = _Query(ONE, {"id": Names(number).of("sub")})
        for query in queries.values():
            await _require_equal(ports, query)
        variants: dict[str, Callable[[], Awaitable[Sample]]] = {
            f"{name}, {asked}": partial(
                _sampled, {name: process.pid, "mongod": mongod}, partial(_asked, bench, sender, port, query)
            )
            for asked, query in queries.items()
            for name, (process, port) in served.items()
        }
        samples = await in_turns(variants, repetitions=bench.scale.repetitions)
    return _findings(samples)


async def _sampled(pids: Mapping[str, int], ask: Callable[[], Awaitable[Outcome]]) -> Sample:
    before = {name: usage.cpu_s(pid) for name, pid in pids.items()}
    outcome = await ask()
    used_s = {name: usage.cpu_s(pid) - before[name] for name, pid in pids.items()}
    return Sample(outcome.rate, {name: 1e6 * spent / outcome.answered for name, spent in used_s.items()})


def _findings(samples: Mapping[str, list[Sample]]) -> list[Finding]:
    rates = {name: [one.rate for one in taken] for name, taken in samples.items()}

    def cpu_us(asked: str) -> dict[str, float]:
        """Return what a request costs: each application, and mongod for ours."""
        names = {"ours": "ours", "mongod": "ours", "floor": "floor", "plain": "plain"}
        return {
            process: median(one.cpu_us[process] for one in samples[f"{name}, {asked}"])
            for process, name in names.items()
        }

    def slower(asked: str) -> tuple[float, ...]:
        return ratios(rates[f"floor, {asked}"], rates[f"ours, {asked}"])

    def said(asked: str) -> str:
        names = ("ours", "floor", "plain")
        return ", ".join(f"{name} {median(rates[f'{name}, {asked}']):,.0f}/s" for name in names)

    pages = [f"page of {size}" for size in SIZES]
    against_floor = [
        replace(
            at_most(
                1.8, slower(asked), goal="C1", subject=f"{asked}: times the floor's time", note=said(asked)
            ),
            cpu_us=cpu_us(asked),
        )
        for asked in pages
    ]
    against_plain = [
        at_least(
            3,
            ratios(rates[f"ours, {asked}"], rates[f"plain, {asked}"]),
            goal="C1",
            subject=f"{asked}: against plain Strawberry",
        )
        for asked in pages
    ]
    one = at_most(
        1.3, slower("one"), goal="C2", subject="one object: times the floor's time", note=said("one")
    )
    return [*against_floor, *against_plain, replace(one, cpu_us=cpu_us("one"))]


async def _asked(bench: Bench, sender: Loader, port: int, query: _Query) -> Outcome:
    """Ask again and again.

    Raises:
        AnswersDiffer: an answer was not a 200, or the last one is nearly empty.
    """
    headers = {"authorization": f"Bearer {token()}"}
    prepared = request("/graphql", query.body, headers=headers)
    outcome = await sender.send(
        Load(
            port=port,
            connections=CONNECTIONS,
            seconds=bench.scale.load_s,
            requests=[prepared] * bench.scale.notices_max,
        )
    )
    if set(outcome.statuses) != {GOOD} or outcome.bytes_last < len('{"data":{"subscription":null}}') * 2:
        raise AnswersDiffer(f"answers were {outcome.statuses}, the last one of {outcome.bytes_last} bytes")
    return outcome


async def _require_equal(ports: Mapping[str, int], query: _Query) -> None:
    """Make sure that every application gives the same data.

    Raises:
        AnswersDiffer: they do not, or there are none.
    """
    headers = {"authorization": f"Bearer {token()}", "content-type": "application/json"}
    answers: dict[str, Any] = {}
    async with httpx.AsyncClient(headers=headers) as http:
        for name, port in ports.items():
            response = await http.post(f"http://127.0.0.1:{port}/graphql", content=query.body)
            answers[name] = _instants(response.json())
    first = answers["ours"]
    if "errors" in first or not first.get("data") or any(other != first for other in answers.values()):
        raise AnswersDiffer(" / ".join(f"{name}: {str(one)[:300]}" for name, one in answers.items()))


def _instants(value: Any) -> Any:
    """Return an answer with its instants read: Z and +00:00 say the same."""
    if isinstance(value, dict):
        return {
            name: datetime.fromisoformat(one) if name == "createdAt" else _instants(one)
            for name, one in value.items()
        }
    return [_instants(one) for one in value] if isinstance(value, list) else value


async def _filled(bench: Bench, deps: Deps) -> int:
    """Store accounts and their plan; return the number of one of them."""
    plan = plan_of(plan_id())
    await write_product(deps.store, first_price(plan, ProductId("prod_bench")), None)
    numbers = bench.take(SUBSCRIPTIONS)

    def fill() -> None:
        with bench.ledger("reading") as ledger:
            ledger.add(resting().cast(number) for number in numbers)

    await asyncio.to_thread(fill)
    return numbers[0]
