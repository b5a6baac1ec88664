"""Runs benchmarks one after the other, each within its time."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from tests.benchmarks import (
    applying,
    idle,
    ingress,
    lists,
    memory,
    metering,
    reading,
    renewing,
    reports,
    scaling,
    telling,
)
from tests.benchmarks.bench import Bench
from tests.benchmarks.measuring import Finding, table

Measure = Callable[[Bench], Awaitable[list[Finding]]]

SUBJECTS: Final[Mapping[str, Measure]] = MappingProxyType(
    {
        "applying": applying.measure,
        "ingress": ingress.measure,
        "scaling": scaling.measure,
        "reading": reading.measure,
        "reports": reports.measure,
        "renewing": renewing.measure,
        "lists": lists.measure,
        "metering": metering.measure,
        "memory": memory.measure,
        "idle": idle.measure,
        "telling": telling.measure,
    }
)
SUBJECT_S_MAX: Final = 420.0


async def measured(bench: Bench, names: Iterable[str]) -> list[Finding]:
    """Return what the benchmarks *names* find.

    Raises:
        TimeoutError: one of them took longer than SUBJECT_S_MAX.
    """
    findings: list[Finding] = []
    for name in names:
        began = time.monotonic()
        async with asyncio.timeout(SUBJECT_S_MAX):
            found = await SUBJECTS[name](bench)
        findings += found
        print(f"\n{name}, {time.monotonic() - began:.0f} s\n{table(found)}", file=sys.stderr)  # noqa: T201 - a sign of life
    return findings
