"""What a run says at its end: recovery times by fault, how answers came, and what is wrong."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from tests.chaos.long.record import SAMPLE_S, Record, Recovery
from tests.chaos.long.run import Result


def lines(result: Result) -> Iterator[str]:
    """Yield the lines of the report."""
    record = result.record
    yield ""
    yield f"{'fault':<42} {'times':>5} {'lasted':>8} {'202 after':>10} {'applied after':>14} {'goal':>6}"
    by_fault: dict[str, list[Recovery]] = defaultdict(list)
    for one in record.recoveries:
        by_fault[one.fault].append(one)
    for name, recoveries in by_fault.items():
        lasted = max(one.endured_s for one in recoveries)
        taken, applied = (
            _worst([r.acknowledged_s for r in recoveries]),
            _worst([r.applied_s for r in recoveries]),
        )
        goal = recoveries[0].goal_s
        late = "" if applied is not None and applied <= goal else "  late"
        yield (
            f"{name:<42} {len(recoveries):>5} {lasted:>6.1f} s {_seconds(taken):>10} {_seconds(applied):>14}"
            f" {goal:>4.0f} s{late}"
        )
    yield ""
    yield from _answers(record)
    yield (
        f"acknowledged: {len(record.notices)} notices, {len(record.subscriptions)} creations, "
        f"{len(record.commands)} other mutations, {len(record.refunds)} refunds; "
        f"{result.told} messages told; {result.processes} processes"
    )
    waited_s, whole_s = sum(late_s for _, late_s in record.stalls), SAMPLE_S * len(record.stalls)
    yield f"of {whole_s:.0f} s callers and APIs together waited {waited_s:.0f} s for a processor"
    yield ""
    yield from (f"WRONG  {finding}" for finding in result.findings)
    yield "nothing was lost, nothing doubled" if not result.findings else f"{len(result.findings)} findings"


def _answers(record: Record) -> Iterator[str]:
    kinds = Counter(_kind(one.status, one.code) for one in record.answers)
    yield f"{len(record.answers)} requests: " + ", ".join(f"{text} x{n}" for text, n in kinds.most_common())
    for status in (200, 202, 503):
        times = sorted(one.seconds for one in record.answers if one.status == status)
        if times:
            middle, most = times[len(times) // 2], times[int(0.99 * len(times))]
            yield f"  {status}: p50 {middle:.2f} s, p99 {most:.2f} s, max {times[-1]:.2f} s"


def _kind(status: int | None, code: str | None) -> str:
    return " ".join(str(part) for part in (status or "no answer", code) if part)


def _worst(times: Sequence[float | None]) -> float | None:
    known = [one for one in times if one is not None]
    return max(known) if len(known) == len(times) else None


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"
