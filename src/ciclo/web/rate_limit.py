"""How often one caller may ask: so many operations a minute, evenly or in a short burst, in each process."""

import math
from dataclasses import dataclass, field
from typing import Final

from ciclo.actions.dependencies import Deps
from ciclo.actions.self_service.attempts import Attempt, AttemptLimit, count_attempt
from ciclo.fair_share import FairShare
from ciclo.settings.settings import Settings
from ciclo.viewer import Viewer
from ciclo.web.problems import HttpProblem

BURST_S: Final = 10.0
"""What may be asked in so much time may be asked at once."""


class TooManyAttempts(HttpProblem):
    """Somebody tries too often."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(
            status=429,
            code="TOO_MANY_ATTEMPTS",
            detail="too many attempts; wait a little",
            retry_after_s=math.ceil(wait_s),
        )


async def require_attempt(deps: Deps, limit: AttemptLimit, who: str) -> Attempt:
    """Count an attempt of *who*, before anybody knows what comes of it.

    Raises:
        TooManyAttempts: there were too many.
    """
    attempt = await count_attempt(deps, limit, who)
    if attempt.wait_s > 0:
        raise TooManyAttempts(attempt.wait_s)
    return attempt


@dataclass(slots=True)
class RateLimit:
    """Each caller's share of this process."""

    per_minute: int
    _shares: FairShare = field(init=False)

    def __post_init__(self) -> None:
        self._shares = FairShare(per_minute=self.per_minute, burst_s=BURST_S)

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
        wait_s = self._shares.take(caller, now_s=now_s, units=operations)
        if wait_s > 0:
            raise HttpProblem(
                status=429,
                code="RATE_LIMITED",
                detail="too many operations; slow down",
                retry_after_s=math.ceil(wait_s),
            )
