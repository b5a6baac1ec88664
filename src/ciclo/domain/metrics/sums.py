"""Counting: moves summed up by period, so that a report of any number of customers fits in memory."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from ciclo.domain.ids import PlanId
from ciclo.domain.metrics.customer_movements import ARRIVALS, DEPARTURES, CustomerMovement, MovementKind
from ciclo.domain.metrics.months import first_of_month
from ciclo.domain.period import Period

NO_PLANS: Final[Mapping[PlanId, int]] = {}


@dataclass(frozen=True, slots=True)
class MovementSums:
    """What the moves of one period come to; changes of MRR are signed, in minor units.

    `shares` and `transfers` are those of `Move`, by plan. `customers` counts moves by kind. The
    changes by cohort are those of all customers who first paid in a month, by its first day.
    """

    shares: Counter[tuple[MovementKind, PlanId]] = field(default_factory=Counter)
    transfers: Counter[PlanId] = field(default_factory=Counter)
    subscriptions: Counter[PlanId] = field(default_factory=Counter)
    customers: Counter[MovementKind] = field(default_factory=Counter)
    cohort_mrr: Counter[date] = field(default_factory=Counter)
    cohort_customers: Counter[date] = field(default_factory=Counter)

    @property
    def moves(self) -> Counter[MovementKind]:
        """Return the changes of MRR by kind."""
        moves: Counter[MovementKind] = Counter()
        for (kind, _), change in self.shares.items():
            moves[kind] += change
        return moves


@dataclass(frozen=True, slots=True, kw_only=True)
class MrrSnapshot:
    """What there is at an instant: MRR and paying subscriptions by plan, and customers who pay."""

    mrr: Mapping[PlanId, int]
    subscriptions: Mapping[PlanId, int]
    customers: int

    @property
    def total(self) -> int:
        """Return the MRR of all plans, in minor units."""
        return sum(self.mrr.values())


EMPTY_SNAPSHOT: Final = MrrSnapshot(mrr=NO_PLANS, subscriptions=NO_PLANS, customers=0)


def add_movements(
    moves: Sequence[CustomerMovement], periods: Sequence[Period], sums: Sequence[MovementSums]
) -> None:
    """Add one customer's *moves*, all of them in order, to the *sums* of the *periods* that they are in.

    The periods follow each other; moves outside of them are left out.
    """
    starts, end = [period.start for period in periods], periods[-1].end
    for move in moves:
        place = bisect_right(starts, move.on) - 1
        if place >= 0 and move.on < end:
            # The first move of all is the NEW one.
            _count(sums[place], move, cohort=first_of_month(moves[0].on))


def _count(sums: MovementSums, move: CustomerMovement, *, cohort: date) -> None:
    if move.kind is not None:
        sums.customers[move.kind] += 1
        for plan_id, change in move.shares.items():
            sums.shares[move.kind, plan_id] += change
        sums.cohort_mrr[cohort] += move.after - move.before
        sums.cohort_customers[cohort] += (move.kind in ARRIVALS) - (move.kind in DEPARTURES)
    for plan_id, change in move.transfers.items():
        sums.transfers[plan_id] += change
    for plan_id, change in move.subscriptions.items():
        sums.subscriptions[plan_id] += change


def snapshot_after(before: MrrSnapshot, sums: MovementSums) -> MrrSnapshot:
    """Return what there is after a period, from what there was before it."""
    mrr, subscriptions = Counter(before.mrr), Counter(before.subscriptions)
    for (_, plan_id), change in sums.shares.items():
        mrr[plan_id] += change
    for plan_id, change in sums.transfers.items():
        mrr[plan_id] += change
    for plan_id, change in sums.subscriptions.items():
        subscriptions[plan_id] += change
    return MrrSnapshot(
        mrr={plan_id: amount for plan_id, amount in mrr.items() if amount},
        subscriptions={plan_id: number for plan_id, number in subscriptions.items() if number},
        customers=before.customers + customer_change(sums.customers),
    )


def add_sums(sums: Sequence[MovementSums]) -> MovementSums:
    """Return the sums of several periods as those of one."""
    total = MovementSums()
    for period_sums in sums:
        total.shares.update(period_sums.shares)
        total.transfers.update(period_sums.transfers)
        total.subscriptions.update(period_sums.subscriptions)
        total.customers.update(period_sums.customers)
        total.cohort_mrr.update(period_sums.cohort_mrr)
        total.cohort_customers.update(period_sums.cohort_customers)
    return total


def customer_change(customers: Mapping[MovementKind, int]) -> int:
    """Return by how much moves change the number of paying customers."""
    arrived = sum(customers.get(kind, 0) for kind in ARRIVALS)
    return arrived - sum(customers.get(kind, 0) for kind in DEPARTURES)
