"""A fair share: so many units a minute for each of many, evenly or in a burst, counted in this process."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

HOLDERS_MAX: Final = 10_000
"""Holders that are remembered; of more, those who took longest ago start anew."""


@dataclass(slots=True)
class FairShare:
    """The generic cell rate algorithm: for each holder the moment at which all that was taken is earned.

    What is earned in `burst_s` seconds may be taken at once. Times are monotonic, in seconds.
    """

    per_minute: int
    burst_s: float
    _earned_at: OrderedDict[str, float] = field(default_factory=OrderedDict)

    def take(self, holder: str, *, now_s: float, units: int = 1) -> float:
        """Take *units*, or nothing; return in how many seconds there would be room for them, 0 if taken."""
        step = units * 60.0 / self.per_minute
        earned_at = max(self._earned_at.get(holder, now_s), now_s) + step
        wait_s = earned_at - now_s - max(self.burst_s, step)
        if wait_s > 0:
            return wait_s
        self._earned_at[holder] = earned_at
        self._earned_at.move_to_end(holder)
        while len(self._earned_at) > HOLDERS_MAX:
            self._earned_at.popitem(last=False)
        return 0.0

    def give_back(self, holder: str, *, units: int = 1) -> None:
        """Let *holder* have *units* again that were taken and not used."""
        if holder in self._earned_at:
            self._earned_at[holder] -= units * 60.0 / self.per_minute
