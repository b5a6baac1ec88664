"""Moving the sandbox's clock."""

import re
from datetime import datetime, timedelta
from typing import Final

import strawberry

from ciclo.actions.advance_clock import advance_clock
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.period import BillingCycle, boundary, local_date, start_of_day
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.clock import Clock

_DURATION: Final = re.compile(r"P(?:(?P<months>\d{1,3})M|(?P<weeks>\d{1,3})W|(?P<days>\d{1,4})D)", re.ASCII)


@strawberry.input(one_of=True, description="Where to move the clock: exactly one of these.")
class AdvanceClockInput:
    """A point or a length of time."""

    to: datetime | None = strawberry.field(default=strawberry.UNSET, description="An instant to come.")
    by: str | None = strawberry.field(
        default=strawberry.UNSET, description="ISO 8601: P1D, P2W, P1M. Months end as billing months do."
    )


@strawberry.type
class AdvanceClockPayload:
    """What advanceClock came to."""

    clock: Clock | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class ClockMutations:
    """Moving the clock."""

    @mutation(
        Operator,
        description="Sandbox only: let time pass for everybody; what falls due on the way happens in order.",
    )
    async def advance_clock(self, info: Info, input: AdvanceClockInput) -> AdvanceClockPayload:  # noqa: A002
        """Advance the clock."""
        deps = info.context.deps
        to = input.to or _after(await deps.clock.now(), input.by or "", deps.policy.timezone)
        reached = await advance_clock(deps, to=to, by=info.context.actor)
        return AdvanceClockPayload(clock=Clock(now=reached, sandbox=True))


def _after(now: datetime, duration: str, timezone: str) -> datetime:
    """Return the instant a duration after *now*; months count as billing months do.

    Raises:
        InvalidValue: it is no duration of days, weeks or months.
    """
    shape = _DURATION.fullmatch(duration)
    if shape is None:
        raise InvalidValue("a duration is written as P1D, P2W or P1M", field=("by",))
    if shape["months"]:
        today = local_date(now, timezone)
        moved = boundary(today, BillingCycle.MONTHLY, int(shape["months"]))
        return now + (start_of_day(moved, timezone) - start_of_day(today, timezone))
    days = int(shape["days"] or 0) + 7 * int(shape["weeks"] or 0)
    return now + timedelta(days=days)
