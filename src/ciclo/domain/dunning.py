"""Dunning: the schedule of days that a failing invoice goes through until it is paid or given up.

Source: billing rules 17 to 19.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from ciclo.copies import replace
from ciclo.domain.policy import Policy

HARD_DECLINES: Final = frozenset(
    {"lost_card", "stolen_card", "expired_card", "pickup_card", "invalid_account"}
)
"""Failure codes that no retry can mend: they stop automatic retries until there is a new method."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dunning:
    """How far the collection of one failing invoice has come. All dates are local."""

    started_on: date
    """The day of the first failure."""
    retries: int = 0
    """Scheduled retries whose day has come."""
    tried_on: date
    """The day of the latest attempt, or of its answer if that came later."""
    retry_on: date | None
    """The day of the next one; None once all have been made."""
    suspended: bool = False
    """The days of grace are over."""
    hard: bool = False
    """The method can't succeed: retry days pass without a charge."""


def register_failure(dunning: Dunning | None, *, on: date, hard: bool, policy: Policy) -> Dunning:
    """Join a failure of *on*: the earliest one starts the schedule, a hard decline is remembered.

    Once a retry was made the next one counts from the latest failure.
    """
    if dunning is None:
        return Dunning(started_on=on, tried_on=on, retry_on=_after(on, 0, policy), hard=hard)
    joined = replace(dunning, started_on=min(on, dunning.started_on), hard=hard or dunning.hard)
    if joined.retries:
        # The answer to an attempt may come days after it: the next interval counts from the answer.
        tried_on = max(on, joined.tried_on)
        return replace(joined, tried_on=tried_on, retry_on=_after(tried_on, joined.retries, policy))
    # No retry was made yet, so the schedule still counts from the first failure.
    return replace(joined, tried_on=joined.started_on, retry_on=_after(joined.started_on, 0, policy))


def register_retry(dunning: Dunning, *, on: date, policy: Policy) -> Dunning:
    """Return the schedule after the retry of *on*, counting the next interval from it."""
    retries = dunning.retries + 1
    return replace(dunning, retries=retries, tried_on=on, retry_on=_after(on, retries, policy))


def grace_ends_on(dunning: Dunning, policy: Policy) -> date:
    """Return the first day without access."""
    return dunning.started_on + timedelta(days=policy.grace_days)


def _after(day: date, retries: int, policy: Policy) -> date | None:
    if retries >= len(policy.retry_days):
        return None
    return day + timedelta(days=policy.retry_days[retries])
