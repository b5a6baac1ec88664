"""Movements told in short, and the report that they amount to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ciclo.domain.ids import CustomerId, EventId, PlanId, SubscriptionId
from ciclo.domain.metrics import Movement, MovementCause
from ciclo.domain.metrics.cash import Cash
from ciclo.domain.metrics.customer_movements import customer_movements_of
from ciclo.domain.metrics.months import DAY_MIN, months_of
from ciclo.domain.metrics.revenue import RevenueReport, revenue_report
from ciclo.domain.metrics.sums import EMPTY_SNAPSHOT, MovementSums, MrrSnapshot, add_movements, snapshot_after
from ciclo.domain.period import Period
from tests.builders import CUSTOMER, Story

BASIC, PLUS, STUDIO = PlanId("basic"), PlanId("plus"), PlanId("studio")
STARTED, CHANGED, ENDED = MovementCause.STARTED, MovementCause.CHANGED, MovementCause.ENDED
PAUSED, RESUMED, RECOVERED = MovementCause.PAUSED, MovementCause.RESUMED, MovementCause.RECOVERED


@dataclass(frozen=True, slots=True)
class Step:
    """From this day on a subscription is worth *mrr* a month, in minor units, on a plan."""

    on: date
    cause: MovementCause
    mrr: int
    plan: PlanId = BASIC


def life(*steps: Step, name: str = "one") -> list[Movement]:
    """Return the movements of one subscription of CUSTOMER, in order."""
    movements: list[Movement] = []
    for step in steps:
        before = movements[-1] if movements else None
        movements.append(
            Movement(
                event_id=EventId(f"{name} {len(movements) + 1}"),
                subscription_id=SubscriptionId(name),
                seq=len(movements) + 1,
                customer_id=CustomerId(CUSTOMER),
                plan_id=step.plan,
                previous_plan_id=before.plan_id if before else step.plan,
                currency="BRL",
                on=step.on,
                before=before.after if before else 0,
                after=step.mrr,
                cause=step.cause,
            )
        )
    return movements


def movements_of(story: Story) -> list[Movement]:
    """Return how MRR moved in *story*."""
    return [one.movement for one in story.decisions if one.movement is not None]


def counted(
    customers: Iterable[Iterable[Movement]], window: Period
) -> tuple[Sequence[Period], MrrSnapshot, list[MovementSums]]:
    """Return the months of *window*, what there was before it, and the sums of each month."""
    periods = months_of(window)
    earlier, *sums = [MovementSums() for _ in range(len(periods) + 1)]
    for movements in customers:
        add_movements(
            customer_movements_of(movements), [Period(DAY_MIN, window.start), *periods], [earlier, *sums]
        )
    return periods, snapshot_after(EMPTY_SNAPSHOT, earlier), sums


def reported(
    customers: Iterable[Iterable[Movement]], window: Period, *, cash: Sequence[Cash] | None = None
) -> RevenueReport:
    """Return the revenue of *window* from the movements of each customer."""
    periods, opening, sums = counted(customers, window)
    return revenue_report(opening, periods=periods, sums=sums, cash=cash or [Cash()] * len(periods))
