"""How far the collection of a failing invoice has come: its type."""

from datetime import date
from typing import Self

import strawberry

from ciclo.domain import dunning as domain


@strawberry.type(description="The schedule that a failing invoice goes through until it is paid or given up.")
class Dunning:
    """A schedule."""

    started_on: date = strawberry.field(description="The day of the first failure.")
    retries: int = strawberry.field(description="Scheduled retries whose day has come.")
    retry_on: date | None = strawberry.field(description="The day of the next one; null after the last.")
    suspended: bool = strawberry.field(description="The days of grace are over.")
    needs_new_method: bool = strawberry.field(
        description="The method can't succeed: retry days pass without a charge."
    )

    @classmethod
    def of(cls, dunning: domain.Dunning | None) -> Self | None:
        """Return *dunning* as the API shows it, if there is any."""
        if dunning is None:
            return None
        return cls(
            started_on=dunning.started_on,
            retries=dunning.retries,
            retry_on=dunning.retry_on,
            suspended=dunning.suspended,
            needs_new_method=dunning.hard,
        )
