"""How often one caller may ask: so many operations a minute, evenly or in a short burst, in each process."""

import math
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from ciclo.settings import Settings
from ciclo.viewer import Viewer
from ciclo.web.problems import HttpProblem

BURST_S: Final = 10.0
"""What may be asked in so much time may be asked at once."""

CALLERS_MAX: Final = 10_000
"""Callers that are remembered; of more, those who asked longest ago start anew."""


@dataclass(slots=True)
class RateLimit:
    """The generic cell rate algorithm: for each caller the moment at which all that was asked is earned."""

    per_minute: int
    _earned_at: OrderedDict[str, float] = field(default_factory=OrderedDict)

    @classmethod
    def of(cls, settings: Settings) -> "RateLimit | None":
        """Return the limit that *settings* ask for, if any."""
        per_minute = settings.operations_per_minute
        return cls(per_minute) if per_minute else None

    def require(self, viewer: Viewer, *, address: str, now_s: float, operations: int = 1) -> None:
        """Count so many operations of a caller; operators are not limited. *now_s* is monotonic.

        Raises:
            HttpProblem: 429; `Retry-After` says when there is room again.
        """
        if viewer.is_admin:
            return
        caller = viewer.subject if viewer.is_known else f"at {address}"
        step = operations * 60.0 / self.per_minute
        earned_at = max(self._earned_at.get(caller, now_s), now_s) + step
        wait_s = earned_at - now_s - max(BURST_S, step)
        if wait_s > 0:
            raise HttpProblem(
                status=429,
                code="RATE_LIMITED",
                detail="too many operations; slow down",
                retry_after_s=math.ceil(wait_s),
            )
        self._earned_at[caller] = earned_at
        self._earned_at.move_to_end(caller)
        while len(self._earned_at) > CALLERS_MAX:
            self._earned_at.popitem(last=False)
