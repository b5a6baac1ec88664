"""What a benchmark finds: samples taken in turns, ratios of pairs, and the goals they are held against.

Absolute rates move with whatever else the machine does, and ratios within one run hardly do. So the
variants of a comparison take turns, and every sample is compared with its neighbour in time.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median
from typing import Final, TypeVar

import orjson

Sample = TypeVar("Sample")
Take = Callable[[], Awaitable[Sample]]

P50: Final = 0.50
P99: Final = 0.99


class Sense(StrEnum):
    """On which side of its bound a figure should be."""

    AT_LEAST = "≥"
    AT_MOST = "≤"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the table: a figure, most often a ratio, beside its goal."""

    goal: str
    """The goal's number, such as B1."""
    subject: str
    measured: float
    sense: Sense
    bound: float
    unit: str = "x"
    note: str = ""
    """Absolute figures of this run, for orientation only."""
    samples: tuple[float, ...] = ()
    """What the figure is the median of."""
    cpu_us: Mapping[str, float] = field(default_factory=dict)
    """CPU time of one unit of the work, in microseconds, by process."""

    @property
    def is_met(self) -> bool:
        """Return whether the figure is on the right side of its bound."""
        return self._holds(self.measured)

    @property
    def verdict(self) -> str:
        """Return met or MISSED, and whether all samples say so."""
        agreed = all(self._holds(one) is self.is_met for one in self.samples)
        return ("met" if self.is_met else "MISSED") + ("" if agreed else ", unsure")

    @property
    def spread(self) -> str:
        """Return the smallest and the largest sample."""
        return f"{_figure(min(self.samples))} to {_figure(max(self.samples))}" if self.samples else ""

    def _holds(self, value: float) -> bool:
        return value >= self.bound if self.sense is Sense.AT_LEAST else value <= self.bound


def at_least(
    bound: float, samples: Sequence[float], *, goal: str, subject: str, unit: str = "x", note: str = ""
) -> Finding:
    """Return the finding of figures whose median should be *bound* or more."""
    return _finding(bound, samples, sense=Sense.AT_LEAST, goal=goal, subject=subject, unit=unit, note=note)


def at_most(
    bound: float, samples: Sequence[float], *, goal: str, subject: str, unit: str = "x", note: str = ""
) -> Finding:
    """Return the finding of figures whose median should be *bound* or less."""
    return _finding(bound, samples, sense=Sense.AT_MOST, goal=goal, subject=subject, unit=unit, note=note)


def _finding(
    bound: float, samples: Sequence[float], *, sense: Sense, goal: str, subject: str, unit: str, note: str
) -> Finding:
    return Finding(
        goal=goal,
        subject=subject,
        measured=median(samples),
        sense=sense,
        bound=bound,
        unit=unit,
        note=note,
        samples=tuple(samples),
    )


async def in_turns(variants: Mapping[str, Take[Sample]], *, repetitions: int) -> dict[str, list[Sample]]:
    """Take *repetitions* samples of each variant, in turns, every other round in the reverse order."""
    samples: dict[str, list[Sample]] = {name: [] for name in variants}
    for place in range(repetitions):
        names = list(variants) if place % 2 == 0 else list(variants)[::-1]
        for name in names:
            samples[name].append(await variants[name]())
    return samples


def ratios(over: Sequence[float], under: Sequence[float]) -> tuple[float, ...]:
    """Return the ratio of each sample to its neighbour in time."""
    return tuple(one / other for one, other in zip(over, under, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that *share* of all are not above.

    Raises:
        ValueError: there is no value.
    """
    if not values:
        raise ValueError("no value has no percentile")
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def table(findings: Sequence[Finding]) -> str:
    """Return *findings* as a Markdown table."""
    rows = [
        (
            one.goal,
            one.subject,
            f"{_figure(one.measured)} {one.unit}",
            f"{one.sense.value} {_figure(one.bound)} {one.unit}",
            one.verdict,
            one.spread,
            ", ".join(f"{name} {us:,.0f}" for name, us in one.cpu_us.items()),
            one.note,
        )
        for one in findings
    ]
    head = ("#", "what", "median", "goal", "verdict", "samples", "CPU µs a unit", "this run")
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [_line(head, widths), _line(["-" * width for width in widths], widths)]
    return "\n".join([*lines, *(_line(row, widths) for row in rows)])


def as_json(findings: Sequence[Finding]) -> str:
    """Return *findings* as JSON, for whoever compares runs."""
    shown = [
        {
            "goal": one.goal,
            "subject": one.subject,
            "median": one.measured,
            "min": min(one.samples, default=one.measured),
            "max": max(one.samples, default=one.measured),
            "bound": f"{one.sense.value} {one.bound}",
            "unit": one.unit,
            "met": one.is_met,
            "verdict": one.verdict,
            "cpuUs": dict(one.cpu_us),
            "note": one.note,
        }
        for one in findings
    ]
    return orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode()


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
