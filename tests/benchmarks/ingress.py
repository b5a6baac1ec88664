"""Taking webhooks in: group commit against an insert a request, and against storing nothing."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Final

import orjson

from ciclo.actions.clock import read_wall_clock
from ciclo.actions.dependencies import Deps
from ciclo.web.webhooks.signature import sign
from tests.benchmarks.accounts import Names
from tests.benchmarks.bench import Bench, api, app
from tests.benchmarks.ingress_apps import PATH
from tests.benchmarks.load import Load, Loader, Outcome, loader, request
from tests.benchmarks.measuring import Finding, at_least, at_most, in_turns, ratios
from tests.stack import WEBHOOK_SECRET

ACCEPTED: Final = 202
FAULTS_FROM: Final = 500
ONE: Final = 1
MANY: Final = 64
CROWD: Final = 256
APPS: Final = "tests.benchmarks.ingress_apps"


class NotStored(Exception):
    """An application accepted notices that its database does not have, or refused good ones."""


async def measure(bench: Bench) -> list[Finding]:
    """Send signed notices, each only once, to the API and to what it is compared with."""
    async with AsyncExitStack() as held:
        ours = await held.enter_async_context(bench.deps("ingress"))
        theirs = await held.enter_async_context(bench.deps("ingress_each"))
        sender = held.enter_context(loader())
        _, port = await held.enter_async_context(api(ours.settings))
        _, each = await held.enter_async_context(app(f"{APPS}:insert_each", theirs.settings))
        _, nothing = await held.enter_async_context(app(f"{APPS}:nothing_stored", theirs.settings))
        subjects = {
            "ours": _Subject(bench, sender, port, ours),
            "each": _Subject(bench, sender, each, theirs),
            "nothing": _Subject(bench, sender, nothing, None),
        }
        variants: dict[str, Callable[[], Awaitable[Outcome]]] = {
            f"{name} {connections}": partial(subject.sample, connections)
            for connections in (ONE, MANY)
            for name, subject in subjects.items()
        }
        samples = await in_turns(variants, repetitions=bench.scale.repetitions)
        crowd = await subjects["ours"].sample(CROWD, refusing_is_fine=True)
    return _findings(samples, crowd)


@dataclass(frozen=True)
class _Subject:
    bench: Bench
    sender: Loader
    port: int
    deps: Deps | None
    """Where it stores; None: nowhere."""

    async def sample(self, connections: int, *, refusing_is_fine: bool = False) -> Outcome:
        """Send notices over so many connections; what was accepted must be stored, no more and no less.

        Raises:
            NotStored: it is not, or a good notice was refused.
        """
        numbers = self.bench.take(self.bench.scale.notices_max)
        before = await self._stored()
        outcome = await self.sender.send(
            Load(
                port=self.port,
                connections=connections,
                seconds=self.bench.scale.load_s,
                requests=prepared(numbers),
            )
        )
        accepted = outcome.statuses.get(ACCEPTED, 0)
        if not refusing_is_fine and accepted != outcome.answered:
            raise NotStored(f"answers were {outcome.statuses}")
        stored = await self._stored() - before
        if self.deps is not None and stored != accepted:
            raise NotStored(f"{accepted} notices were accepted and {stored} are stored")
        return outcome

    async def _stored(self) -> int:
        if self.deps is None:
            return 0
        return await self.deps.store["events"].count_documents({"source": "WEBHOOK"})


def prepared(numbers: Sequence[int]) -> list[bytes]:
    """Return signed notices, one for each number."""
    return [_notice(number) for number in numbers]


def _notice(number: int) -> bytes:
    now = read_wall_clock()
    body = orjson.dumps(
        {
            "subscription_id": Names(number).of("sub"),
            "event": "payment_success",
            "amount": 29.9,
            "date": now.date().isoformat(),
        }
    )
    headers = sign(body, webhook_id=f"msg_{number}", secret=WEBHOOK_SECRET, at=now)
    return request(PATH, body, headers=headers)


def _findings(samples: dict[str, list[Outcome]], crowd: Outcome) -> list[Finding]:
    rates = {name: [one.rate for one in taken] for name, taken in samples.items()}
    p50s = {name: [one.p50_s for one in taken] for name, taken in samples.items()}

    def said(name: str) -> str:
        return f"{median(rates[name]):,.0f}/s, p50 {median(p50s[name]) * 1e3:.1f} ms"

    faults = sum(number for status, number in crowd.statuses.items() if status >= FAULTS_FROM)
    return [
        at_least(
            4,
            ratios(rates["ours 64"], rates["each 64"]),
            goal="B1",
            subject="webhooks against an insert a request, 64 connections",
            note=f"{said('ours 64')} against {said('each 64')}",
        ),
        at_least(
            0.9,
            ratios(rates["ours 1"], rates["each 1"]),
            goal="B1",
            subject="the same, 1 connection",
            note=f"{said('ours 1')} against {said('each 1')}",
        ),
        at_most(
            0.25,
            ratios(p50s["ours 64"], p50s["each 64"]),
            goal="B1",
            subject="median latency against an insert a request, 64 connections",
        ),
        at_most(
            0,
            [faults],
            goal="B1",
            subject="answers of 500 and above, 256 connections",
            unit="answers",
            note=f"{crowd.rate:,.0f}/s, p99 {crowd.p99_s * 1e3:.0f} ms, {crowd.statuses}",
        ),
        at_least(
            0.33,
            ratios(rates["ours 64"], rates["nothing 64"]),
            goal="B2",
            subject="webhooks against storing nothing, 64 connections",
            note=f"nothing stored: {said('nothing 64')}",
        ),
    ]
