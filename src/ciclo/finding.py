"""What `ciclo doctor` finds, about a machine or about a production."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    detail: str
    """What was found, or what to do: one sentence."""
