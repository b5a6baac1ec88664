"""When periods begin, as the API takes it, and what another billing day would come to."""

from datetime import date
from typing import Final, Self

import strawberry

from ciclo.domain.forecast import BillingDayPreview
from ciclo.domain.period import ChosenAnchor
from graphql_schema.types.enums import FirstPeriod
from graphql_schema.types.forecast import ForecastInvoice

BILLING_DAY: Final = (
    "The day of the month, 1 to 31, on which periods begin; a shorter month's last day. Operators choose it."
)
BILLING_ANCHOR: Final = (
    "Instead of a billing day: a date in the first cycle, on which the first full period begins."
)
FIRST_PERIOD: Final = "What the days to the first boundary cost, where they are less than a full period."


def chosen_anchor_of(
    billing_day: int | None, billing_anchor: date | None, first_period: FirstPeriod
) -> ChosenAnchor | None:
    """Return what was chosen; None where nothing was."""
    chosen = ChosenAnchor(day=billing_day, on=billing_anchor, first_period=first_period)
    return None if chosen == ChosenAnchor() else chosen


@strawberry.type(description="What another billing day would bill, to the cent.")
class BillingDayChangePreview:
    """A preview."""

    takes_effect_on: date = strawberry.field(description="The end of the present period, or of the trial.")
    stub: ForecastInvoice | None = strawberry.field(
        description="Of the days from there to the first new boundary; null where there are none."
    )
    next: ForecastInvoice | None = strawberry.field(description="Of the first full period.")

    @classmethod
    def of(cls, preview: BillingDayPreview, *, timezone: str) -> Self:
        """Return a preview as the API shows it."""
        stub, full = preview.stub, preview.next
        return cls(
            takes_effect_on=preview.on,
            stub=ForecastInvoice.of(stub, timezone=timezone) if stub else None,
            next=ForecastInvoice.of(full, timezone=timezone) if full else None,
        )
