"""How much is measured: the whole thing, a quick look, or as little as shows that it works."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Counts and durations of a run; everything a benchmark does is bounded by them."""

    repetitions: int
    events: int
    """Events of one sample that is applied in batches."""
    singles: int
    """Events of one sample that is applied one by one."""
    worker_events: int
    """Events of one sample of whole worker processes."""
    pace_s: float
    """How long events come at a steady pace."""
    load_s: float
    """How long one sample of HTTP load takes."""
    notices_max: int
    """Requests prepared for one sample of HTTP load."""
    few: int
    many: int
    """Sizes of a small and of a large ledger."""
    renewals: int
    """Renewals of one sample in batches."""
    renewal_singles: int
    """Renewals of one sample one by one."""
    asks: int
    """Repeats of one query in a sample."""
    memory_events: int
    rest_s: float
    """How long nothing is asked of the stack."""


FULL: Final = Scale(
    repetitions=4,
    events=5_000,
    singles=400,
    worker_events=12_000,
    pace_s=8,
    load_s=2.5,
    notices_max=40_000,
    few=10_000,
    many=1_000_000,
    renewals=4_000,
    renewal_singles=150,
    asks=100,
    memory_events=40_000,
    rest_s=15,
)
QUICK: Final = Scale(
    repetitions=2,
    events=2_000,
    singles=120,
    worker_events=3_000,
    pace_s=2,
    load_s=0.8,
    notices_max=4_000,
    few=4_000,
    many=40_000,
    renewals=1_000,
    renewal_singles=40,
    asks=20,
    memory_events=4_000,
    rest_s=8,
)
TINY: Final = Scale(
    repetitions=1,
    events=20,
    singles=4,
    worker_events=20,
    pace_s=0.2,
    load_s=0.1,
    notices_max=100,
    few=50,
    many=400,
    renewals=10,
    renewal_singles=2,
    asks=2,
    memory_events=100,
    rest_s=0.5,
)
